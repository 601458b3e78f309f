package io.bargein.server;

import io.bargein.protocol.Limits;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportKind;
import io.bargein.server.transport.TransportSettings;
import java.time.Duration;

/** The settings of the wire. What they mean is said once, at the records they become. */
final class TransportOptions extends Options {

    private final Setting<String> host = text("--host", "ADDRESS", BargeinServer.DEFAULT_HOST, "Address to listen on");
    private final Setting<Integer> port = number("--port", BargeinServer.DEFAULT_PORT, "Port to listen on; 0 takes a free one");
    private final Setting<TransportKind> transport = oneOf("--transport", "KIND", "auto",
            "How sockets are driven: auto (epoll or kqueue where it works, else nio), io_uring, epoll, kqueue, nio", TransportKind.values());
    private final Setting<Integer> ioThreads = number("--io-threads", 0, "Event loops; 0 is one a processor");
    private final Setting<Integer> backlog = number("--backlog", TransportSettings.DEFAULT_BACKLOG, "Connections that may wait to be accepted");
    private final Setting<Integer> maxConnections = number("--max-connections", TransportSettings.DEFAULT_MAX_CONNECTIONS,
            "WebSocket connections and invocations at a time; past it 503");
    private final Setting<Integer> maxRequestLineBytes = size("--max-request-line-bytes", "4096", "Longest request line; past it 414");
    private final Setting<Integer> maxHeaderBytes = size("--max-header-bytes", "8192", "Longest header, all fields together; past it 431");
    private final Setting<Duration> requestTimeout = time("--request-timeout", "10s",
            "Time for a whole request, from its first byte or the connection's start, and for each 16 KiB of a body; past it 408");
    private final Setting<Duration> keepAliveTimeout = time("--keep-alive-timeout", "60s", "Silence allowed between HTTP requests");
    private final Setting<Integer> maxMessageBytes = size("--max-message-bytes", "1MiB", "Largest WebSocket message taken in; past it close 1009");
    private final Setting<Integer> maxTextBytes = size("--max-text-bytes", "0",
            "Longest prompt in UTF-8; past it an error; 0 is as long as a message may be");
    private final Setting<Integer> maxFragments = number("--max-fragments", Limits.DEFAULT_MAX_FRAGMENTS,
            "Most fragments of a message taken in; past it close 1008");
    private final Setting<Duration> messageTimeout = time("--message-timeout", "15s",
            "Time from a message's first fragment to its last; past it close 1008");
    private final Setting<Integer> maxFrameBytes = size("--max-frame-bytes", "" + Limits.DEFAULT_MAX_FRAME_BYTES,
            "Largest frame sent; longer messages are fragmented");
    private final Setting<Integer> framesPerSecond = number("--frames-per-second", 200,
            "Most data frames sent in any second, above it chunks are merged; 0 is no limit");
    private final Setting<OutputSettings.Merging> merging = oneOf("--merging", "WHEN", "when-waiting",
            "Whether deltas that wait together become one chunk: when-waiting, never", OutputSettings.Merging.values());
    private final Setting<Integer> lowWaterBytes = size("--low-water-bytes", "16KiB", "Unsent bytes of a connection below which writing goes on");
    private final Setting<Integer> highWaterBytes = size("--high-water-bytes", "32KiB", "Unsent bytes of a connection at which writing stops");
    private final Setting<Integer> unsentBytes = size("--unsent-bytes", "16KiB",
            "Unsent bytes that the kernel may hold of a connection (TCP_NOTSENT_LOWAT); 0 is the system's own");
    private final Setting<Duration> pingInterval = time("--ping-interval", "20s", "Time between pings; 0 sends none");
    private final Setting<Duration> pongTimeout = time("--pong-timeout", "20s", "Time after a ping for any sign of life; past it close 1008");
    private final Setting<Duration> slowReaderTimeout = time("--slow-reader-timeout", "30s",
            "Time a client may take nothing while output waits; past it close 1008");
    private final Setting<Duration> closeTimeout = time("--close-timeout", "5s", "Time for the closing handshake; past it the connection is cut");
    private final Setting<Duration> maxConnectionAge = time("--max-connection-age", "58m",
            "Age at which a connection is closed with 1001, once its turn has ended; 0 is any age");
    private final Setting<Duration> idleTimeout = time("--idle-timeout", "0",
            "Time a client may say nothing, not even a ping, until it is closed with 1001; 0 is any time");
    private final InvocationOptions invocations = group(new InvocationOptions());

    TransportKind kind() {
        return transport.value();
    }

    TransportSettings settings() {
        return new TransportSettings(host.value(), port.value(), transport.value(),
                ioThreads.value() == 0 ? TransportSettings.defaultIoThreads() : ioThreads.value(), backlog.value(), maxConnections.value(),
                new HttpSettings(maxRequestLineBytes.value(), maxHeaderBytes.value(), requestTimeout.value(), keepAliveTimeout.value(), false,
                        invocations.settings()),
                new Limits(maxMessageBytes.value(), maxTextBytes.value() == 0 ? maxMessageBytes.value() : maxTextBytes.value(),
                        maxFrameBytes.value(), maxFragments.value()),
                new OutputSettings(framesPerSecond.value(), merging.value(), lowWaterBytes.value(), highWaterBytes.value(), unsentBytes.value()),
                new LivenessSettings(pingInterval.value(), pongTimeout.value(), slowReaderTimeout.value(),
                        messageTimeout.value(), closeTimeout.value()),
                new LifetimeSettings(maxConnectionAge.value(), idleTimeout.value()));
    }
}
