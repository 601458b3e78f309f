package io.bargein.server.transport;

import java.time.Duration;

/**
 * What a peer may do that is not upgraded. Immutable.
 *
 * @param maxRequestLineBytes the longest request line: 256 to 65,536 bytes, default 4,096; past it 414
 * @param maxHeaderBytes the longest header, all fields together: 512 to 1,048,576 bytes, default 8,192; past it 431
 * @param requestTimeout how long a request may take from its first byte, each 16 KiB of an invocation's body, and a new connection
 *     to its first request: 100 ms to 5 min, default 10 s; past it 408 where something has come, and the connection is closed
 * @param keepAliveTimeout how long a connection may be idle between requests: 100 ms to 1 h, default 60 s
 * @param page whether there is a chat page at {@code /}
 * @param invocations what {@code POST /invocations} takes
 */
public record HttpSettings(int maxRequestLineBytes, int maxHeaderBytes, Duration requestTimeout, Duration keepAliveTimeout, boolean page,
        InvocationSettings invocations) {

    /** What holds unless something else is said. */
    public static final HttpSettings DEFAULT = new HttpSettings(4_096, 8_192, Duration.ofSeconds(10), Duration.ofSeconds(60), false,
            InvocationSettings.DEFAULT);

    /**
     * Checks the ranges.
     *
     * @param maxRequestLineBytes 256 to 65,536
     * @param maxHeaderBytes 512 to 1,048,576
     * @param requestTimeout 100 ms to 5 min
     * @param keepAliveTimeout 100 ms to 1 h
     * @param page whether there is a chat page at {@code /}
     * @param invocations what {@code POST /invocations} takes
     * @throws IllegalArgumentException if one is out of range
     */
    public HttpSettings {
        Range.check("maxRequestLineBytes", maxRequestLineBytes, 256, 65_536);
        Range.check("maxHeaderBytes", maxHeaderBytes, 512, 1 << 20);
        Range.check("requestTimeout", requestTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
        Range.check("keepAliveTimeout", keepAliveTimeout, Duration.ofMillis(100), Duration.ofHours(1));
    }

    HttpSettings withPage(boolean newPage) {
        return new HttpSettings(maxRequestLineBytes, maxHeaderBytes, requestTimeout, keepAliveTimeout, newPage, invocations);
    }

    /**
     * Returns the same settings but for what {@code POST /invocations} takes.
     *
     * @param newInvocations what it takes
     * @return the settings
     */
    public HttpSettings with(InvocationSettings newInvocations) {
        return new HttpSettings(maxRequestLineBytes, maxHeaderBytes, requestTimeout, keepAliveTimeout, page, newInvocations);
    }
}
