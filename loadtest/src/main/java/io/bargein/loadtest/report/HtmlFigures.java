package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** The figures in tables; of several runs, each with its ratio to the first one's. */
final class HtmlFigures {
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 100.0);

    private final HtmlMarkup out;
    private final List<HtmlRun> runs;

    private HtmlFigures(HtmlMarkup out, List<HtmlRun> runs) {
        this.out = out;
        this.runs = runs;
    }

    static void write(HtmlMarkup out, List<HtmlRun> runs) {
        HtmlFigures figures = new HtmlFigures(out, runs);
        out.open("section").element("h2", "Figures").open("div", "class", "tables");
        figures.latencies();
        figures.rates();
        figures.objectives();
        figures.upstream();
        figures.slopes();
        figures.server();
        out.close().close();
    }

    private void latencies() {
        if (runs.stream().allMatch(run -> Stream.of(Metric.values()).noneMatch(run::has))) {
            return;
        }
        HtmlTable table = table("Latencies", "in ms", "count", "50 %", "90 %", "99 %", "99.9 %", "max");
        for (Metric metric : Metric.values()) {
            latency(table, metric.label(), metric, false);
        }
        for (Metric metric : Metric.values()) {
            if (metric.primary()) {
                latency(table, "floor: " + metric.label(), metric, true);
            }
        }
        table.end();
    }

    private void latency(HtmlTable table, String name, Metric metric, boolean floor) {
        Histogram first = times(runs.get(0), metric, floor);
        boolean named = false;
        for (HtmlRun run : runs) {
            Histogram times = times(run, metric, floor);
            if (times != null) {
                row(table, run, named ? "" : name.strip(), name.startsWith(" ") || floor ? "lesser" : null);
                named = true;
                table.cell(HtmlNumbers.count(times.getTotalCount()));
                for (double percentile : PERCENTILES) {
                    double nanos = at(times, percentile);
                    table.cell(HtmlNumbers.millis(nanos),
                            first == null || first == times ? "" : HtmlNumbers.ratio(nanos, at(first, percentile)), null);
                }
                table.endRow();
            }
        }
    }

    private static Histogram times(HtmlRun run, Metric metric, boolean floor) {
        Measurement measurement = floor ? run.report().floor() : run.report().measured();
        return measurement != null && measurement.latencies().has(metric) ? measurement.latencies().of(metric) : null;
    }

    private static double at(Histogram times, double percentile) {
        return percentile == 100 ? times.getMaxValue() : times.getValueAtPercentile(percentile);
    }

    private void rates() {
        HtmlTable table = byRun("Counts and rates", "");
        row(table, "prompts", run -> run.measured().counts().prompts(), HtmlFigures::whole);
        row(table, "turns complete", run -> run.measured().counts().completed(), HtmlFigures::whole);
        row(table, "turns interrupted", run -> run.measured().counts().interrupted(), HtmlFigures::whole);
        row(table, "connections made", run -> run.measured().counts().connects(), HtmlFigures::whole);
        row(table, "prompts/s", run -> run.measured().rates().prompts(), HtmlNumbers::figure);
        row(table, "chunks/s", run -> run.measured().rates().chunks(), HtmlNumbers::figure);
        row(table, "MB/s", run -> run.measured().rates().bytes() / 1e6, HtmlNumbers::figure);
        row(table, "connections/s", run -> run.measured().rates().connects(), HtmlNumbers::figure);
        row(table, "client's threads busy, %", run -> run.measured().clientCpuShare() * 100, HtmlNumbers::figure);
        row(table, "server's CPU s a million chunks", Report::cpuSecondsPerMillionChunks, HtmlNumbers::figure);
        row(table, "floor: prompts/s", run -> run.floor() == null ? Double.NaN : run.floor().rates().prompts(), HtmlNumbers::figure);
        row(table, "floor: chunks/s", run -> run.floor() == null ? Double.NaN : run.floor().rates().chunks(), HtmlNumbers::figure);
        row(table, "floor: client's threads busy, %", run -> run.floor() == null ? Double.NaN : run.floor().clientCpuShare() * 100,
                HtmlNumbers::figure);
        table.end();
    }

    private static String whole(double value) {
        return HtmlNumbers.count((long) value);
    }

    /** Of several runs, each row has its run's name behind its own. */
    private HtmlTable table(String heading, String first, String... others) {
        List<String> columns = new ArrayList<>(List.of(first));
        if (runs.size() > 1) {
            columns.add("run");
        }
        columns.addAll(List.of(others));
        return new HtmlTable(out, heading, columns);
    }

    private HtmlTable row(HtmlTable table, HtmlRun run, String name, String classes) {
        table.row(name, classes);
        return runs.size() > 1 ? table.cell(run.name()) : table;
    }

    private HtmlTable byRun(String heading, String first) {
        List<String> columns = new ArrayList<>(List.of(first));
        runs.forEach(run -> columns.add(runs.size() > 1 ? run.name() : ""));
        return new HtmlTable(out, heading, columns);
    }

    /** A figure of each run; left out where it is not known of any. */
    private void row(HtmlTable table, String name, ToDoubleFunction<Report> figure, DoubleFunction<String> form) {
        if (runs.stream().allMatch(run -> Double.isNaN(figure.applyAsDouble(run.report())))) {
            return;
        }
        table.row(name, name.startsWith("floor") ? "lesser" : null);
        double first = figure.applyAsDouble(runs.get(0).report());
        for (HtmlRun run : runs) {
            double value = figure.applyAsDouble(run.report());
            table.cell(Double.isNaN(value) ? HtmlNumbers.NONE : form.apply(value),
                    run.index() == 0 ? "" : HtmlNumbers.ratio(value, first), null);
        }
        table.endRow();
    }

    private void objectives() {
        if (runs.stream().allMatch(run -> run.report().objectives().isEmpty())) {
            return;
        }
        HtmlTable table = table("Objectives", "", "measured, ms", "outcome");
        for (HtmlRun run : runs) {
            for (Objective.Outcome outcome : run.report().objectives()) {
                row(table, run, outcome.text(), null)
                        .cell(outcome.measuredMillis() < 0 ? HtmlNumbers.NONE : HtmlNumbers.millis(outcome.measuredMillis() * 1e6))
                        .cell(outcome.met() ? "met" : "missed", "", outcome.met() ? null : "bad").endRow();
            }
        }
        table.end();
    }

    private void upstream() {
        if (runs.stream().allMatch(run -> run.report().upstream() == null)) {
            return;
        }
        HtmlTable table = byRun("Upstream: what Bedrock's stand-in saw of the turns that were cut in on", "");
        upstream(table, "answers aborted", UpstreamReport::aborted);
        upstream(table, "turns that never reached it", UpstreamReport::overtaken);
        upstream(table, "answers that had ended before", UpstreamReport::completed);
        upstream(table, "answers that ran on", UpstreamReport::notStopped);
        upstream(table, "bytes sent after the interrupt was due, 50 %", UpstreamReport::bytesAfterP50);
        upstream(table, "the same, max", UpstreamReport::bytesAfterMax);
        upstream(table, "of how many only a lower bound is known", UpstreamReport::bytesAtLeast);
        table.end();
    }

    private void upstream(HtmlTable table, String name, ToDoubleFunction<UpstreamReport> figure) {
        row(table, name, run -> run.upstream() == null ? Double.NaN : figure.applyAsDouble(run.upstream()), HtmlFigures::whole);
    }

    private void slopes() {
        if (runs.stream().allMatch(run -> run.report().slopes().isEmpty())) {
            return;
        }
        HtmlTable table = table("Drift over the run, by least squares", "", "at the beginning", "in an hour", "unit");
        for (HtmlRun run : runs) {
            for (Slope slope : run.report().slopes()) {
                row(table, run, slope.figure(), null).cell(HtmlNumbers.figure(slope.first()))
                        .cell((slope.perHour() > 0 ? "+" : "") + HtmlNumbers.figure(slope.perHour())).cell(slope.unit()).endRow();
            }
        }
        table.end();
    }

    private void server() {
        if (runs.stream().allMatch(run -> run.report().server().isEmpty())) {
            return;
        }
        HtmlTable table = table("What the server used", "", "connections", "resident, MiB", "heap, MiB", "KiB a connection", "descriptors",
                "threads", "CPU, s");
        for (HtmlRun run : runs) {
            ServerUse first = run.report().server().isEmpty() ? null : run.report().server().get(0);
            for (ServerUse use : run.report().server()) {
                int more = use.connections() - first.connections();
                row(table, run, use.when(), null).cell(HtmlNumbers.count(use.connections())).cell(mebibytes(use.rssBytes()))
                        .cell(mebibytes(use.heapBytes()))
                        .cell(more <= 0 ? HtmlNumbers.NONE : HtmlNumbers.figure((use.rssBytes() - first.rssBytes()) / 1024.0 / more))
                        .cell(known(use.descriptors())).cell(known(use.threads()))
                        .cell(HtmlNumbers.figure(use.cpuSeconds())).endRow();
            }
        }
        table.end();
    }

    private static String mebibytes(long bytes) {
        return bytes < 0 ? HtmlNumbers.NONE : HtmlNumbers.figure(HtmlNumbers.mebibytes(bytes));
    }

    private static String known(int count) {
        return count < 0 ? HtmlNumbers.NONE : HtmlNumbers.count(count);
    }
}
