package io.bargein.server.transport;

import java.time.Duration;

/**
 * How long a WebSocket peer may give no sign of life. Any inbound byte and any progress of a write is one. Immutable.
 *
 * @param pingInterval how often a ping is sent: 100 ms to 1 h, default 20 s, because AgentCore's proxy cuts a silent connection
 *     at 60 s (contract C71); zero sends none
 * @param pongTimeout how long after a ping the next sign of life may take: 100 ms to 1 h, default 20 s; past it the connection
 *     is closed with 1008
 * @param slowReaderTimeout how long a client may take nothing while output waits: 100 ms to 1 h, default 30 s; past it the
 *     connection is closed with 1008
 * @param messageTimeout how long a message may take from its first fragment to its last: 100 ms to 1 h, default 15 s; past it
 *     the connection is closed with 1008
 * @param closeTimeout how long the closing handshake may take: 10 ms to 1 min, default 5 s; past it the connection is cut
 */
public record LivenessSettings(Duration pingInterval, Duration pongTimeout, Duration slowReaderTimeout, Duration messageTimeout,
        Duration closeTimeout) {

    /** What holds unless something else is said. */
    public static final LivenessSettings DEFAULT = new LivenessSettings(Duration.ofSeconds(20), Duration.ofSeconds(20),
            Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(5));

    /**
     * Checks the ranges.
     *
     * @param pingInterval 100 ms to 1 h, or zero
     * @param pongTimeout 100 ms to 1 h
     * @param slowReaderTimeout 100 ms to 1 h
     * @param messageTimeout 100 ms to 1 h
     * @param closeTimeout 10 ms to 1 min
     * @throws IllegalArgumentException if one is out of range
     */
    public LivenessSettings {
        Duration min = Duration.ofMillis(100);
        Duration max = Duration.ofHours(1);
        Range.checkOrZero("pingInterval", pingInterval, min, max);
        Range.check("pongTimeout", pongTimeout, min, max);
        Range.check("slowReaderTimeout", slowReaderTimeout, min, max);
        Range.check("messageTimeout", messageTimeout, min, max);
        Range.check("closeTimeout", closeTimeout, Duration.ofMillis(10), Duration.ofMinutes(1));
    }
}
