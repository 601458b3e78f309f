package io.bargein.loadtest.run;

import io.bargein.loadtest.probe.UpstreamCancels;
import io.bargein.loadtest.report.Interval;
import io.bargein.loadtest.report.Measurement;
import io.bargein.loadtest.report.Metric;
import io.bargein.loadtest.report.Objective;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.report.ServerUse;
import io.bargein.loadtest.report.Slope;
import io.bargein.loadtest.report.Slopes;
import io.bargein.loadtest.report.UpstreamReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Carries plans out. */
public final class LoadRun {
    private static final Duration FLOOR_WARMUP = Duration.ofSeconds(2);
    private static final Duration FLOOR_DURATION = Duration.ofSeconds(3);
    /** Above this share of its threads' time the client itself may be what was measured. */
    private static final double BUSY_CLIENT = 0.7;
    /** A client that sends later than this, at the 99th percentile, was late itself. */
    private static final long LATE_CLIENT_NANOS = 5_000_000;

    private LoadRun() {}

    /**
     * Connects, sends, measures, and closes; and then does the same against a peer that answers at once, to measure the instrument.
     *
     * @param plan what to do
     * @param probes what is looked at meanwhile; not closed here
     * @param progress is told how it goes
     * @param objectives what the latencies are to be
     * @return what was measured
     * @throws IOException if nothing could be measured, such as when a connection could not be made
     * @throws InterruptedException if the calling thread is interrupted
     */
    public static Report run(Plan plan, Probes probes, Progress progress, List<Objective> objectives)
            throws IOException, InterruptedException {
        Instant started = Instant.now();
        Outcome run = carryOut(plan, probes, progress);
        Outcome floor;
        try (FloorPeer peer = new FloorPeer()) {
            floor = carryOut(plan.floor(peer.url(), FLOOR_WARMUP, FLOOR_DURATION), Probes.none(), now -> progress.tick(now.in("floor")));
        }
        List<String> warnings = new ArrayList<>(probes.warnings());
        warnings.addAll(doubts(run.measured()));
        List<Slope> slopes = plan.kind() == Plan.Kind.SOAK ? Slopes.of(run.timeline()) : List.of();
        List<Objective.Outcome> outcomes = objectives.stream().map(o -> o.against(run.measured().latencies())).toList();
        return new Report(started, tool(run.clientHeapBytesPerConnection()), plan.configuration(), run.measured(), floor.measured(), run.timeline(), run.server(),
                run.upstream(), slopes, outcomes, warnings, run.examples());
    }

    /** One plan, without its floor. */
    static Outcome carryOut(Plan plan, Probes probes, Progress progress) throws IOException, InterruptedException {
        try (Rig rig = new Rig(plan, probes, progress)) {
            Workload.of(plan.kind()).run(rig);
            List<Interval> timeline = rig.sampler().timeline();
            List<String> examples = new ArrayList<>(rig.examples());
            Tally whole = rig.whole();
            UpstreamReport upstream = upstream(probes.upstream(), whole, examples);
            return new Outcome(Measurement.of(rig.measuredSeconds(), whole.counts(), whole.latencies, rig.clientCpuShare()), timeline,
                    rig.server(), upstream, examples, rig.clientHeapBytesPerConnection());
        }
    }

    /** What came of one plan. */
    record Outcome(Measurement measured, List<Interval> timeline, List<ServerUse> server, UpstreamReport upstream, List<String> examples,
            long clientHeapBytesPerConnection) {}

    private static UpstreamReport upstream(UpstreamCancels cancels, Tally whole, List<String> examples) {
        if (cancels == null) {
            return null;
        }
        whole.latencies.of(Metric.UPSTREAM_CANCEL).add(cancels.latency());
        whole.violations += cancels.running();
        cancels.notStopped().forEach(answer -> examples.add("upstream: " + answer));
        return new UpstreamReport(cancels.seen(), cancels.overtaken(), cancels.completed() + cancels.early(), cancels.running(),
                cancels.bytesAfter().getValueAtPercentile(50), cancels.bytesAfter().getMaxValue(), cancels.atLeast());
    }

    private static List<String> doubts(Measurement measured) {
        List<String> doubts = new ArrayList<>();
        if (measured.clientCpuShare() > BUSY_CLIENT) {
            doubts.add(String.format(Locale.ROOT, "the client used %.0f %% of its threads: it may be what was measured (expected: below %.0f %%; "
                    + "more --threads, or a lower --rate)", measured.clientCpuShare() * 100, BUSY_CLIENT * 100));
        }
        if (measured.counts().prompts() > 0 && measured.counts().chunks() == 0) {
            doubts.add("not one answer had begun when the next prompt came (expected: some; a lower --rate, more --connections, or a longer "
                    + "--warmup)");
        }
        long late = measured.latencies().of(Metric.CLIENT_LATENESS).getValueAtPercentile(99);
        if (late > LATE_CLIENT_NANOS) {
            doubts.add(String.format(Locale.ROOT, "the client itself was late by %.1f ms at p99 (expected: below %d ms; fewer connections, or a "
                    + "quieter machine)", late / 1e6, LATE_CLIENT_NANOS / 1_000_000));
        }
        return doubts;
    }

    private static Map<String, Object> tool(long heapBytesPerConnection) {
        Map<String, Object> tool = new LinkedHashMap<>();
        String version = LoadRun.class.getPackage().getImplementationVersion();
        tool.put("version", version == null ? "unpackaged" : version);
        tool.put("java", System.getProperty("java.version"));
        tool.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        tool.put("processors", Runtime.getRuntime().availableProcessors());
        if (heapBytesPerConnection >= 0) {
            tool.put("heap_bytes_per_connection", heapBytesPerConnection);
        }
        return tool;
    }
}
