package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Latencies;

/** Is told how a run goes on, about once a second, on one thread. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = now -> {};

    /**
     * Hears how it goes.
     *
     * @param now how things are
     */
    void tick(Moment now);

    /**
     * How a run goes at one moment.
     *
     * @param phase what is being done
     * @param elapsedSeconds since the first connection
     * @param totalSeconds how long it will be in all, as far as that is known
     * @param connections how many are up
     * @param promptsPerSecond in the last second or so
     * @param connectsPerSecond the same, of connections made
     * @param latencies of the last second or so
     * @param faults errors, violations and early closes since the beginning
     */
    record Moment(String phase, double elapsedSeconds, double totalSeconds, int connections, double promptsPerSecond,
            double connectsPerSecond, Latencies latencies, long faults) {

        /** The same, as a part of something. */
        Moment in(String whole) {
            return new Moment(whole + ", " + phase, elapsedSeconds, totalSeconds, connections, promptsPerSecond, connectsPerSecond, latencies,
                    faults);
        }
    }
}
