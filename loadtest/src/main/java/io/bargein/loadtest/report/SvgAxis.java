package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where values come to lie, and the marks that say so.
 *
 * @param lo the least value
 * @param hi the greatest value, above that
 * @param log whether a step is a factor; then all values are above 0
 * @param start where the least lies
 * @param end where the greatest lies
 * @param ticks the marks, in order
 * @param caption what is marked
 */
record SvgAxis(double lo, double hi, boolean log, double start, double end, List<Tick> ticks, String caption) {
    private static final int MOST_LABELS = 8;
    private static final double[] STEPS = {1, 2, 5, 10};

    /** A mark; without a label it is a finer one. */
    record Tick(double value, String label) {}

    /** Where a value lies; what is outside lies on the edge. */
    double at(double value) {
        double share = log ? Math.log(Math.max(value, lo) / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
        return start + (end - start) * Math.min(1, Math.max(0, share));
    }

    /** Latencies, by their logarithm, marked in the units that fit. */
    static SvgAxis latency(double leastNanos, double mostNanos, double start, double end) {
        double lo = Math.max(1, round125(leastNanos * 0.95, false));
        double hi = round125(Math.max(leastNanos, mostNanos) * 1.05, true);
        if (hi / lo < 4) {
            lo = Math.max(1, round125(lo * 0.95, false));
            hi = round125(hi * 1.05, true);
        }
        List<Double> all = new ArrayList<>();
        for (double value = lo; value <= hi * 1.001; value = round125(value * 1.05, true)) {
            all.add(value);
        }
        double decades = Math.log10(hi / lo);
        int every = (int) Math.ceil(decades / MOST_LABELS);
        List<Tick> ticks = new ArrayList<>();
        for (double value : all) {
            int decade = (int) Math.round(Math.log10(value));
            boolean whole = Math.abs(Math.log10(value) - decade) < 0.01;
            boolean labelled = all.size() <= MOST_LABELS || whole && decade % every == 0;
            if (labelled || decades < 5) {
                ticks.add(new Tick(value, labelled ? unit(value) : null));
            }
        }
        return new SvgAxis(lo, hi, true, start, end, ticks, "latency");
    }

    private static String unit(double nanos) {
        if (nanos < 999) {
            return Math.round(nanos) + " ns";
        }
        return nanos < 999e3 ? Math.round(nanos / 1e3) + " µs" : nanos < 999e6 ? Math.round(nanos / 1e6) + " ms" : Math.round(nanos / 1e9) + " s";
    }

    /** The nearest of 1, 2 and 5 times a power of ten. */
    private static double round125(double value, boolean up) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        double best = up ? 10 : 1;
        for (double step : STEPS) {
            if (up && step * power >= value * 0.999) {
                best = step;
                break;
            }
            if (!up && step * power <= value * 1.001) {
                best = step;
            }
        }
        return best * power;
    }

    /** Percentiles, as decades: 1 is the 90th, 2 the 99th, 3 the 99.9th. */
    static SvgAxis percentiles(double decades, double start, double end) {
        List<Tick> ticks = new ArrayList<>();
        ticks.add(new Tick(0, "0"));
        if (decades <= 6.5) {
            ticks.add(new Tick(Math.log10(2), "50"));
        }
        for (int decade = 1; decade <= decades; decade++) {
            ticks.add(new Tick(decade, HtmlNumbers.percentile(decade)));
        }
        return new SvgAxis(0, decades, false, start, end, ticks, "percentile");
    }

    /** Figures, from 0 on; whole ones have whole marks. */
    static SvgAxis figures(double most, boolean whole, String caption, double start, double end) {
        double step = step(Math.max(1e-9, most), 4);
        step = whole ? Math.max(1, step) : step;
        double hi = Math.max(step, Math.ceil(most / step - 1e-9) * step);
        return new SvgAxis(0, hi, false, start, end, ticks(0, hi, step, hi), caption);
    }

    /** Seconds, marked in the unit that fits. */
    static SvgAxis time(double fromSeconds, double toSeconds, double start, double end) {
        double span = toSeconds - fromSeconds;
        double unit = span <= 300 ? 1 : span <= 4 * 3600 ? 60 : 3600;
        String name = unit == 1 ? "seconds" : unit == 60 ? "minutes" : "hours";
        double to = span > 0 ? toSeconds : fromSeconds + 1;
        double step = step((to - fromSeconds) / unit, 8);
        List<Tick> ticks = new ArrayList<>();
        for (Tick tick : ticks(Math.ceil(fromSeconds / unit / step - 1e-9) * step, to / unit, step, to / unit)) {
            ticks.add(new Tick(tick.value() * unit, tick.label()));
        }
        return new SvgAxis(fromSeconds, to, false, start, end, ticks, name + " since the first prompt");
    }

    private static double step(double span, int about) {
        return round125(span / about, true);
    }

    private static List<Tick> ticks(double lo, double hi, double step, double largest) {
        double unit = largest >= 10e9 ? 1e9 : largest >= 10e6 ? 1e6 : largest >= 10e3 ? 1e3 : 1;
        String suffix = unit == 1e9 ? "G" : unit == 1e6 ? "M" : unit == 1e3 ? "k" : "";
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step / unit) - 1e-9));
        List<Tick> ticks = new ArrayList<>();
        for (int i = 0; lo + i * step <= hi + step * 1e-6; i++) {
            double value = lo + i * step;
            ticks.add(new Tick(value, value == 0 ? "0" : String.format(Locale.ROOT, "%,." + decimals + "f", value / unit) + suffix));
        }
        return ticks;
    }
}
