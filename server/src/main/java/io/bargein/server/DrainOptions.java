package io.bargein.server;

import java.time.Duration;

/** The settings of how the server stops. */
final class DrainOptions extends Options {

    /** What is left after the deadline for closing connections and aborting answers: 8 s and this stay below 10 s (contract C16). */
    private static final Duration AFTER_DEADLINE = Duration.ofMillis(1_500);

    private final Setting<Duration> drainDeadline = time("--drain-deadline", "8s",
            "Time for running turns to end after SIGTERM; past it they are interrupted");

    /** @throws IllegalArgumentException if it is out of range */
    Duration deadline() {
        if (drainDeadline.value().compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("drainDeadline: " + drainDeadline.value() + " (expected: 0s to 1h)");
        }
        return drainDeadline.value();
    }

    /** When the process ends whatever happens. */
    Duration limit() {
        return drainDeadline.value().plus(AFTER_DEADLINE);
    }
}
