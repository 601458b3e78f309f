package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;

/** Figures over time: a line a run, or several lines of one run. */
final class SvgLines {
    private static final int MARK_EVERY = 16;

    private final String title;
    private final String unit;
    private final List<HtmlRun> runs;
    private final List<Line> lines = new ArrayList<>();
    private boolean faults;

    /** A figure of a column; NaN where it is not known. */
    private record Line(String label, String classes, HtmlRun run, ToDoubleFunction<TimeColumn> figure) {
        boolean known() {
            return run.columns().stream().filter(column -> Double.isFinite(figure.applyAsDouble(column))).count() > 1;
        }
    }

    SvgLines(String title, String unit, List<HtmlRun> runs) {
        this.title = title;
        this.unit = unit;
        this.runs = runs;
    }

    /** What all time charts of these runs have below, so that they can be read one under the other. */
    static SvgAxis time(List<HtmlRun> runs) {
        double from = runs.stream().flatMap(run -> run.columns().stream()).mapToDouble(TimeColumn::from).min().orElse(0);
        double to = runs.stream().flatMap(run -> run.columns().stream()).mapToDouble(TimeColumn::to).max().orElse(1);
        return SvgAxis.time(from, to, SvgPlot.LEFT, SvgPlot.RIGHT);
    }

    /** What is read out over time: when, and what there is of each run then. */
    static List<SvgPlot.Stop> stops(List<HtmlRun> runs, BiFunction<HtmlRun, TimeColumn, String> readOut) {
        List<SvgPlot.Stop> stops = new ArrayList<>();
        HtmlRun longest = runs.get(0);
        for (HtmlRun run : runs) {
            longest = run.columns().size() > longest.columns().size() ? run : longest;
        }
        for (TimeColumn column : longest.columns()) {
            StringBuilder text = new StringBuilder(HtmlNumbers.figure(column.from())).append("–").append(HtmlNumbers.figure(column.to()))
                    .append(" s, ").append(column.phase());
            for (HtmlRun run : runs) {
                for (TimeColumn own : run.columns()) {
                    if (own.from() <= column.middle() && column.middle() < own.to() || own == column) {
                        text.append(" · ").append(runs.size() > 1 ? run.name() + ": " : "").append(readOut.apply(run, own));
                        break;
                    }
                }
            }
            stops.add(new SvgPlot.Stop(column.middle(), text.toString()));
        }
        return stops;
    }

    /** A line of each run; if there is but one run, lines are told apart by the number of them. */
    SvgLines line(String label, ToDoubleFunction<TimeColumn> figure) {
        int number = lines.size() / runs.size();
        for (HtmlRun run : runs) {
            String classes = runs.size() > 1 ? run.color() + (number == 0 ? "" : " dash") : "c" + number + (number == 0 ? "" : " dash");
            lines.add(new Line(label, classes, run, figure));
        }
        return this;
    }

    /** Errors, violations and early closes are marked. */
    SvgLines faults() {
        faults = true;
        return this;
    }

    /** Draws nothing where no line has two points. */
    void draw(HtmlMarkup out) {
        lines.removeIf(line -> !line.known());
        if (lines.isEmpty()) {
            return;
        }
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        boolean whole = true;
        for (Line line : lines) {
            for (TimeColumn column : line.run().columns()) {
                double value = line.figure().applyAsDouble(column);
                if (Double.isFinite(value)) {
                    least = Math.min(least, value);
                    most = Math.max(most, value);
                    whole &= value == Math.rint(value);
                }
            }
        }
        SvgAxis x = time(runs);
        SvgAxis y = SvgAxis.figures(most, whole, unit, SvgPlot.BOTTOM_LOW, SvgPlot.TOP);
        String range = "from " + HtmlNumbers.figure(least) + " to " + HtmlNumbers.figure(most) + " " + unit;
        SvgPlot plot = new SvgPlot(title, title + " over time: " + range + ".", keys(), x, y, TimeColumn.phases(lines.get(0).run().columns()),
                stops(runs, this::readOut));
        plot.open(out);
        for (Line line : lines) {
            draw(out, line, x, y);
        }
        if (faults) {
            runs.forEach(run -> faults(out, run, x, y));
        }
        plot.close(out);
    }

    private void draw(HtmlMarkup out, Line line, SvgAxis x, SvgAxis y) {
        SvgPath path = new SvgPath();
        for (TimeColumn column : line.run().columns()) {
            double value = line.figure().applyAsDouble(column);
            if (Double.isFinite(value)) {
                path.to(x.at(column.middle()), y.at(value));
            } else {
                path.gap();
            }
        }
        SvgPlot.line(out, path.end(), line.classes(), false);
        List<TimeColumn> columns = line.run().columns();
        int every = Math.max(1, Math.min(MARK_EVERY, columns.size() / 4));
        for (int i = line.run().index() * 5 % every; runs.size() > 1 && i < columns.size(); i += every) {
            double value = line.figure().applyAsDouble(columns.get(i));
            if (Double.isFinite(value)) {
                SvgPlot.marker(out, line.run().index(), x.at(columns.get(i).middle()), y.at(value));
            }
        }
    }

    private static void faults(HtmlMarkup out, HtmlRun run, SvgAxis x, SvgAxis y) {
        for (TimeColumn column : run.columns()) {
            if (column.faults() > 0) {
                out.leaf("path", "class", "fault", "d", "M" + HtmlMarkup.number(x.at(column.middle()) - 4) + " "
                        + HtmlMarkup.number(y.end() + 6 + run.index() % 6 * 10) + "l8 8m0-8l-8 8");
            }
        }
    }

    private List<SvgPlot.Key> keys() {
        List<SvgPlot.Key> keys = new ArrayList<>();
        if (lines.size() > 1) {
            boolean several = runs.size() > 1;
            boolean one = lines.stream().map(Line::label).distinct().count() == 1;
            lines.forEach(line -> keys.add(new SvgPlot.Key(line.classes(), several ? line.run().index() : -1,
                    !several ? line.label() : one ? line.run().name() : line.run().name() + ", " + line.label())));
        }
        if (faults && runs.stream().flatMap(run -> run.columns().stream()).anyMatch(column -> column.faults() > 0)) {
            keys.add(new SvgPlot.Key("fault", -1, "errors, violations, early closes"));
        }
        return keys;
    }

    private String readOut(HtmlRun run, TimeColumn column) {
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            if (line.run() == run) {
                text.append(text.length() == 0 ? "" : ", ").append(line.label()).append(' ')
                        .append(HtmlNumbers.figure(line.figure().applyAsDouble(column)));
            }
        }
        return text + (faults && column.faults() > 0 ? ", faults " + HtmlNumbers.count(column.faults()) : "");
    }
}
