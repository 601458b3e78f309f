package io.bargein.server.transport;

import java.time.Duration;

/** Checks of settings; the message names the setting, its value and what was expected. */
final class Range {
    private Range() {}

    static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }

    /** A time, or zero, which turns off what it is for. */
    static void checkOrZero(String name, Duration value, Duration min, Duration max) {
        if (!value.isZero()) {
            check(name, value, min, max, ", or PT0S");
        }
    }

    static void check(String name, Duration value, Duration min, Duration max) {
        check(name, value, min, max, "");
    }

    private static void check(String name, Duration value, Duration min, Duration max, String more) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + more + ")");
        }
    }
}
