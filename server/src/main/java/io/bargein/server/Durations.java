package io.bargein.server;

import java.time.Duration;

/** Durations as settings have them: {@code 500ms}, {@code 20s}, {@code 58m}, {@code 1h}, {@code 2d}, or {@code 0}. */
final class Durations {
    private static final int MAX_DIGITS = 9;

    private Durations() {}

    static Duration parse(String value) {
        if (value.equals("0")) {
            return Duration.ZERO;
        }
        // By hand, as every start reads a score of them: no regular expression.
        int digits = Sizes.digits(value);
        long unitMillis = switch (value.substring(digits)) {
            case "ms" -> 1L;
            case "s" -> 1_000L;
            case "m" -> 60_000L;
            case "h" -> 3_600_000L;
            case "d" -> 86_400_000L;
            default -> 0;
        };
        if (digits == 0 || digits > MAX_DIGITS || unitMillis == 0) {
            throw new IllegalArgumentException("'" + value + "' (expected: a duration, such as 500ms, 20s, 58m or 1h)");
        }
        // Duration.multipliedBy would load BigDecimal, for 16 ms of a cold start.
        return Duration.ofMillis(Long.parseLong(value.substring(0, digits)) * unitMillis);
    }
}
