package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** How figures drift over a run, by least squares over the slices of time that counted. */
public final class Slopes {
    private static final double MIB = 1 << 20;
    private static final int FEWEST_POINTS = 3;

    private Slopes() {}

    /**
     * Fits a line through each figure that was looked at often enough.
     *
     * @param timeline the run in slices
     * @return the lines
     */
    public static List<Slope> of(List<Interval> timeline) {
        List<Interval> counted = timeline.stream().filter(interval -> interval.phase().equals("measuring")).toList();
        List<Slope> slopes = new ArrayList<>();
        add(slopes, "rss", "MiB", counted, i -> i.server() == null ? Double.NaN : i.server().rssBytes() / MIB);
        add(slopes, "descriptors", "", counted, i -> i.server() == null ? Double.NaN : i.server().descriptors());
        add(slopes, "threads", "", counted, i -> i.server() == null ? Double.NaN : i.server().threads());
        for (Metric metric : List.of(Metric.INTERRUPT, Metric.FIRST_CHUNK, Metric.CONNECT)) {
            for (double percentile : new double[] {50, 99}) {
                add(slopes, "p" + (int) percentile + "." + metric.key(), "ms", counted, i -> i.latencies().has(metric)
                        ? i.latencies().of(metric).getValueAtPercentile(percentile) / 1e6 : Double.NaN);
            }
        }
        return slopes;
    }

    /** Slices in which the figure is not a number are left out. */
    private static void add(List<Slope> slopes, String figure, String unit, List<Interval> timeline, ToDoubleFunction<Interval> value) {
        double n = 0;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumXy = 0;
        for (Interval interval : timeline) {
            double y = value.applyAsDouble(interval);
            if (!Double.isNaN(y)) {
                double x = (interval.atSeconds() - timeline.get(0).atSeconds()) / 3_600;
                n++;
                sumX += x;
                sumY += y;
                sumXx += x * x;
                sumXy += x * y;
            }
        }
        double spread = n * sumXx - sumX * sumX;
        if (n >= FEWEST_POINTS && spread > 0) {
            double perHour = (n * sumXy - sumX * sumY) / spread;
            slopes.add(new Slope(figure, unit, (sumY - perHour * sumX) / n, perHour));
        }
    }
}
