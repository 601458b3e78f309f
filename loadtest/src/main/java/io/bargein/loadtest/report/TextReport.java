package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** A report as lines of text, for people. */
public final class TextReport {
    private static final double MIB = 1 << 20;
    private static final double KIB = 1 << 10;
    /** What the plan's own line says, and no other. */
    private static final Set<String> OF_THE_PLAN = Set.of("plan", "connections", "rate", "arrivals", "warmup_seconds", "duration_seconds",
            "threads", "script");
    /** The number of a merged run; see {@link Merge}. */
    private static final Pattern RUN_NUMBER = Pattern.compile("(?:\\d+: )+");

    private TextReport() {}

    /**
     * Writes a report.
     *
     * @param report what was measured
     * @return lines of at most 110 columns, where their words allow that
     */
    public static String render(Report report) {
        StringBuilder out = new StringBuilder();
        plan(out, report);
        latencies(out, report);
        rates(out, report);
        server(out, report);
        upstream(out, report.upstream());
        for (Slope slope : report.slopes()) {
            Table.line(out, "slope", "%s: %s %s at the beginning, %s %s an hour", slope.figure(), Table.number(slope.first(), 3), slope.unit(),
                    signed(slope.perHour()), slope.unit());
        }
        client(out, report.measured());
        for (Objective.Outcome outcome : report.objectives()) {
            Table.line(out, "objective", "%s: %s, %s", outcome.text(), outcome.met() ? "met" : "missed", outcome.measuredMillis() >= 0
                    ? Table.number(outcome.measuredMillis(), 3) + " ms measured" : "nothing measured");
        }
        report.warnings().forEach(warning -> Table.line(out, "warning", "%s", warning));
        report.examples().forEach(example -> Table.line(out, "violation", "%s", example));
        verdict(out, report);
        return out.toString();
    }

    private static void plan(StringBuilder out, Report report) {
        Map<String, Object> asked = report.configuration();
        List<String> parts = new ArrayList<>();
        part(parts, asked, "plan", "%s");
        part(parts, asked, "connections", "%s connections");
        // Connections that come and go have a rate of their own.
        part(parts, asked, "rate", "churn".equals(asked.get("plan")) ? "%s connections/s" : "%s prompts/s");
        part(parts, asked, "arrivals", "%s");
        part(parts, asked, "duration_seconds", "%s s");
        part(parts, asked, "warmup_seconds", "%s s of warm-up before");
        part(parts, asked, "threads", "%s threads");
        part(parts, asked, "script", "prompt \"%s\"");
        Table.line(out, "plan", "%s", String.join(", ", parts));
        List<String> settings = new ArrayList<>();
        asked.forEach((name, value) -> {
            if (!OF_THE_PLAN.contains(name)) {
                settings.add(name + " " + Table.value(value));
            }
        });
        if (!settings.isEmpty()) {
            Table.line(out, "settings", "%s", String.join(", ", settings));
        }
        List<String> tool = new ArrayList<>();
        report.tool().forEach((name, value) -> tool.add(name + " " + Table.value(value)));
        Table.line(out, "started", "%s%s", report.started(), tool.isEmpty() ? "" : ", " + String.join(", ", tool));
    }

    private static void part(List<String> parts, Map<String, Object> asked, String name, String form) {
        if (asked.containsKey(name)) {
            parts.add(String.format(Locale.ROOT, form, Table.value(asked.get(name))));
        }
    }

    private static void latencies(StringBuilder out, Report report) {
        Table table = new Table(40).row("latency in ms", "count", "p50", "p90", "p99", "p99.9", "max");
        for (Metric metric : Metric.values()) {
            latency(table, metric.label(), metric, report.measured());
        }
        for (Metric metric : Metric.values()) {
            if (report.floor() != null && metric.primary()) {
                latency(table, "floor: " + metric.label(), metric, report.floor());
            }
        }
        table.to(out);
    }

    private static void latency(Table table, String name, Metric metric, Measurement measured) {
        if (measured.latencies().has(metric)) {
            Histogram h = measured.latencies().of(metric);
            table.row(name, Long.toString(h.getTotalCount()), millis(h, 50), millis(h, 90), millis(h, 99), millis(h, 99.9),
                    Table.number(h.getMaxValue() / 1e6, 3));
        }
    }

    private static void rates(StringBuilder out, Report report) {
        Counts counts = report.measured().counts();
        Table.line(out, "turns", "%d prompts, %d complete, %d interrupted, %d errors%s", counts.prompts(), counts.completed(),
                counts.interrupted(), counts.errors(), counts.connects() == 0 ? "" : ", " + counts.connects() + " connects");
        Table.line(out, "received", "%s", rates(report.measured()));
        if (report.floor() != null) {
            Table.line(out, "floor", "%s", rates(report.floor()));
        }
    }

    private static String rates(Measurement measured) {
        Measurement.Rates rates = measured.rates();
        return Table.number(rates.chunks(), 0) + " chunks/s, " + Table.number(rates.bytes() / 1e6, 2) + " MB/s, "
                + Table.number(rates.prompts(), 1) + " prompts/s"
                + (measured.counts().connects() == 0 ? "" : ", " + Table.number(rates.connects(), 1) + " connects/s");
    }

    private static void server(StringBuilder out, Report report) {
        Table table = new Table(22).row("server", "conns", "RSS MiB", "heap MiB", "files", "threads", "CPU s", "RSS KiB/conn",
                "heap KiB/conn");
        Map<String, ServerUse> empty = new HashMap<>();
        for (ServerUse use : report.server()) {
            Matcher run = RUN_NUMBER.matcher(use.when());
            String process = run.lookingAt() ? run.group() : "";
            if (use.connections() == 0) {
                empty.putIfAbsent(process, use);
            }
            ServerUse base = use.connections() == 0 ? null : empty.get(process);
            table.row(use.when(), Integer.toString(use.connections()), amount(use.rssBytes(), MIB), amount(use.heapBytes(), MIB),
                    amount(use.descriptors(), 0), amount(use.threads(), 0), Table.number(use.cpuSeconds(), 2),
                    base == null ? "" : grown(base.rssBytes(), use.rssBytes(), use.connections()),
                    base == null ? "" : grown(base.heapBytes(), use.heapBytes(), use.connections()));
        }
        table.to(out);
        double cpu = report.cpuSecondsPerMillionChunks();
        if (Double.isFinite(cpu)) {
            Table.line(out, "cpu", "%s s of the server's for a million chunks", Table.number(cpu, 3));
        }
    }

    /** What is not known is -1. */
    private static String amount(long amount, double unit) {
        if (amount < 0) {
            return "-";
        }
        return unit == 0 ? Long.toString(amount) : Table.number(amount / unit, 1);
    }

    private static String grown(long from, long to, int connections) {
        return from < 0 || to < 0 ? "-" : Table.number((to - from) / KIB / connections, 2);
    }

    private static void upstream(StringBuilder out, UpstreamReport upstream) {
        if (upstream == null) {
            return;
        }
        Table.line(out, "upstream", "%d aborted, %d overtaken, %d had ended, %d not stopped", upstream.aborted(), upstream.overtaken(),
                upstream.completed(), upstream.notStopped());
        Table.line(out, "", "%d bytes sent behind the due time at p50, %d at most%s", upstream.bytesAfterP50(), upstream.bytesAfterMax(),
                upstream.bytesAtLeast() == 0 ? "" : " (of " + upstream.bytesAtLeast() + " only a lower bound is known)");
    }

    private static void client(StringBuilder out, Measurement measured) {
        boolean timed = measured.latencies().has(Metric.CLIENT_LATENESS);
        Table.line(out, "client", "%s %% of its threads%s", Table.number(measured.clientCpuShare() * 100, 0), timed
                ? ", late by " + millis(measured.latencies().of(Metric.CLIENT_LATENESS), 99) + " ms at p99" : "");
    }

    private static void verdict(StringBuilder out, Report report) {
        Counts counts = report.measured().counts();
        long missed = report.objectives().stream().filter(outcome -> !outcome.met()).count();
        Table.line(out, "verdict", "%s: %d violations, %d unexpected closes, %d errors%s%s", report.passed() ? "PASS" : "FAIL",
                counts.violations(), counts.unexpectedCloses(), counts.errors(),
                report.objectives().isEmpty() ? "" : ", " + missed + " of " + report.objectives().size() + " objectives missed",
                counts.prompts() + counts.connects() == 0 ? ", nothing measured" : "");
    }

    private static String signed(double value) {
        return (value >= 0 ? "+" : "") + Table.number(value, 3);
    }

    private static String millis(Histogram h, double percentile) {
        return Table.number(h.getValueAtPercentile(percentile) / 1e6, 3);
    }
}
