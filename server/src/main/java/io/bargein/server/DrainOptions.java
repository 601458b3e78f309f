package io.bargein.server;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The settings of how the server stops. */
final class DrainOptions {

    /** What is left after the deadline for closing connections and aborting answers: 8 s and this stay below 10 s (contract C16). */
    private static final Duration AFTER_DEADLINE = Duration.ofMillis(1_500);

    @Option(names = "--drain-deadline", paramLabel = "TIME", defaultValue = "8s", converter = Durations.class,
            description = "Time for running turns to end after SIGTERM; past it they are interrupted")
    private Duration drainDeadline;

    /** @throws IllegalArgumentException if it is out of range */
    Duration deadline() {
        if (drainDeadline.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("drainDeadline: " + drainDeadline + " (expected: 0s to 1h)");
        }
        return drainDeadline;
    }

    /** When the process ends whatever happens. */
    Duration limit() {
        return drainDeadline.plus(AFTER_DEADLINE);
    }
}
