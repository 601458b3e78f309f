package io.bargein.loadtest.report;

/**
 * What was measured over one stretch of time.
 *
 * @param seconds how long it was
 * @param counts what was counted in it
 * @param rates counts a second; those of merged runs add up
 * @param latencies the times
 * @param clientCpuShare how much of its threads' time the client has used; 0 to 1, the largest of merged runs
 */
public record Measurement(double seconds, Counts counts, Rates rates, Latencies latencies, double clientCpuShare) {

    /**
     * Counts a second.
     *
     * @param prompts prompts
     * @param chunks chunks
     * @param bytes bytes of messages
     * @param connects connections made
     */
    public record Rates(double prompts, double chunks, double bytes, double connects) {
        static Rates of(Counts counts, double seconds) {
            return new Rates(counts.prompts() / seconds, counts.chunks() / seconds, counts.bytes() / seconds, counts.connects() / seconds);
        }

        Rates plus(Rates other) {
            return new Rates(prompts + other.prompts, chunks + other.chunks, bytes + other.bytes, connects + other.connects);
        }
    }

    /**
     * Takes rates from counts.
     *
     * @param seconds how long it was
     * @param counts what was counted in it
     * @param latencies the times
     * @param clientCpuShare how much of its threads' time the client has used
     * @return the measurement
     */
    public static Measurement of(double seconds, Counts counts, Latencies latencies, double clientCpuShare) {
        return new Measurement(seconds, counts, Rates.of(counts, seconds), latencies, clientCpuShare);
    }
}
