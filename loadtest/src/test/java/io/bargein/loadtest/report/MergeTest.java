package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class MergeTest {
    private final Report one = Reports.a();
    private final Report two = Reports.aOfAnotherMachine();
    private final Report merged = Merge.of(List.of(one, two));

    @Test
    void addsUpWhatAddsUp() {
        assertEquals(new Counts(4_000, 2_000_000, 100_000_000, 0, 4_000, 0, 0, 0, 0), merged.measured().counts());
        assertEquals(new Measurement.Rates(400, 200_000, 10_000_000, 0), merged.measured().rates());
        assertEquals(10, merged.measured().seconds());
        assertEquals(0.5, merged.measured().clientCpuShare());
        assertEquals(twice(one, Metric.INTERRUPT), merged.measured().latencies().of(Metric.INTERRUPT));
        assertEquals(twice(one, Metric.CLIENT_LATENESS), merged.measured().latencies().of(Metric.CLIENT_LATENESS));
        assertEquals(200_000, merged.floor().rates().chunks());
        assertEquals(1_200, merged.floor().latencies().of(Metric.INTERRUPT).getTotalCount());
        assertEquals(2_000, one.measured().latencies().of(Metric.INTERRUPT).getTotalCount(), "the runs stay as they are");
        assertEquals(one.started(), merged.started());
        assertEquals(150L, merged.configuration().get("connections"));
        assertEquals(300.0, merged.configuration().get("rate"));
        assertEquals("interrupt", merged.configuration().get("plan"));
        assertEquals("one | two", merged.tool().get("machine"));
    }

    private static Histogram twice(Report report, Metric metric) {
        Histogram sum = report.measured().latencies().of(metric).copy();
        sum.add(report.measured().latencies().of(metric));
        return sum;
    }

    @Test
    void putsTheSlicesOfAPhaseOverOneAnother() {
        assertEquals(List.of("warm-up", "measuring", "measuring"), merged.timeline().stream().map(Interval::phase).toList());
        assertEquals(List.of(150, 150, 100), merged.timeline().stream().map(Interval::connections).toList());
        assertEquals(List.of(2_000L, 2_000L, 1_000L), merged.timeline().stream().map(interval -> interval.counts().prompts()).toList());
        assertEquals(List.of(2_000L, 2_000L, 1_000L),
                merged.timeline().stream().map(interval -> interval.latencies().of(Metric.INTERRUPT).getTotalCount()).toList());
        assertEquals(List.of(0.0, 5.0, 10.0), merged.timeline().stream().map(Interval::atSeconds).toList());
        // 4 s were used while 500,000 chunks came twice, and then once.
        assertEquals(4 / 1.5, merged.cpuSecondsPerMillionChunks(), 1e-9);
    }

    @Test
    void judgesObjectivesByTheMergedTimes() {
        assertEquals(List.of("p99.interrupt=25ms", "max.interrupt=19ms"), merged.objectives().stream().map(Objective.Outcome::text).toList());
        assertEquals(List.of(true, false), merged.objectives().stream().map(Objective.Outcome::met).toList());
        assertEquals(20, merged.objectives().get(1).measuredMillis(), 0.01);
        Report late = with(Reports.b(), one.configuration());
        assertTrue(one.objectives().get(0).met() && late.objectives().get(0).met(), "p99 is 20 ms and 24 ms");
        Report strict = with(one, one.configuration(), List.of(Objective.parse("p99.interrupt=22ms").against(one.measured().latencies())),
                one.server(), one.floor());
        assertTrue(strict.objectives().get(0).met());
        assertFalse(Merge.of(List.of(strict, late)).objectives().get(0).met(), "the late ones of both are all of run 2");
        Report other = with(two, two.configuration(), List.of(new Objective.Outcome("drift.rss=1MiB", 7, false)), two.server(), two.floor());
        assertEquals(new Objective.Outcome("drift.rss=1MiB", 7, false), Merge.of(List.of(one, other)).objectives().get(1));
    }

    @Test
    void keepsWhatDoesNotAddUpAsItIsAndSaysSo() {
        assertEquals(one.server(), merged.server());
        assertEquals(one.slopes(), merged.slopes());
        assertEquals(one.upstream(), merged.upstream());
        assertEquals(List.of("run 2: two saw"), merged.examples());
        assertEquals(List.of("run 1: the machine was busy", "run 2: two was busy",
                "what the server used stands beside the connections of the run that looked: if other runs were at the same server, "
                + "memory a connection is less", "the upstream is that of 1 of 2 runs: the others did not ask it"), merged.warnings());
        Report alone = with(two, two.configuration(), List.of(), List.of(), null);
        Report half = Merge.of(List.of(one, alone));
        assertNull(half.floor());
        assertTrue(half.warnings().contains("the floor is left out: only 1 of 2 runs have one"));
    }

    @Test
    void numbersWhatSeveralRunsHaveSeen() {
        Report looking = with(two, two.configuration(), List.of(), one.server(), two.floor());
        Report both = Merge.of(List.of(one, looking));
        assertEquals(List.of("1: before", "1: 100 connections", "2: before", "2: 100 connections"),
                both.server().stream().map(ServerUse::when).toList());
        Report elsewhere = with(two, changed("url", "ws://other/ws"), List.of(), List.of(), two.floor());
        Report apart = Merge.of(List.of(one, elsewhere));
        assertTrue(apart.timeline().stream().allMatch(interval -> interval.server() == null), "whose chunks are these?");
        assertEquals("ws://127.0.0.1:8080/ws | ws://other/ws", apart.configuration().get("url"));
    }

    @Test
    void refusesRunsThatDoNotBelongTogether() {
        assertRefused("plan: interrupt | idle (expected: the same in all runs)", one, with(two, changed("plan", "idle")));
        assertRefused("script: sim chunks=1000000 delay_ms=20 | none (expected: the same in all runs)", one,
                with(two, without("script")));
        assertRefused("run 3: is run 1 (expected: each run once)", one, two, Reports.a());
        assertRefused("runs: none (expected: one or more)");
    }

    private static void assertRefused(String why, Report... runs) {
        assertEquals(why, assertThrows(IllegalArgumentException.class, () -> Merge.of(List.of(runs))).getMessage());
    }

    @Test
    void warnsOfRunsThatDidNotRunTogether() {
        // b begins a minute later, and a takes 15 s.
        Report apart = Merge.of(List.of(one, Reports.b()));
        assertTrue(apart.warnings().contains(
                "all runs ran at one time for only 0.0 s (expected: about 15.0 s): the figures are not those of one load"),
                apart.warnings().toString());
    }

    @Test
    void leavesOneRunAsItIs() {
        assertSame(one, Merge.of(List.of(one)));
    }

    private Map<String, Object> changed(String name, Object value) {
        Map<String, Object> configuration = new LinkedHashMap<>(two.configuration());
        configuration.put(name, value);
        return configuration;
    }

    private Map<String, Object> without(String name) {
        Map<String, Object> configuration = new LinkedHashMap<>(two.configuration());
        configuration.remove(name);
        return configuration;
    }

    private static Report with(Report r, Map<String, Object> configuration) {
        return with(r, configuration, r.objectives(), r.server(), r.floor());
    }

    private static Report with(Report r, Map<String, Object> configuration, List<Objective.Outcome> objectives, List<ServerUse> server,
            Measurement floor) {
        return new Report(r.started(), r.tool(), configuration, r.measured(), floor, r.timeline(), server, r.upstream(), r.slopes(), objectives,
                r.warnings(), r.examples());
    }
}
