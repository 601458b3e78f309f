package io.bargein.loadtest.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bargein.loadtest.clock.HostClock;
import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.testing.KeptPort;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Upstream answers of the stand-in's, each stopped or left in a way that is known. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StandInProbeTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Duration GRACE = Duration.ofMillis(300);
    private static final String ENDLESS = "sim chunks=1000000 delay_ms=5 #";

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(WAIT).build();
    private BedrockStandIn standIn;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
    }

    @AfterEach
    void stop() {
        standIn.close();
    }

    @Test
    void measuresFromWhenThePromptWasDueToWhenTheAbortWasSeen() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream first = converse(ENDLESS + "0-1");
        InputStream second = converse(ENDLESS + "12-7");
        long due = HostClock.epochNanos();
        probe.interrupted(0, 1, due - 50_000_000_000L);
        probe.interrupted(12, 7, due);
        first.close();
        probe.poll();
        second.close();
        long least = ended("0-1").endedNanos() - due + 50_000_000_000L;
        long other = ended("12-7").endedNanos() - due;
        UpstreamCancels cancels = probe.finish(WAIT);

        assertCounts(cancels, Map.of("seen", 2L));
        assertEquals(1, at(cancels.latency(), least));
        assertEquals(1, at(cancels.latency(), other));
    }

    @Test
    void countsTheBytesThatWereSentAfterThePromptWasDue() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream answer = converse("sim chunks=1000000 bytes=500 delay_ms=500 #3-1");
        answer.readNBytes(1_000);
        long sentBefore = record("3-1").bytesSent();
        long due = HostClock.epochNanos();
        long sentAtMost = record("3-1").bytesSent();
        standIn.awaitRecord(r -> r.tag().equals("3-1") && r.bytesSent() > sentAtMost, WAIT);
        answer.close();
        probe.interrupted(3, 1, due);
        long sent = ended("3-1").bytesSent();
        UpstreamCancels cancels = probe.finish(WAIT);

        assertCounts(cancels, Map.of("seen", 1L));
        assertTrue(sentBefore > 0 && sent > sentAtMost, "some was sent before and some after");
        long bytes = cancels.bytesAfter().getMaxValue();
        assertTrue(bytes >= sent - sentAtMost && cancels.bytesAfter().getMinValue() <= sent - sentBefore, () -> bytes + " of " + sent);
        assertTrue(cancels.bytesAfter().lowestEquivalentValue(bytes) <= sent - sentBefore, () -> bytes + " of " + sent);
    }

    @Test
    void countsNoBytesOfAnAnswerThatHadStalledBefore() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("all of it").end(Reply.End.STALL).build()));
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream answer = converse("#0-1");
        standIn.awaitRecord(r -> r.eventsSent() == 2, WAIT);
        probe.interrupted(0, 1, HostClock.epochNanos());
        answer.close();
        UpstreamCancels cancels = probe.finish(WAIT);
        assertCounts(cancels, Map.of("seen", 1L));
        assertEquals(0, cancels.bytesAfter().getMaxValue());
        assertEquals(0, cancels.atLeast());
    }

    /** Each event of 16 KiB fills a batch; the stand-in keeps 32. */
    @Test
    void saysOfHowManyItKnowsNotAllBytes() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        long due = HostClock.epochNanos();
        InputStream answer = converse("sim chunks=1000000 bytes=16384 delay_ms=0 #0-1");
        answer.readNBytes(40 * 16_384);
        answer.close();
        probe.interrupted(0, 1, due);
        long sent = ended("0-1").bytesSent();
        UpstreamCancels cancels = probe.finish(WAIT);

        assertCounts(cancels, Map.of("seen", 1L));
        assertEquals(1, cancels.atLeast());
        long bytes = cancels.bytesAfter().getMaxValue();
        assertTrue(bytes >= 32 * 16_384 && bytes < 34 * 16_384 && bytes < sent, () -> bytes + " of " + sent);
    }

    @Test
    void tellsWhatWasNotStoppedFromWhatHadNothingToStop() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream running = converse(ENDLESS + "1-1");
        converse("sim chunks=1 delay_ms=0 #1-2").readAllBytes();
        converse("sim chunks=1 delay_ms=0 #1-3").readAllBytes();
        InputStream early = converse(ENDLESS + "1-4");
        early.close();
        ended("1-2");
        ended("1-4");
        long due = HostClock.epochNanos();
        probe.interrupted(1, 1, due);
        probe.interrupted(1, 2, due);
        probe.interrupted(1, 4, due);
        probe.interrupted(1, 5, due);
        probe.interrupted(1, 6, due);
        UpstreamCancels cancels = probe.finish(GRACE);
        running.close();

        assertCounts(cancels, Map.of("running", 1L, "completed", 1L, "early", 1L, "overtaken", 2L));
        assertEquals(1, cancels.notStopped().size());
        String example = cancels.notStopped().get(0);
        assertTrue(example.matches("1-1: the stand-in still answers it \\(request 1\\) \\d+ ms after the prompt that cut in was due"), example);
        assertTrue(Long.parseLong(example.replaceAll(".*\\) (\\d+) ms.*", "$1")) >= GRACE.toMillis(), example);
    }

    @Test
    void waitsForAnAbortThatComesWithinTheGrace() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream answer = converse(ENDLESS + "0-1");
        probe.interrupted(0, 1, HostClock.epochNanos());
        probe.poll();
        Thread stopper = new Thread(() -> {
            try {
                // As many bytes as come within a few of the probe's looks.
                answer.readNBytes(10_000);
                answer.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        stopper.start();
        assertCounts(probe.finish(WAIT), Map.of("seen", 1L));
        stopper.join();
    }

    @Test
    void ignoresWhatAnEarlierRunHasLeft() throws Exception {
        converse("sim chunks=1 delay_ms=0 #0-1").readAllBytes();
        InputStream ended = converse(ENDLESS + "0-2");
        InputStream running = converse(ENDLESS + "0-3");
        ended.close();
        ended("0-2");
        StandInProbe probe = StandInProbe.of(standIn.uri());
        InputStream late = converse(ENDLESS + "0-5");
        for (int turn = 1; turn <= 5; turn++) {
            probe.interrupted(0, turn, HostClock.epochNanos() - 1_000_000_000);
        }
        late.close();
        ended("0-5");
        probe.poll();
        assertCounts(probe.finish(GRACE), Map.of("overtaken", 4L, "seen", 1L));
        running.close();
    }

    @Test
    void takesNoEarlierRunsEndForOneOfThisRun() throws Exception {
        InputStream earlier = converse(ENDLESS + "0-1");
        StandInProbe probe = StandInProbe.of(standIn.uri());
        probe.interrupted(0, 1, HostClock.epochNanos() - 1_000_000_000);
        earlier.close();
        ended("0-1");
        assertCounts(probe.finish(GRACE), Map.of("overtaken", 1L));
    }

    @Test
    void findsTheAttemptThatCameAfterOneThatWasRefused() throws Exception {
        Reply throttled = Reply.error(429, "ThrottlingException", "slow down");
        Reply stalled = Reply.builder().deltas("x").end(Reply.End.STALL).build();
        standIn.script(Script.of(throttled, stalled, throttled));
        StandInProbe probe = StandInProbe.of(standIn.uri());
        long due = HostClock.epochNanos();
        converse("#0-1").readAllBytes();
        probe.interrupted(0, 1, due);
        probe.interrupted(0, 2, due);
        probe.poll();
        converse("#0-1").close();
        standIn.awaitRecord(r -> r.tag().equals("0-1") && r.outcome() == Outcome.ABORTED && r.endNumber() > 0, WAIT);
        converse("#0-2").readAllBytes();
        ended("0-2");
        assertCounts(probe.finish(GRACE), Map.of("seen", 1L, "completed", 1L));
    }

    /** More ends than a page, most of them of nobody's turns, and the interrupts told late. */
    @Test
    void matchesAcrossPagesAndWhateverCameFirst() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        long due = HostClock.epochNanos();
        for (int i = 0; i < 2_100; i++) {
            if (i % 100 == 50) {
                converse("sim chunks=1000000 delay_ms=1000 #5-" + i).close();
                ended("5-" + i);
            } else {
                client.send(request("unsigned").build(), BodyHandlers.discarding());
            }
        }
        probe.poll();
        standIn.clearRecords(); // One poll has fetched them all.
        for (int i = 50; i < 2_100; i += 100) {
            probe.interrupted(5, i, due);
        }
        assertCounts(probe.finish(WAIT), Map.of("seen", 21L));
    }

    @Test
    void saysSoIfRecordsAreGoneBeforeTheyWereFetched() throws Exception {
        StandInProbe probe = StandInProbe.of(standIn.uri());
        converse("sim chunks=1 delay_ms=0 #0-1").readAllBytes();
        ended("0-1");
        standIn.clearRecords();
        String message = assertThrows(IOException.class, () -> probe.finish(GRACE)).getMessage();
        assertTrue(message.startsWith("standin: 1 records of " + standIn.uri() + " were gone before they were fetched (expected: "), message);

        converse("sim chunks=1 delay_ms=0 #0-2").readAllBytes();
        ended("0-2");
        assertThrows(IOException.class, probe::poll);
    }

    @Test
    void saysSoIfTheStandInWasStartedAnew() throws Exception {
        standIn.close();
        try (KeptPort port = new KeptPort()) {
            standIn = BedrockStandIn.builder().port(port.number()).start();
            converse("sim chunks=1 delay_ms=0 #0-1").readAllBytes();
            ended("0-1");
            StandInProbe probe = StandInProbe.of(standIn.uri());
            standIn.close();
            assertThrows(IOException.class, probe::poll);
            standIn = BedrockStandIn.builder().port(port.number()).start();
            String message = assertThrows(IOException.class, () -> probe.finish(GRACE)).getMessage();
            assertTrue(message.contains("was started anew"), message);
        }
    }

    @Test
    void convertsBetweenTheClocksOfTwoProcesses() throws Exception {
        long hour = 3_600_000_000_000L;
        long due = HostClock.epochNanos();
        String record = "[{\"number\":1,\"end_number\":1,\"tag\":\"0-1\",\"outcome\":\"ABORTED\",\"ended_nanos\":" + (due + hour + 5_000_000)
                + ",\"bytes_sent\":30,\"recent_sends\":[[" + (due + hour - 1) + ",10],[" + (due + hour) + ",20]],\"new_field\":{\"a\":[1]}}]";
        HttpServer other = peer(HostClock.hostId(), 0, hour, record);
        try {
            StandInProbe probe = StandInProbe.of(uri(other));
            probe.interrupted(0, 1, due);
            UpstreamCancels cancels = probe.finish(WAIT);
            assertEquals(1, at(cancels.latency(), 5_000_000));
            assertEquals(1, at(cancels.bytesAfter(), 20));
            assertEquals(0, cancels.atLeast());
        } finally {
            other.stop(0);
        }
    }

    @Test
    void refusesAStandInOnAnotherHostOrWithAnotherClock() throws Exception {
        for (HttpServer other : new HttpServer[] {peer("another", 0, 0, "[]"), peer(HostClock.hostId(), 3_600_000_000_000L, 0, "[]"),
                peer(HostClock.hostId(), -3_600_000_000_000L, 0, "[]")}) {
            assertRefused(uri(other), "it is on another host, or has another clock");
            other.stop(0);
        }
    }

    @Test
    void refusesWhatIsNoStandIn() throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        other.start();
        assertRefused(uri(other), "/_standin/info was answered with status 404");
        other.createContext("/", exchange -> answer(exchange, "<html>Welcome</html>"));
        assertRefused(uri(other), "(expected: a Bedrock stand-in of this version on this host): ");
        other.createContext("/_standin/info", exchange -> answer(exchange, "{\"host\":\"x\",\"connections_seen\":1}"));
        assertRefused(uri(other), "/_standin/info lacks");
        other.stop(0);
        URI closed = standIn.uri();
        standIn.close();
        assertRefused(closed, "/_standin/info was not answered: java.net.ConnectException");
        assertRefused(URI.create("https://localhost:1"), "(expected: http://host:port of a Bedrock stand-in)");
        assertRefused(URI.create("localhost:9000"), "(expected: http://host:port of a Bedrock stand-in)");
    }

    private static void assertRefused(URI standIn, String why) {
        String message = assertThrows(IOException.class, () -> StandInProbe.of(standIn)).getMessage();
        assertTrue(message.startsWith("--standin: " + standIn + " (expected: ") && message.contains(why), message);
    }

    /** All counts that are not named are 0. */
    private static void assertCounts(UpstreamCancels cancels, Map<String, Long> expected) {
        assertEquals(expected.getOrDefault("seen", 0L), cancels.seen(), cancels::toString);
        assertEquals(expected.getOrDefault("overtaken", 0L), cancels.overtaken(), cancels::toString);
        assertEquals(expected.getOrDefault("completed", 0L), cancels.completed(), cancels::toString);
        assertEquals(expected.getOrDefault("early", 0L), cancels.early(), cancels::toString);
        assertEquals(expected.getOrDefault("running", 0L), cancels.running(), cancels::toString);
        assertEquals(cancels.seen(), cancels.latency().getTotalCount());
        assertEquals(cancels.seen(), cancels.bytesAfter().getTotalCount());
    }

    private static long at(Histogram histogram, long value) {
        return histogram.getCountAtValue(value);
    }

    private RequestRecord record(String tag) {
        return standIn.records().stream().filter(r -> r.tag().equals(tag)).findFirst().orElseThrow();
    }

    private RequestRecord ended(String tag) throws InterruptedException {
        return standIn.awaitRecord(r -> r.tag().equals(tag) && r.endNumber() > 0, WAIT);
    }

    private InputStream converse(String prompt) throws IOException, InterruptedException {
        return client.send(request(prompt).header("Authorization", "Bearer made-up").build(), BodyHandlers.ofInputStream()).body();
    }

    private HttpRequest.Builder request(String prompt) {
        return HttpRequest.newBuilder(standIn.uri().resolve("/model/m/converse-stream")).timeout(WAIT)
                .POST(HttpRequest.BodyPublishers.ofString("{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"" + prompt + "\"}]}]}"));
    }

    /** Answers as a stand-in of another process may: whose clock runs {@code ahead}, or whose Unix time does, with one record. */
    private static HttpServer peer(String host, long ahead, long epochAhead, String records) throws IOException {
        HttpServer peer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        boolean[] asked = new boolean[1];
        peer.createContext("/_standin/info", exchange -> {
            answer(exchange, "{\"host\":\"" + host + "\",\"nano_time\":" + (System.nanoTime() + ahead) + ",\"epoch_offset_nanos\":"
                    + (HostClock.epochOffsetNanos() + epochAhead) + ",\"requests_seen\":0,\"requests_ended\":" + (asked[0] ? 1 : 0) + "}");
            asked[0] = true;
        });
        peer.createContext("/_standin/records", exchange -> answer(exchange, exchange.getRequestURI().getQuery().contains("ended_since=0")
                ? records : "[]"));
        peer.start();
        return peer;
    }

    private static void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static URI uri(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }
}
