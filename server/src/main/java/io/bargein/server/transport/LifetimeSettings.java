package io.bargein.server.transport;

import java.time.Duration;

/**
 * How long a WebSocket connection may live. Each end is orderly: 1001, with its reason, and a client that comes back with the same
 * session id goes on where it was. Immutable.
 *
 * @param maxAge how old a connection may get: 100 ms to 14 days, default 58 min, because AgentCore's proxy cuts one at 60 min (contract
 *     C70); zero is any age. A running turn may end, for a minute more
 * @param idleTimeout how long a client may neither say nor be told anything: 100 ms to 14 days; zero, the default, is any time. Its
 *     pings count, its pongs do not, or a forgotten browser tab would never be idle
 */
public record LifetimeSettings(Duration maxAge, Duration idleTimeout) {

    /** What holds unless something else is said. */
    public static final LifetimeSettings DEFAULT = new LifetimeSettings(Duration.ofMinutes(58), Duration.ZERO);

    /**
     * Checks the ranges.
     *
     * @param maxAge 100 ms to 14 days, or zero
     * @param idleTimeout 100 ms to 14 days, or zero
     * @throws IllegalArgumentException if one is out of range
     */
    public LifetimeSettings {
        Duration min = Duration.ofMillis(100);
        Duration max = Duration.ofDays(14);
        Range.checkOrZero("maxConnectionAge", maxAge, min, max);
        Range.checkOrZero("idleTimeout", idleTimeout, min, max);
    }
}
