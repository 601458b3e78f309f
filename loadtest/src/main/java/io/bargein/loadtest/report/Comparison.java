package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * One run beside another, figure by figure.
 *
 * <p>A percentile is compared where both have at least ten values beyond it: 20 values for the median, 100 for p90, 1,000 for p99, 10,000 for
 * p99.9; with fewer, one late answer moves it. A maximum is one value, so its ratio is shown and it is never worse or better.
 *
 * @param a the run that is compared with
 * @param b the run that is compared
 * @param tolerance by what share a figure may be worse, or better, and still count as the same; 0.1 is 10 %
 * @param differences what is different about the runs, as "connections: 100 | 200"
 * @param unlike which of those make the comparison one of unlike things
 * @param rows the figures
 */
public record Comparison(Report a, Report b, double tolerance, List<String> differences, List<String> unlike, List<Row> rows) {
    private static final double BEYOND = 10;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final double MIB = 1 << 20;
    /** Where to, and of what randomness, does not make runs unlike. */
    private static final Set<String> BY_THE_WAY = Set.of("url", "seed");

    /** What a figure of the second run is, beside the first's. */
    public enum Judgement {
        /** Within the tolerance. */
        SAME(""),
        /** Better by more than the tolerance. */
        BETTER("better"),
        /** Worse by more than the tolerance. */
        WORSE("worse"),
        /** Not to be said from so few values. */
        TOO_FEW("too few"),
        /** Never judged. */
        NONE("");

        private final String label;

        Judgement(String label) {
            this.label = label;
        }

        /**
         * Returns its name for people.
         *
         * @return a word or two; empty where there is nothing to say
         */
        public String label() {
            return label;
        }
    }

    /**
     * A figure.
     *
     * @param figure its name
     * @param digits how many behind the point are shown
     * @param a the first run's
     * @param b the second run's
     * @param floorA the first run's floor; NaN where there is none
     * @param floorB the second run's floor
     * @param judgement what the second is, beside the first
     */
    public record Row(String figure, int digits, double a, double b, double floorA, double floorB, Judgement judgement) {

        /**
         * Divides.
         *
         * @return the second run's figure by the first's; NaN where that makes no sense
         */
        public double ratio() {
            return a == 0 || judgement == Judgement.TOO_FEW ? Double.NaN : b / a;
        }
    }

    /**
     * Compares.
     *
     * @param a the run that is compared with
     * @param b the run that is compared
     * @param tolerance by what share a figure may be worse, or better, and still count as the same; 0.1 is 10 %
     * @return the comparison
     */
    public static Comparison of(Report a, Report b, double tolerance) {
        List<String> differences = new ArrayList<>();
        List<String> unlike = new ArrayList<>();
        for (String name : different(a.configuration(), b.configuration())) {
            differences.add(name + ": " + shown(a.configuration(), name) + " | " + shown(b.configuration(), name));
            if (!BY_THE_WAY.contains(name)) {
                unlike.add(name);
            }
        }
        for (String name : different(a.tool(), b.tool())) {
            differences.add(name + ": " + shown(a.tool(), name) + " | " + shown(b.tool(), name));
        }
        Rows rows = new Rows(a, b, tolerance);
        for (Metric metric : Metric.values()) {
            boolean inA = a.measured().latencies().has(metric);
            boolean inB = b.measured().latencies().has(metric);
            if (metric.primary() && inA && inB) {
                rows.latency(metric);
            } else if (metric.primary() && inA != inB) {
                differences.add(metric.label() + ": " + (inA ? "measured | not measured" : "not measured | measured"));
            }
        }
        rows.rest();
        return new Comparison(a, b, tolerance, List.copyOf(differences), List.copyOf(unlike), List.copyOf(rows.rows));
    }

    /**
     * Says whether anything is worse.
     *
     * @return whether a figure of the second run is worse by more than the tolerance
     */
    public boolean worse() {
        return rows.stream().anyMatch(row -> row.judgement() == Judgement.WORSE);
    }

    /**
     * Writes the comparison.
     *
     * @param nameA what to call the first run
     * @param nameB what to call the second run
     * @return lines of text
     */
    public String text(String nameA, String nameB) {
        StringBuilder out = new StringBuilder();
        Table.line(out, "A", "%s, started %s, %s", nameA, a.started(), a.passed() ? "PASS" : "FAIL");
        Table.line(out, "B", "%s, started %s, %s", nameB, b.started(), b.passed() ? "PASS" : "FAIL");
        differences.forEach(difference -> Table.line(out, "differs", "%s", difference));
        if (!unlike.isEmpty()) {
            Table.line(out, "unlike", "the runs were asked for different things (%s): the ratios tell of that as well",
                    String.join(", ", unlike));
        }
        Table table = new Table(40).row("", "A", "B", "B / A", "", "floor A", "floor B");
        for (Row row : rows) {
            table.row(row.figure(), Table.number(row.a(), row.digits()), Table.number(row.b(), row.digits()), Table.number(row.ratio(), 3),
                    row.judgement().label(), Table.number(row.floorA(), row.digits()), Table.number(row.floorB(), row.digits()));
        }
        table.to(out);
        long worse = rows.stream().filter(row -> row.judgement() == Judgement.WORSE).count();
        long better = rows.stream().filter(row -> row.judgement() == Judgement.BETTER).count();
        Table.line(out, "verdict", "of %d figures %d worse, %d better, by more than %s %%", rows.size(), worse, better,
                Table.value(Math.round(tolerance * 1e6) / 1e4));
        return out.toString();
    }

    private static Set<String> different(Map<String, Object> a, Map<String, Object> b) {
        Set<String> names = new LinkedHashSet<>(a.keySet());
        names.addAll(b.keySet());
        names.removeIf(name -> shown(a, name).equals(shown(b, name)));
        return names;
    }

    private static String shown(Map<String, Object> values, String name) {
        return values.containsKey(name) ? Table.value(values.get(name)) : "none";
    }

    /** The figures as they are gathered. */
    private static final class Rows {
        private final List<Row> rows = new ArrayList<>();
        private final Report a;
        private final Report b;
        private final double tolerance;

        Rows(Report a, Report b, double tolerance) {
            this.a = a;
            this.b = b;
            this.tolerance = tolerance;
        }

        void latency(Metric metric) {
            Histogram ofA = a.measured().latencies().of(metric);
            Histogram ofB = b.measured().latencies().of(metric);
            for (double percentile : PERCENTILES) {
                // A rounding error must not ask for one value more.
                double needed = Math.rint(BEYOND / (1 - percentile / 100));
                ToDoubleFunction<Histogram> millis = h -> h.getValueAtPercentile(percentile) / 1e6;
                Judgement judgement = Math.min(ofA.getTotalCount(), ofB.getTotalCount()) < needed ? Judgement.TOO_FEW
                        : judged(millis.applyAsDouble(ofA), millis.applyAsDouble(ofB), true);
                rows.add(new Row(metric.label() + " p" + Table.value(percentile), 3, millis.applyAsDouble(ofA), millis.applyAsDouble(ofB),
                        floor(a, metric, millis), floor(b, metric, millis), judgement));
            }
            ToDoubleFunction<Histogram> max = h -> h.getMaxValue() / 1e6;
            rows.add(new Row(metric.label() + " max", 3, max.applyAsDouble(ofA), max.applyAsDouble(ofB), floor(a, metric, max),
                    floor(b, metric, max), Judgement.NONE));
        }

        void rest() {
            rate("chunks/s", Measurement.Rates::chunks);
            rate("bytes/s", Measurement.Rates::bytes);
            rate("prompts/s", Measurement.Rates::prompts);
            rate("connects/s", Measurement.Rates::connects);
            smallerIsBetter("CPU s for 1e6 chunks", 3, a.cpuSecondsPerMillionChunks(), b.cpuSecondsPerMillionChunks());
            smallerIsBetter("RSS MiB at the last look", 1, rss(a), rss(b));
            fault("violations", Counts::violations);
            fault("unexpected closes", Counts::unexpectedCloses);
            fault("errors", Counts::errors);
        }

        private void rate(String name, ToDoubleFunction<Measurement.Rates> rate) {
            double ofA = rate.applyAsDouble(a.measured().rates());
            double ofB = rate.applyAsDouble(b.measured().rates());
            if (ofA > 0 || ofB > 0) {
                rows.add(new Row(name, 1, ofA, ofB, a.floor() == null ? Double.NaN : rate.applyAsDouble(a.floor().rates()),
                        b.floor() == null ? Double.NaN : rate.applyAsDouble(b.floor().rates()), judged(ofA, ofB, false)));
            }
        }

        private void smallerIsBetter(String name, int digits, double ofA, double ofB) {
            if (Double.isFinite(ofA) && Double.isFinite(ofB)) {
                rows.add(new Row(name, digits, ofA, ofB, Double.NaN, Double.NaN, judged(ofA, ofB, true)));
            }
        }

        private void fault(String name, ToDoubleFunction<Counts> count) {
            double ofA = count.applyAsDouble(a.measured().counts());
            double ofB = count.applyAsDouble(b.measured().counts());
            if (ofA > 0 || ofB > 0) {
                smallerIsBetter(name, 0, ofA, ofB);
            }
        }

        private Judgement judged(double ofA, double ofB, boolean smallerIsBetter) {
            double by = smallerIsBetter ? ofB - ofA : ofA - ofB;
            if (Math.abs(by) <= tolerance * ofA) {
                return Judgement.SAME;
            }
            return by > 0 ? Judgement.WORSE : Judgement.BETTER;
        }

        private static double floor(Report run, Metric metric, ToDoubleFunction<Histogram> figure) {
            return run.floor() != null && run.floor().latencies().has(metric) ? figure.applyAsDouble(run.floor().latencies().of(metric))
                    : Double.NaN;
        }

        private static double rss(Report run) {
            ServerUse last = run.server().isEmpty() ? null : run.server().get(run.server().size() - 1);
            return last == null || last.rssBytes() < 0 ? Double.NaN : last.rssBytes() / MIB;
        }
    }
}
