package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A metric's percentiles, where each further nine takes as much room as the one before it. Of one run: also its uncorrected form, and the
 * objectives; of each: the instrument's floor.
 */
final class SvgPercentiles {
    private static final double STEP = 0.02;
    private static final int STOPS_PER_DECADE = 10;

    private final Metric metric;
    private final List<HtmlRun> runs;
    private final List<Curve> curves = new ArrayList<>();
    private final double decades;

    /** A line to be drawn: whose, how, and whether it has marks. */
    private record Curve(String label, String classes, int marker, Histogram times) {
        /** Beyond that there are too few times to tell percentiles apart. */
        double decades() {
            return Math.max(0.31, Math.log10(times.getTotalCount()));
        }

        double at(double decades) {
            return decades >= decades() ? times.getMaxValue() : times.getValueAtPercentile(100 * (1 - Math.pow(10, -decades)));
        }
    }

    private SvgPercentiles(Metric metric, List<HtmlRun> runs) {
        this.metric = metric;
        this.runs = runs;
        boolean alone = runs.size() == 1;
        for (HtmlRun run : runs) {
            if (run.has(metric)) {
                curves.add(new Curve(alone ? metric.label() : run.name(), run.color(), alone ? -1 : run.index(), run.latencies().of(metric)));
            }
        }
        Metric uncorrected = Metric.of(metric.key() + "_uncorrected");
        if (alone && uncorrected != null && runs.get(0).has(uncorrected)) {
            curves.add(new Curve("uncorrected", "c1 dots", -1, runs.get(0).latencies().of(uncorrected)));
        }
        for (HtmlRun run : runs) {
            Measurement floor = run.report().floor();
            if (floor != null && floor.latencies().has(metric)) {
                curves.add(new Curve(alone ? "floor" : run.name() + " floor", (alone ? "muted" : run.color()) + " dash thin", -1,
                        floor.latencies().of(metric)));
            }
        }
        this.decades = curves.stream().mapToDouble(Curve::decades).max().orElse(1);
    }

    static void draw(HtmlMarkup out, Metric metric, List<HtmlRun> runs) {
        new SvgPercentiles(metric, runs).draw(out);
    }

    private void draw(HtmlMarkup out) {
        double least = curves.stream().mapToDouble(curve -> curve.times().getMinValue()).min().orElse(1);
        double most = curves.stream().mapToDouble(curve -> curve.times().getMaxValue()).max().orElse(1);
        List<Objective> objectives = objectives();
        for (Objective objective : objectives) {
            most = Math.max(most, objective.maxNanos());
            least = Math.min(least, Math.max(1, objective.maxNanos()));
        }
        SvgAxis x = SvgAxis.percentiles(Math.max(1, decades), SvgPlot.LEFT, SvgPlot.RIGHT);
        SvgAxis y = SvgAxis.latency(least, most, SvgPlot.BOTTOM, SvgPlot.TOP);
        SvgPlot plot = new SvgPlot(metric.label() + ", by percentile", description(), keys(objectives), x, y, List.of(), stops());
        plot.open(out);
        for (int i = curves.size() - 1; i >= 0; i--) {
            SvgPlot.line(out, path(curves.get(i), x, y), curves.get(i).classes(), false);
        }
        curves.forEach(curve -> marks(out, curve, x, y));
        objectives.forEach(objective -> target(out, objective, x, y));
        plot.close(out);
    }

    private String path(Curve curve, SvgAxis x, SvgAxis y) {
        SvgPath path = new SvgPath();
        double end = curve.decades();
        double last = Double.NaN;
        double skipped = -1;
        for (double at = 0; at < end; at += STEP) {
            double value = curve.at(at);
            if (value == last) {
                skipped = at;
            } else {
                if (skipped >= 0) {
                    path.to(x.at(skipped), y.at(last));
                    skipped = -1;
                }
                path.to(x.at(at), y.at(value));
                last = value;
            }
        }
        if (skipped >= 0) {
            path.to(x.at(skipped), y.at(last));
        }
        path.to(x.at(end), y.at(curve.times().getMaxValue()));
        return path.end();
    }

    private static void marks(HtmlMarkup out, Curve curve, SvgAxis x, SvgAxis y) {
        if (curve.marker() >= 0) {
            for (SvgAxis.Tick tick : x.ticks()) {
                if (tick.value() > 0 && tick.value() < curve.decades() - 0.15) {
                    SvgPlot.marker(out, curve.marker(), x.at(tick.value()), y.at(curve.at(tick.value())));
                }
            }
            SvgPlot.marker(out, curve.marker(), x.at(curve.decades()), y.at(curve.times().getMaxValue()));
        }
    }

    private static void target(HtmlMarkup out, Objective objective, SvgAxis x, SvgAxis y) {
        double at = objective.percentile() >= 100 ? x.end() : x.at(-Math.log10(1 - objective.percentile() / 100));
        double height = y.at(Math.max(1, objective.maxNanos()));
        out.leaf("path", "class", "target", "d", "M" + HtmlMarkup.number(at - 10) + " " + HtmlMarkup.number(height - 4)
                + "v4h20v-4");
    }

    /** Those of the first run that can be shown, as their texts may come from a file. */
    private List<Objective> objectives() {
        List<Objective> objectives = new ArrayList<>();
        for (Objective.Outcome outcome : runs.get(0).report().objectives()) {
            try {
                Objective objective = Objective.parse(outcome.text());
                if (objective.metric() == metric) {
                    objectives.add(objective);
                }
            } catch (IllegalArgumentException e) {
                continue; // its row in the table shows it as it is
            }
        }
        return objectives;
    }

    private List<SvgPlot.Key> keys(List<Objective> objectives) {
        List<SvgPlot.Key> keys = new ArrayList<>();
        curves.forEach(curve -> keys.add(new SvgPlot.Key(curve.classes(), curve.marker(), curve.label())));
        if (!objectives.isEmpty()) {
            keys.add(new SvgPlot.Key("target", -1, "objective: not above"));
        }
        return keys;
    }

    private List<SvgPlot.Stop> stops() {
        List<SvgPlot.Stop> stops = new ArrayList<>();
        int count = (int) Math.ceil(decades * STOPS_PER_DECADE);
        for (int i = 0; i <= count; i++) {
            double at = Math.min(decades, (double) i / STOPS_PER_DECADE);
            StringBuilder text = new StringBuilder(i == count ? "max" : HtmlNumbers.percentile(at) + " %");
            for (Curve curve : curves) {
                text.append(" · ").append(curve.label()).append(' ')
                        .append(HtmlNumbers.time(i == count ? curve.times().getMaxValue() : curve.at(at)));
            }
            stops.add(new SvgPlot.Stop(at, text.toString()));
        }
        return stops;
    }

    private String description() {
        StringBuilder text = new StringBuilder("Latency by percentile, both on logarithmic scales.");
        for (Curve curve : curves) {
            Histogram times = curve.times();
            text.append(' ').append(curve.label()).append(": median ").append(HtmlNumbers.time(times.getValueAtPercentile(50)))
                    .append(", 99th percentile ").append(HtmlNumbers.time(times.getValueAtPercentile(99)))
                    .append(", most ").append(HtmlNumbers.time(times.getMaxValue())).append('.');
        }
        return text.toString();
    }
}
