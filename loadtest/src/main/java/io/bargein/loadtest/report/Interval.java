package io.bargein.loadtest.report;

/**
 * A slice of a run's time.
 *
 * @param phase what was being done, such as {@code warm-up} or {@code measuring}
 * @param atSeconds when it began, from the first prompt
 * @param seconds how long it was
 * @param connections how many were up at its end
 * @param counts what was counted in it
 * @param latencies the times of what ended in it, to two digits; the primary metrics alone
 * @param server what the server used at its end; null where that was not asked
 */
public record Interval(String phase, double atSeconds, double seconds, int connections, Counts counts, Latencies latencies,
        ServerUse server) {}
