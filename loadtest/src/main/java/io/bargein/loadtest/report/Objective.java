package io.bargein.loadtest.report;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a latency has to be at most, as {@code p99.interrupt=5ms}.
 *
 * @param text as it was written
 * @param metric which latency
 * @param percentile which percentile; 100 is the maximum
 * @param maxNanos what it may be at most
 */
public record Objective(String text, Metric metric, double percentile, long maxNanos) {
    private static final Pattern FORM = Pattern.compile("(p\\d{1,2}(?:\\.\\d{1,4})?|max)\\.([a-z_-]+)=(\\d{1,9}(?:\\.\\d{1,6})?)(us|ms|s)");

    /**
     * Reads one.
     *
     * @param text {@code pNN.METRIC=TIME} or {@code max.METRIC=TIME}; the metrics are those of the report, the time in us, ms or s
     * @return the objective
     * @throws IllegalArgumentException if it is none, with what was expected
     */
    public static Objective parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        Metric metric = form.matches() ? Metric.of(form.group(2).replace('-', '_')) : null;
        if (metric == null) {
            throw new IllegalArgumentException(text + " (expected: p50.interrupt=1ms, p99.9.first_chunk=20ms, max.connect=1s or the like; of "
                    + names() + ")");
        }
        double percentile = form.group(1).equals("max") ? 100 : Double.parseDouble(form.group(1).substring(1));
        long unit = switch (form.group(4)) {
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            default -> 1_000_000_000L;
        };
        return new Objective(text.strip(), metric, percentile, (long) (Double.parseDouble(form.group(3)) * unit));
    }

    /**
     * Says what came of it.
     *
     * @param latencies what was measured
     * @return its outcome; not met where nothing was measured
     */
    public Outcome against(Latencies latencies) {
        if (!latencies.has(metric)) {
            return new Outcome(text, -1, false);
        }
        long nanos = latencies.of(metric).getValueAtPercentile(percentile);
        return new Outcome(text, nanos / 1e6, nanos <= maxNanos);
    }

    private static String names() {
        StringBuilder names = new StringBuilder();
        for (Metric metric : Metric.values()) {
            names.append(names.length() == 0 ? "" : ", ").append(metric.key());
        }
        return names.toString().toLowerCase(Locale.ROOT);
    }

    /**
     * What came of an objective.
     *
     * @param text the objective, as it was written
     * @param measuredMillis what was measured; -1 if nothing was
     * @param met whether it was met
     */
    public record Outcome(String text, double measuredMillis, boolean met) {}
}
