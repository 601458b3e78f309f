package io.bargein.server;

import io.bargein.protocol.Limits;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportKind;
import io.bargein.server.transport.TransportSettings;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The settings of the wire. What they mean is said once, at the records they become. */
final class TransportOptions {

    @Option(names = "--host", paramLabel = "ADDRESS", defaultValue = BargeinServer.DEFAULT_HOST,
            description = "Address to listen on")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "" + BargeinServer.DEFAULT_PORT,
            description = "Port to listen on; 0 takes a free one")
    private int port;

    @Option(names = "--transport", paramLabel = "KIND", defaultValue = "auto",
            description = "How sockets are driven: auto (epoll or kqueue where it works, else nio), io_uring, epoll, kqueue, nio")
    private TransportKind transport;

    @Option(names = "--io-threads", paramLabel = "N", defaultValue = "0",
            description = "Event loops; 0 is one a processor")
    private int ioThreads;

    @Option(names = "--backlog", paramLabel = "N", defaultValue = "" + TransportSettings.DEFAULT_BACKLOG,
            description = "Connections that may wait to be accepted")
    private int backlog;

    @Option(names = "--max-connections", paramLabel = "N", defaultValue = "" + TransportSettings.DEFAULT_MAX_CONNECTIONS,
            description = "WebSocket connections and invocations at a time; past it 503")
    private int maxConnections;

    @Option(names = "--max-request-line-bytes", paramLabel = "SIZE", defaultValue = "4096", converter = IntSize.class,
            description = "Longest request line; past it 414")
    private int maxRequestLineBytes;

    @Option(names = "--max-header-bytes", paramLabel = "SIZE", defaultValue = "8192", converter = IntSize.class,
            description = "Longest header, all fields together; past it 431")
    private int maxHeaderBytes;

    @Option(names = "--request-timeout", paramLabel = "TIME", defaultValue = "10s", converter = Durations.class,
            description = "Time for a whole request, from its first byte or the connection's start, and for each 16 KiB of a body; past it 408")
    private Duration requestTimeout;

    @Option(names = "--keep-alive-timeout", paramLabel = "TIME", defaultValue = "60s", converter = Durations.class,
            description = "Silence allowed between HTTP requests")
    private Duration keepAliveTimeout;

    @Option(names = "--max-message-bytes", paramLabel = "SIZE", defaultValue = "1MiB", converter = IntSize.class,
            description = "Largest WebSocket message taken in; past it close 1009")
    private int maxMessageBytes;

    @Option(names = "--max-text-bytes", paramLabel = "SIZE", defaultValue = "0", converter = IntSize.class,
            description = "Longest prompt in UTF-8; past it an error; 0 is as long as a message may be")
    private int maxTextBytes;

    @Option(names = "--max-fragments", paramLabel = "N", defaultValue = "" + Limits.DEFAULT_MAX_FRAGMENTS,
            description = "Most fragments of a message taken in; past it close 1008")
    private int maxFragments;

    @Option(names = "--message-timeout", paramLabel = "TIME", defaultValue = "15s", converter = Durations.class,
            description = "Time from a message's first fragment to its last; past it close 1008")
    private Duration messageTimeout;

    @Option(names = "--max-frame-bytes", paramLabel = "SIZE", defaultValue = "" + Limits.DEFAULT_MAX_FRAME_BYTES,
            converter = IntSize.class, description = "Largest frame sent; longer messages are fragmented")
    private int maxFrameBytes;

    @Option(names = "--frames-per-second", paramLabel = "N", defaultValue = "200",
            description = "Most data frames sent in any second, above it chunks are merged; 0 is no limit")
    private int framesPerSecond;

    @Option(names = "--merging", paramLabel = "WHEN", defaultValue = "when-waiting",
            description = "Whether deltas that wait together become one chunk: when-waiting, never")
    private OutputSettings.Merging merging;

    @Option(names = "--low-water-bytes", paramLabel = "SIZE", defaultValue = "16KiB", converter = IntSize.class,
            description = "Unsent bytes of a connection below which writing goes on")
    private int lowWaterBytes;

    @Option(names = "--high-water-bytes", paramLabel = "SIZE", defaultValue = "32KiB", converter = IntSize.class,
            description = "Unsent bytes of a connection at which writing stops")
    private int highWaterBytes;

    @Option(names = "--unsent-bytes", paramLabel = "SIZE", defaultValue = "16KiB", converter = IntSize.class,
            description = "Unsent bytes that the kernel may hold of a connection (TCP_NOTSENT_LOWAT); 0 is the system's own")
    private int unsentBytes;

    @Option(names = "--ping-interval", paramLabel = "TIME", defaultValue = "20s", converter = Durations.class,
            description = "Time between pings; 0 sends none")
    private Duration pingInterval;

    @Option(names = "--pong-timeout", paramLabel = "TIME", defaultValue = "20s", converter = Durations.class,
            description = "Time after a ping for any sign of life; past it close 1008")
    private Duration pongTimeout;

    @Option(names = "--slow-reader-timeout", paramLabel = "TIME", defaultValue = "30s", converter = Durations.class,
            description = "Time a client may take nothing while output waits; past it close 1008")
    private Duration slowReaderTimeout;

    @Option(names = "--close-timeout", paramLabel = "TIME", defaultValue = "5s", converter = Durations.class,
            description = "Time for the closing handshake; past it the connection is cut")
    private Duration closeTimeout;

    @Option(names = "--max-connection-age", paramLabel = "TIME", defaultValue = "58m", converter = Durations.class,
            description = "Age at which a connection is closed with 1001, once its turn has ended; 0 is any age")
    private Duration maxConnectionAge;

    @Option(names = "--idle-timeout", paramLabel = "TIME", defaultValue = "0", converter = Durations.class,
            description = "Time a client may say nothing, not even a ping, until it is closed with 1001; 0 is any time")
    private Duration idleTimeout;

    @Mixin
    private InvocationOptions invocations;

    TransportKind kind() {
        return transport;
    }

    TransportSettings settings() {
        return new TransportSettings(host, port, transport, ioThreads == 0 ? TransportSettings.defaultIoThreads() : ioThreads,
                backlog, maxConnections,
                new HttpSettings(maxRequestLineBytes, maxHeaderBytes, requestTimeout, keepAliveTimeout, false, invocations.settings()),
                new Limits(maxMessageBytes, maxTextBytes == 0 ? maxMessageBytes : maxTextBytes, maxFrameBytes, maxFragments),
                new OutputSettings(framesPerSecond, merging, lowWaterBytes, highWaterBytes, unsentBytes),
                new LivenessSettings(pingInterval, pongTimeout, slowReaderTimeout, messageTimeout, closeTimeout),
                new LifetimeSettings(maxConnectionAge, idleTimeout));
    }
}
