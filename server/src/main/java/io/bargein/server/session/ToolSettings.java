package io.bargein.server.session;

import java.time.Duration;

/**
 * What tools are allowed. Immutable.
 *
 * @param maxRounds how many times in one turn the model may ask for tools: 1 to 1,000, default 16; past it the turn ends with an error
 * @param timeout how long a call may take, the wait for a thread included: 10 ms to 1 h, default 30 s; past it the model is told so
 * @param maxResultBytes the longest result, in bytes of UTF-8: 1 KiB to 64 MiB, default 64 KiB; of a longer one the model is told how
 *     long it was and how long it may be
 */
public record ToolSettings(int maxRounds, Duration timeout, int maxResultBytes) {

    /** What holds unless something else is said. */
    public static final ToolSettings DEFAULT = new ToolSettings(16, Duration.ofSeconds(30), 64 << 10);

    /**
     * Checks the ranges.
     *
     * @param maxRounds 1 to 1,000
     * @param timeout 10 ms to 1 h
     * @param maxResultBytes 1 KiB to 64 MiB
     * @throws IllegalArgumentException if one is out of range, as "maxToolRounds: 0 (expected: 1 to 1000)"
     */
    public ToolSettings {
        check(maxRounds >= 1 && maxRounds <= 1_000, "maxToolRounds", maxRounds, "1 to 1000");
        check(timeout.compareTo(Duration.ofMillis(10)) >= 0 && timeout.compareTo(Duration.ofHours(1)) <= 0, "toolTimeout", timeout, "10ms to 1h");
        check(maxResultBytes >= 1 << 10 && maxResultBytes <= 1 << 26, "maxToolResultBytes", maxResultBytes, "1KiB to 64MiB");
    }

    private static void check(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
