package io.bargein.loadtest.run;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What a run has measured. */
public final class LoadResult {
    /** Above this share of its threads' time the client itself may be what was measured. */
    private static final double BUSY_CLIENT = 0.7;
    /** A client that sends later than this, at the 99th percentile, was late itself. */
    private static final long LATE_CLIENT_NANOS = 5_000_000;

    private final Plan plan;
    private final LoopRecorder all;
    private final double cpuShare;

    LoadResult(Plan plan, LoopRecorder all, double cpuShare) {
        this.plan = plan;
        this.all = all;
        this.cpuShare = cpuShare;
    }

    /**
     * Says whether the server did all that it owes.
     *
     * @return false if a turn broke a rule, a connection ended early, an error came, or nothing was measured
     */
    public boolean passed() {
        return all.violations == 0 && all.unexpectedCloses == 0 && all.errors == 0 && all.prompts > 0;
    }

    /**
     * Writes the report.
     *
     * @param floor the same plan against a peer that answers at once; null leaves that out
     * @return lines of text
     */
    public String report(LoadResult floor) {
        StringBuilder out = new StringBuilder();
        double seconds = plan.duration().toMillis() / 1e3;
        line(out, "plan        %s, %d connections, %s, %.0f s after %.1f s of warm-up, %d threads, prompt \"%s\"",
                plan.kind().name().toLowerCase(Locale.ROOT), plan.connections(), plan.kind() == Plan.Kind.INTERRUPT
                        ? String.format(Locale.ROOT, "%.0f prompts/s %s", plan.rate(), plan.poisson() ? "at random" : "evenly") : "closed loop",
                seconds, plan.warmup().toMillis() / 1e3, plan.threads(), plan.script());
        line(out, "%-28s %9s %9s %9s %9s %9s %9s", "latency in ms", "count", "p50", "p90", "p99", "p99.9", "max");
        latency(out, "interrupt", all.interrupt);
        latency(out, "  uncorrected", all.interruptUncorrected);
        latency(out, "redirect", all.redirect);
        latency(out, "first chunk", all.firstChunk);
        if (floor != null) {
            latency(out, "floor: interrupt", floor.all.interrupt);
            latency(out, "floor: redirect", floor.all.redirect);
            latency(out, "floor: first chunk", floor.all.firstChunk);
        }
        line(out, "turns       %d prompts, %d complete, %d interrupted, %d errors", all.prompts, all.completed, all.interrupted, all.errors);
        line(out, "received    %.0f chunks/s, %.2f MB/s", all.chunks / seconds, all.bytes / seconds / 1e6);
        if (floor != null) {
            line(out, "floor       %.0f chunks/s, %.2f MB/s", floor.all.chunks / (floor.plan.duration().toMillis() / 1e3),
                    floor.all.bytes / (floor.plan.duration().toMillis() / 1e3) / 1e6);
        }
        line(out, "client      %.0f %% of its threads, late by %.3f ms at p99", cpuShare * 100,
                all.ownLateness.getValueAtPercentile(99) / 1e6);
        if (cpuShare > BUSY_CLIENT) {
            line(out, "warning     the client was busy: it may be what was measured (expected: below %.0f %%; more --threads)", BUSY_CLIENT * 100);
        }
        if (all.ownLateness.getTotalCount() > 0 && all.ownLateness.getValueAtPercentile(99) > LATE_CLIENT_NANOS) {
            line(out, "warning     the client itself was late (expected: below 5 ms at p99; fewer connections, or a quieter machine)");
        }
        for (String example : all.examples) {
            line(out, "violation   %s", example);
        }
        line(out, "verdict     %s: %d violations, %d unexpected closes, %d errors", passed() ? "PASS" : "FAIL", all.violations,
                all.unexpectedCloses, all.errors);
        return out.toString();
    }

    private static void latency(StringBuilder out, String name, Histogram h) {
        if (h.getTotalCount() == 0) {
            return;
        }
        line(out, "%-28s %9d %9.3f %9.3f %9.3f %9.3f %9.3f", name, h.getTotalCount(), millis(h, 50), millis(h, 90), millis(h, 99),
                millis(h, 99.9), h.getMaxValue() / 1e6);
    }

    private static double millis(Histogram h, double percentile) {
        return h.getValueAtPercentile(percentile) / 1e6;
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** For tests: what was measured. */
    LoopRecorder recorder() {
        return all;
    }
}
