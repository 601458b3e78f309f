package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.bargein.loadtest.report.Counts;
import io.bargein.loadtest.report.Interval;
import io.bargein.loadtest.report.Latencies;
import io.bargein.loadtest.report.Metric;
import io.bargein.loadtest.report.Objective;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.run.LoadRun.Outcome;
import io.bargein.loadtest.run.PlantedPeer.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs against peers whose faults are known, to see that each is found, and that nothing is found where there is none. */
@Timeout(60)
class LoadRunTest {
    private static final Duration STILL = Duration.ofMillis(500);

    @Test
    void measuresInterruptsOfAPeerThatDoesAsItShould() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.INTERRUPT,
                plan -> plan.connections(4).rate(400).script("sim chunks=1000000 delay_ms=1"));
        Counts counts = outcome.measured().counts();
        Latencies latencies = outcome.measured().latencies();
        assertFaultless(outcome);
        assertTrue(counts.prompts() > 100, counts.toString());
        // Each prompt that was due while it counted has cut in on one answer, and is timed both ways; one that counts was the first.
        assertEquals(counts.prompts(), latencies.of(Metric.CLIENT_LATENESS).getTotalCount());
        assertTrue(counts.prompts() - latencies.of(Metric.INTERRUPT).getTotalCount() <= 4, counts.toString());
        assertEquals(latencies.of(Metric.INTERRUPT).getTotalCount(), latencies.of(Metric.INTERRUPT_UNCORRECTED).getTotalCount());
        assertTrue(latencies.of(Metric.INTERRUPT).getMaxValue() >= latencies.of(Metric.INTERRUPT_UNCORRECTED).getMaxValue());
        assertTrue(latencies.of(Metric.REDIRECT).getTotalCount() > 0);
    }

    @Test
    void countsWholeAnswersAsFastAsTheyCome() throws Exception {
        try (FloorPeer peer = new FloorPeer()) {
            Plan plan = plan(Plan.Kind.THROUGHPUT, peer.url()).connections(4).script("sim chunks=50 delay_ms=0").build();
            try (Rig rig = new Rig(plan, Probes.none(), Progress.NONE)) {
                for (LoadConnection connection : rig.connect(plan.connections())) {
                    Workload.askAgainAndAgain(connection, Prompt.of(plan.script()));
                }
                rig.measure(() -> {
                    while (rig.whole().completed <= 10) {
                        Rig.await(Duration.ofMillis(10));
                    }
                });
                rig.end();
                Counts counts = rig.whole().counts();
                assertEquals(List.of(), rig.examples());
                // What was begun before it counted, or is not over when it no longer does, may differ by an answer a connection.
                assertTrue(Math.abs(counts.chunks() - 50 * counts.completed()) <= 4 * 50, counts.toString());
            }
        }
    }

    @Test
    void asksAgainWhenAnAnswerIsOver() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.THROUGHPUT, plan -> plan.connections(4).script("sim chunks=50 delay_ms=0"));
        assertFaultless(outcome);
        assertEquals(0, outcome.measured().counts().interrupted());
        long prompts = sum(outcome, slice -> slice.counts().prompts());
        assertTrue(prompts >= 4 && prompts - sum(outcome, slice -> slice.counts().completed()) <= 4, outcome.timeline().toString());
    }

    @Test
    void cutsTimeIntoSlicesThatAddUp() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.INTERRUPT, plan -> plan.connections(2).rate(200).warmup(Duration.ZERO)
                .duration(Duration.ofMillis(2_500)));
        List<Interval> timeline = outcome.timeline();
        for (int i = 1; i < timeline.size(); i++) {
            assertEquals(timeline.get(i).atSeconds(), timeline.get(i - 1).atSeconds() + timeline.get(i - 1).seconds(), 1e-6);
        }
        List<Interval> measuring = timeline.stream().filter(slice -> slice.phase().equals("measuring")).toList();
        assertTrue(measuring.size() >= 2, timeline.toString());
        assertTrue(measuring.stream().mapToDouble(Interval::seconds).sum() >= outcome.measured().seconds() - 1e-6, timeline.toString());
        long interrupts = sum(outcome, slice -> slice.latencies().of(Metric.INTERRUPT).getTotalCount());
        // All but a connection's first prompt cut in, and each is waited for.
        assertEquals(sum(outcome, slice -> slice.counts().prompts()) - 2, interrupts);
        assertTrue(interrupts >= outcome.measured().latencies().of(Metric.INTERRUPT).getTotalCount(), timeline.toString());
    }

    private static long sum(Outcome outcome, ToLongFunction<Interval> what) {
        return outcome.timeline().stream().mapToLong(what).sum();
    }

    @Test
    void asksEachIdleConnectionOnce() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.IDLE, plan -> plan.connections(50).script("sim chunks=3 delay_ms=0"));
        assertFaultless(outcome);
        assertEquals(50, outcome.measured().counts().prompts());
        assertEquals(50, outcome.measured().latencies().of(Metric.FIRST_CHUNK).getTotalCount());
    }

    @Test
    void timesInterruptsBesideAndOfConnectionsThatDoNotRead() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.SLOW_READER, plan -> plan.connections(4).slowReaders(3).rate(200));
        Latencies latencies = outcome.measured().latencies();
        assertFaultless(outcome);
        assertEquals(3, latencies.of(Metric.INTERRUPT_OF_SLOW).getTotalCount());
        assertTrue(latencies.has(Metric.INTERRUPT) && latencies.has(Metric.INTERRUPT_BESIDE_SLOW));
    }

    @Test
    void makesConnectionsAtTheirRate() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.CHURN, plan -> plan.connections(8).rate(100).poisson(false));
        assertFaultless(outcome);
        // As many as were due, to one more or less.
        assertEquals(100 * outcome.measured().seconds(), outcome.measured().counts().connects(), 2);
        assertEquals(outcome.measured().counts().connects(), outcome.measured().latencies().of(Metric.CONNECT).getTotalCount());
    }

    @Test
    void mixesAllOfItForAsLongAsItIsTold() throws Exception {
        Outcome outcome = runAgainstFloor(Plan.Kind.SOAK, plan -> plan.connections(20).rate(100).duration(Duration.ofMillis(1_500)));
        assertFaultless(outcome);
        for (Metric metric : new Metric[] {Metric.INTERRUPT, Metric.CONNECT, Metric.FIRST_CHUNK}) {
            assertTrue(outcome.timeline().stream().anyMatch(slice -> slice.latencies().has(metric)), metric.key());
        }
    }

    @Test
    void comesFromSeveralAddressesInTurn() throws Exception {
        List<InetAddress> sources = List.of(InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.3"));
        Plan plan = plan(Plan.Kind.CHURN, URI.create("ws://127.0.0.1:1/ws")).sources(sources).build();
        assertEquals(new InetSocketAddress("127.0.0.2", 0), Connector.source(plan, 0));
        assertEquals(new InetSocketAddress("127.0.0.3", 0), Connector.source(plan, 1));
        assertEquals(new InetSocketAddress("127.0.0.2", 0), Connector.source(plan, 2));
        assertFaultless(runAgainstFloor(Plan.Kind.INTERRUPT, builder -> builder.connections(4).sources(sources)));
    }

    /** The coordinated-omission test: prompts that were due while the peer stood still are timed from when they were due. */
    @Test
    void showsAPeerThatStandsStillInThePercentiles() throws Exception {
        try (PlantedPeer peer = new PlantedPeer(Fault.NONE, 0)) {
            Plan plan = plan(Plan.Kind.INTERRUPT, peer.url()).connections(1).rate(200).poisson(false).build();
            try (Rig rig = new Rig(plan, Probes.none(), Progress.NONE)) {
                Workload.cutInAgainAndAgain(plan, rig.connect(1).get(0), plan.rate());
                rig.measure(peer::standStill);
                rig.end();
                Histogram interrupt = rig.whole().latencies.of(Metric.INTERRUPT);
                assertTrue(interrupt.getMaxValue() >= TimeUnit.MILLISECONDS.toNanos(900), interrupt.getMaxValue() + " ns");
                long over = interrupt.getCountBetweenValues(TimeUnit.MILLISECONDS.toNanos(300), Long.MAX_VALUE / 2);
                assertTrue(over > 100, () -> over + " of " + interrupt.getTotalCount() + " prompts saw the stall; 140 were due in time to");
            }
        }
    }

    /** The same for a client that stands still itself: what it should have sent meanwhile counts from then. */
    @Test
    void timesFromWhenAPromptWasDueHoweverLateItIsSent() throws Exception {
        try (FloorPeer peer = new FloorPeer()) {
            Plan plan = plan(Plan.Kind.INTERRUPT, peer.url()).connections(1).rate(100).poisson(false).build();
            try (Rig rig = new Rig(plan, Probes.none(), Progress.NONE)) {
                Workload.cutInAgainAndAgain(plan, rig.connect(1).get(0), plan.rate());
                rig.measure(() -> {
                    // Standing still is what the client's loop is for here.
                    rig.loops().get(0).ask(LoadRunTest::standStill);
                    Rig.await(plan.duration());
                });
                rig.end();
                Latencies latencies = rig.whole().latencies;
                assertTrue(latencies.of(Metric.INTERRUPT).getMaxValue() >= STILL.toNanos() * 9 / 10, "corrected");
                assertTrue(latencies.of(Metric.CLIENT_LATENESS).getMaxValue() >= STILL.toNanos() * 9 / 10, "lateness");
                assertTrue(latencies.of(Metric.INTERRUPT).getMean() > latencies.of(Metric.INTERRUPT_UNCORRECTED).getMean(), "uncorrected");
            }
        }
    }

    private static boolean standStill() {
        try {
            return new CountDownLatch(1).await(STILL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"WRONG_PARTIAL,partialResponse is not what was sent", "TWO_TERMINALS,a message without a turn",
        "NO_TERMINAL,prompts got no terminal", "STALE_CHUNK,a stale chunk", "STALE_FIRST_CHUNK,a stale chunk",
        "CLOSE,closed with 1011 planted", "CUT,closed with 1006", "ERROR,planted", "NO_JSON,a message of unknown shape: planted"})
    void findsWhatIsWrongAndFails(Fault fault, String example) throws Exception {
        try (PlantedPeer peer = new PlantedPeer(fault, 10)) {
            Plan plan = plan(Plan.Kind.INTERRUPT, peer.url()).connections(1).rate(100).build();
            Outcome outcome = LoadRun.carryOut(plan, Probes.none(), Progress.NONE);
            Counts counts = outcome.measured().counts();
            assertTrue(counts.errors() + counts.violations() + counts.unexpectedCloses() > 0, counts.toString());
            assertTrue(outcome.examples().stream().anyMatch(found -> found.contains(example)), outcome.examples().toString());
        }
    }

    @Test
    void failsWhereARuleIsBrokenOrAnObjectiveIsMissed() throws Exception {
        try (PlantedPeer peer = new PlantedPeer(Fault.WRONG_PARTIAL, 10)) {
            Plan plan = plan(Plan.Kind.INTERRUPT, peer.url()).connections(1).rate(100).build();
            Report report = LoadRun.run(plan, Probes.none(), Progress.NONE, List.of());
            assertFalse(report.correct() || report.passed(), report.toString());
        }
        try (FloorPeer peer = new FloorPeer()) {
            Plan plan = plan(Plan.Kind.INTERRUPT, peer.url()).connections(1).rate(100).build();
            Report report = LoadRun.run(plan, Probes.none(), Progress.NONE,
                    List.of(Objective.parse("max.interrupt=3600s"), Objective.parse("p50.interrupt=0.000001ms")));
            assertTrue(report.correct() && !report.passed(), report.toString());
            assertEquals(List.of(true, false), report.objectives().stream().map(Objective.Outcome::met).toList());
            assertTrue(report.floor().counts().prompts() > 0, report.floor().toString());
        }
    }

    @Test
    void saysWhyItCouldNotConnect() throws IOException {
        assertCannotConnect(URI.create("ws://127.0.0.1:1/ws"), "connect: ws://127.0.0.1:1/ws, connection 1 (expected: a server that upgrades): ");
        HttpServer busy = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        busy.createContext("/", exchange -> {
            exchange.sendResponseHeaders(503, 4);
            exchange.getResponseBody().write("full".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        busy.start();
        try {
            assertCannotConnect(URI.create("ws://127.0.0.1:" + busy.getAddress().getPort() + "/ws"), "handshake: 503 (expected: 101): full");
        } finally {
            busy.stop(0);
        }
    }

    private static void assertCannotConnect(URI url, String why) {
        for (Plan.Kind kind : Plan.Kind.values()) {
            IOException refused = assertThrows(IOException.class,
                    () -> LoadRun.carryOut(plan(kind, url).connections(2).build(), Probes.none(), Progress.NONE), kind.key());
            assertTrue(refused.getMessage().contains(why), refused.getMessage());
        }
    }

    private static void assertFaultless(Outcome outcome) {
        Counts counts = outcome.measured().counts();
        assertEquals(0, counts.errors() + counts.violations() + counts.unexpectedCloses(), outcome.examples().toString());
    }

    private interface Change {
        Plan.Builder apply(Plan.Builder plan);
    }

    private static Outcome runAgainstFloor(Plan.Kind kind, Change change) throws IOException, InterruptedException {
        try (FloorPeer peer = new FloorPeer()) {
            return LoadRun.carryOut(change.apply(plan(kind, peer.url())).build(), Probes.none(), Progress.NONE);
        }
    }

    private static Plan.Builder plan(Plan.Kind kind, URI url) {
        return Plan.of(kind, url).warmup(Duration.ofMillis(200)).duration(Duration.ofMillis(600)).script("sim chunks=100000 bytes=16 delay_ms=2");
    }
}
