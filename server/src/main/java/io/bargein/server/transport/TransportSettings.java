package io.bargein.server.transport;

import io.bargein.protocol.Limits;

/**
 * Where the server listens and what it lets pass. Immutable.
 *
 * @param host the address or name to bind
 * @param port the port to bind: 0 to 65,535; 0 takes a free one
 * @param transport how sockets are driven
 * @param ioThreads how many event loops serve connections: 1 to 1,024
 * @param backlog how many connections may wait to be accepted: 1 to 65,535
 * @param maxConnections the most WebSocket connections and invocations at a time: 1 to 10,000,000; past it 503 with {@code Retry-After}
 * @param http what a peer may do that is not upgraded
 * @param limits how large what is on the wire may be
 * @param output how answers leave
 * @param liveness how long a peer may give no sign of life
 * @param lifetime how long a connection may live
 */
public record TransportSettings(String host, int port, TransportKind transport, int ioThreads, int backlog, int maxConnections,
        HttpSettings http, Limits limits, OutputSettings output, LivenessSettings liveness, LifetimeSettings lifetime) {

    /** 20,000 connections. */
    public static final int DEFAULT_MAX_CONNECTIONS = 20_000;

    /** 1,024 connections. */
    public static final int DEFAULT_BACKLOG = 1_024;

    /**
     * Checks the ranges.
     *
     * @param host the address or name to bind
     * @param port 0 to 65,535
     * @param transport how sockets are driven
     * @param ioThreads 1 to 1,024
     * @param backlog 1 to 65,535
     * @param maxConnections 1 to 10,000,000
     * @param http what a peer may do that is not upgraded
     * @param limits how large what is on the wire may be
     * @param output how answers leave
     * @param liveness how long a peer may give no sign of life
     * @param lifetime how long a connection may live
     * @throws IllegalArgumentException if one is out of range
     */
    public TransportSettings {
        Range.check("port", port, 0, 65_535);
        Range.check("ioThreads", ioThreads, 1, 1_024);
        Range.check("backlog", backlog, 1, 65_535);
        Range.check("maxConnections", maxConnections, 1, 10_000_000);
    }

    /**
     * Returns the settings that hold unless something else is said.
     *
     * @param host the address or name to bind
     * @param port the port to bind
     * @return the settings
     */
    public static TransportSettings defaults(String host, int port) {
        return new TransportSettings(host, port, TransportKind.AUTO, defaultIoThreads(), DEFAULT_BACKLOG, DEFAULT_MAX_CONNECTIONS,
                HttpSettings.DEFAULT, Limits.DEFAULT, OutputSettings.DEFAULT, LivenessSettings.DEFAULT, LifetimeSettings.DEFAULT);
    }

    /**
     * Returns how many event loops there are by default.
     *
     * @return one a processor
     */
    public static int defaultIoThreads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Returns the same settings for another address.
     *
     * @param newHost the address or name to bind
     * @param newPort the port to bind
     * @return the settings
     */
    public TransportSettings listeningOn(String newHost, int newPort) {
        return new TransportSettings(newHost, newPort, transport, ioThreads, backlog, maxConnections, http, limits, output,
                liveness, lifetime);
    }

    /**
     * Returns the same settings with or without the chat page at {@code /}.
     *
     * @param page whether there is one
     * @return the settings
     */
    public TransportSettings withPage(boolean page) {
        return with(http.withPage(page));
    }

    /**
     * Returns the same settings but for how many event loops serve connections.
     *
     * @param newIoThreads 1 to 1,024
     * @return the settings
     */
    public TransportSettings withIoThreads(int newIoThreads) {
        return new TransportSettings(host, port, transport, newIoThreads, backlog, maxConnections, http, limits,
                output, liveness, lifetime);
    }

    /**
     * Returns the same settings but for the most connections.
     *
     * @param newMaxConnections 1 to 10,000,000
     * @return the settings
     */
    public TransportSettings withMaxConnections(int newMaxConnections) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, newMaxConnections, http, limits,
                output, liveness, lifetime);
    }

    /**
     * Returns the same settings but for what a peer may do that is not upgraded.
     *
     * @param newHttp what it may do
     * @return the settings
     */
    public TransportSettings with(HttpSettings newHttp) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, maxConnections, newHttp, limits,
                output, liveness, lifetime);
    }

    /**
     * Returns the same settings but for how large what is on the wire may be.
     *
     * @param newLimits how large
     * @return the settings
     */
    public TransportSettings with(Limits newLimits) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, maxConnections, http, newLimits,
                output, liveness, lifetime);
    }

    /**
     * Returns the same settings but for how answers leave.
     *
     * @param newOutput how they leave
     * @return the settings
     */
    public TransportSettings with(OutputSettings newOutput) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, maxConnections, http, limits,
                newOutput, liveness, lifetime);
    }

    /**
     * Returns the same settings but for how long a peer may give no sign of life.
     *
     * @param newLiveness how long
     * @return the settings
     */
    public TransportSettings with(LivenessSettings newLiveness) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, maxConnections, http, limits,
                output, newLiveness, lifetime);
    }

    /**
     * Returns the same settings but for how long a connection may live.
     *
     * @param newLifetime how long
     * @return the settings
     */
    public TransportSettings with(LifetimeSettings newLifetime) {
        return new TransportSettings(host, port, transport, ioThreads, backlog, maxConnections, http, limits,
                output, liveness, newLifetime);
    }
}
