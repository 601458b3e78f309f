package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * A metric over time. Of one run: how its times are spread in each column, with its median and 99th percentile over that; of several: the
 * band from the median to the 99th percentile of each.
 */
final class SvgLatencyOverTime {
    /** Times are sorted into so many bands a decade, and drawn in as many of these together as have room. */
    private static final int BANDS = 48;
    private static final int[] TOGETHER = {1, 2, 3, 4, 6, 8, 12, 16, 24, 48};
    private static final int DECADES = 14;
    private static final double LEAST_ROW = 5;
    private static final int SHADES = 8;
    private static final int MARK_EVERY = 16;

    private final Metric metric;
    private final List<Series> all = new ArrayList<>();
    private final SvgAxis x;
    private final SvgAxis y;

    /** A column's times; the counts are by band. */
    private record Slice(TimeColumn column, long count, long p50, long p99, long max, long[] bands) {}

    private record Series(HtmlRun run, List<Slice> slices) {}

    private SvgLatencyOverTime(Metric metric, List<HtmlRun> runs) {
        this.metric = metric;
        for (HtmlRun run : runs) {
            Latencies scratch = new Latencies();
            List<Slice> slices = run.columns().stream().map(column -> slice(column, metric, scratch)).filter(Objects::nonNull).toList();
            if (!slices.isEmpty()) {
                all.add(new Series(run, slices));
            }
        }
        boolean alone = runs.size() == 1;
        double least = all.stream().flatMap(s -> s.slices().stream()).mapToDouble(s -> alone ? lowest(s) : s.p50()).min().orElse(1);
        double most = all.stream().flatMap(s -> s.slices().stream()).mapToDouble(s -> alone ? s.max() : s.p99()).max().orElse(1);
        this.x = SvgLines.time(runs);
        this.y = SvgAxis.latency(least, most, SvgPlot.BOTTOM, SvgPlot.TOP);
    }

    /** Draws nothing where there is no more than a moment. */
    static void draw(HtmlMarkup out, Metric metric, List<HtmlRun> runs) {
        SvgLatencyOverTime chart = new SvgLatencyOverTime(metric, runs);
        if (chart.all.stream().anyMatch(series -> series.slices().size() > 1)) {
            chart.draw(out, runs.size() == 1);
        }
    }

    private static Slice slice(TimeColumn column, Metric metric, Latencies scratch) {
        Histogram times = column.times(metric, scratch);
        if (times == null) {
            return null;
        }
        long[] bands = new long[BANDS * DECADES];
        for (HistogramIterationValue value : times.recordedValues()) {
            int band = (int) (Math.log10(Math.max(1, value.getValueIteratedTo())) * BANDS);
            bands[Math.min(bands.length - 1, band)] += value.getCountAddedInThisIterationStep();
        }
        return new Slice(column, times.getTotalCount(), times.getValueAtPercentile(50), times.getValueAtPercentile(99), times.getMaxValue(), bands);
    }

    private static double lowest(Slice slice) {
        int band = 0;
        while (slice.bands()[band] == 0) {
            band++;
        }
        return Math.pow(10, (double) band / BANDS);
    }

    private void draw(HtmlMarkup out, boolean alone) {
        List<SvgPlot.Key> keys = new ArrayList<>();
        if (alone) {
            keys.add(new SvgPlot.Key("p99", -1, "99 %"));
            keys.add(new SvgPlot.Key("p50", -1, "50 %"));
            keys.add(new SvgPlot.Key("heat", -1, "share of what came then"));
        } else {
            all.forEach(series -> keys.add(new SvgPlot.Key(series.run().color(), series.run().index(), series.run().name() + ", 50 % to 99 %")));
        }
        SvgPlot plot = new SvgPlot(metric.label() + ", over time", description(), keys, x, y, TimeColumn.phases(all.get(0).run().columns()),
                SvgLines.stops(all.stream().map(Series::run).toList(), this::readOut));
        plot.open(out);
        if (alone) {
            heat(out, all.get(0).slices());
            SvgPlot.line(out, path(all.get(0).slices(), false), "p50", true);
            SvgPlot.line(out, path(all.get(0).slices(), true), "p99", true);
        } else {
            all.forEach(series -> out.leaf("path", "class", "band " + series.run().color(), "d", band(series.slices())));
            for (Series series : all) {
                SvgPlot.line(out, path(series.slices(), false), series.run().color() + " thin", false);
                SvgPlot.line(out, path(series.slices(), true), series.run().color(), false);
                marks(out, series);
            }
        }
        plot.close(out);
    }

    /** One path a shade; what is side by side in one shade is one rectangle of it. */
    private void heat(HtmlMarkup out, List<Slice> slices) {
        double decade = (y.start() - y.end()) / Math.log10(y.hi() / y.lo());
        int i = 0;
        while (decade * TOGETHER[i] / BANDS < LEAST_ROW && i < TOGETHER.length - 1) {
            i++;
        }
        int together = TOGETHER[i];
        double largest = 0;
        for (Slice slice : slices) {
            for (int band = 0; band < slice.bands().length; band += together) {
                largest = Math.max(largest, share(slice, band, together));
            }
        }
        StringBuilder[] shades = new StringBuilder[SHADES + 1];
        for (int band = 0; band < BANDS * DECADES; band += together) {
            row(slices, band, together, largest, shades);
        }
        for (int shade = 1; shade <= SHADES; shade++) {
            if (shades[shade] != null) {
                out.leaf("path", "class", "heat h" + shade, "d", shades[shade]);
            }
        }
    }

    private void row(List<Slice> slices, int band, int together, double largest, StringBuilder[] shades) {
        double bottom = y.at(Math.pow(10, (double) band / BANDS));
        double top = y.at(Math.pow(10, (double) (band + together) / BANDS));
        int i = 0;
        while (i < slices.size()) {
            int shade = shade(share(slices.get(i), band, together) / largest);
            double from = slices.get(i).column().from();
            double to = slices.get(i).column().to();
            for (i++; i < slices.size() && slices.get(i).column().from() <= to + 1e-9
                    && shade(share(slices.get(i), band, together) / largest) == shade; i++) {
                to = slices.get(i).column().to();
            }
            if (shade > 0 && bottom > top) {
                shades[shade] = shades[shade] == null ? new StringBuilder() : shades[shade];
                shades[shade].append('M').append(HtmlMarkup.number(x.at(from))).append(' ').append(HtmlMarkup.number(top))
                        .append('H').append(HtmlMarkup.number(Math.max(x.at(to), x.at(from) + 1))).append('V').append(HtmlMarkup.number(bottom))
                        .append('H').append(HtmlMarkup.number(x.at(from))).append('z');
            }
        }
    }

    private static double share(Slice slice, int band, int together) {
        long count = 0;
        for (int i = band; i < Math.min(band + together, slice.bands().length); i++) {
            count += slice.bands()[i];
        }
        return (double) count / slice.count();
    }

    /** Even one time among many shows. */
    private static int shade(double ofLargest) {
        return (int) Math.ceil(SHADES * Math.sqrt(ofLargest) - 1e-9);
    }

    private String path(List<Slice> slices, boolean p99) {
        SvgPath path = new SvgPath();
        TimeColumn before = null;
        for (Slice slice : slices) {
            if (before != null && before.to() < slice.column().from() - 1e-9) {
                path.gap();
            }
            path.to(x.at(slice.column().middle()), y.at(p99 ? slice.p99() : slice.p50()));
            before = slice.column();
        }
        return path.end();
    }

    /** There along the 99th percentile, and back along the median. */
    private String band(List<Slice> slices) {
        StringBuilder path = new StringBuilder();
        int first = 0;
        for (int i = 1; i <= slices.size(); i++) {
            if (i == slices.size() || slices.get(i - 1).column().to() < slices.get(i).column().from() - 1e-9) {
                SvgPath outline = new SvgPath();
                slices.subList(first, i).forEach(slice -> outline.to(x.at(slice.column().middle()), y.at(slice.p99())));
                for (int back = i - 1; back >= first; back--) {
                    outline.to(x.at(slices.get(back).column().middle()), y.at(slices.get(back).p50()));
                }
                path.append(outline.end()).append('z');
                first = i;
            }
        }
        return path.toString();
    }

    private void marks(HtmlMarkup out, Series series) {
        List<Slice> slices = series.slices();
        int every = Math.max(1, Math.min(MARK_EVERY, slices.size() / 4));
        for (int i = (series.run().index() * 5) % every; i < slices.size(); i += every) {
            SvgPlot.marker(out, series.run().index(), x.at(slices.get(i).column().middle()), y.at(slices.get(i).p99()));
        }
    }

    private String readOut(HtmlRun run, TimeColumn column) {
        for (Series series : all) {
            if (series.run() == run) {
                for (Slice slice : series.slices()) {
                    if (slice.column() == column) {
                        return "50 % " + HtmlNumbers.time(slice.p50()) + ", 99 % " + HtmlNumbers.time(slice.p99()) + ", max "
                                + HtmlNumbers.time(slice.max()) + ", of " + HtmlNumbers.count(slice.count());
                    }
                }
            }
        }
        return HtmlNumbers.NONE;
    }

    private String description() {
        StringBuilder text = new StringBuilder("Latency over time, on a logarithmic scale.");
        for (Series series : all) {
            long worst = series.slices().stream().mapToLong(Slice::p99).max().orElse(0);
            text.append(" Run ").append(series.run().name()).append(": the 99th percentile is ").append(HtmlNumbers.time(worst)).append(" at worst.");
        }
        return text.toString();
    }
}
