package io.bargein.loadtest.report;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.PackedHistogram;

/** One histogram a metric, made when it is first needed. Not safe for use by several threads at a time. */
public final class Latencies {
    private static final long MAX_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private static final int COARSE_DIGITS = 2;

    private final Map<Metric, Histogram> histograms = new EnumMap<>(Metric.class);

    /** Creates it empty. Times are kept to three digits, which takes 270 kB a metric. */
    public Latencies() {}

    /**
     * Copies what tells of the server, to two digits and in less space: there may be hundreds of these.
     *
     * @return the primary metrics
     */
    public Latencies coarse() {
        Latencies copy = new Latencies();
        histograms.forEach((metric, histogram) -> {
            if (metric.primary() && histogram.getTotalCount() > 0) {
                Histogram small = new Histogram(COARSE_DIGITS);
                small.add(histogram);
                copy.histograms.put(metric, small);
            }
        });
        return copy;
    }

    /**
     * Counts a time in.
     *
     * @param metric what it is of
     * @param nanos the time
     */
    public void record(Metric metric, long nanos) {
        of(metric).recordValue(Math.min(MAX_NANOS, Math.max(1, nanos)));
    }

    /**
     * Returns a metric's times, to read or to add to.
     *
     * @param metric which
     * @return its histogram; empty if nothing was recorded
     */
    public Histogram of(Metric metric) {
        return histograms.computeIfAbsent(metric, m -> empty());
    }

    /** A histogram of the one layout that all have. */
    static Histogram empty() {
        return new Histogram(1, MAX_NANOS, DIGITS);
    }

    /**
     * Says whether there is anything of a metric.
     *
     * @param metric which
     * @return whether a time was recorded
     */
    public boolean has(Metric metric) {
        Histogram histogram = histograms.get(metric);
        return histogram != null && histogram.getTotalCount() > 0;
    }

    /**
     * Adds all of others.
     *
     * @param others what to add
     */
    public void add(Latencies others) {
        others.histograms.forEach((metric, histogram) -> {
            if (histogram.getTotalCount() > 0) {
                of(metric).add(histogram);
            }
        });
    }

    /**
     * Returns a copy that takes memory by how many different times it has, not a quarter of a megabyte a metric: for keeping many.
     *
     * @return the copy, which is slower to record to
     */
    public Latencies packed() {
        Latencies packed = new Latencies();
        histograms.forEach((metric, histogram) -> {
            if (histogram.getTotalCount() > 0) {
                Histogram copy = new PackedHistogram(1, MAX_NANOS, DIGITS);
                copy.add(histogram);
                packed.histograms.put(metric, copy);
            }
        });
        return packed;
    }

    /** Forgets all times. */
    public void reset() {
        for (Histogram histogram : histograms.values()) {
            if (histogram.getTotalCount() > 0) {
                histogram.reset();
            }
        }
    }
}
