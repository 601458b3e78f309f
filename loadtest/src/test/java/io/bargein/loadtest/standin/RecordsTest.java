package io.bargein.loadtest.standin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.json.Json;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept of many requests, and how it is shown. */
class RecordsTest {
    private final Records records = new Records();

    @Test
    void givesUpTheOldestHeadersAndBodiesOnceThereAreTooMany() {
        String body = "x".repeat(1 << 20);
        int kept = (int) (Records.MAX_DETAIL_CHARS >> 20) - 1; // The headers take the place of one body.
        for (int i = 0; i < kept + 3; i++) {
            records.begin("m", "h2", 1, Map.of("name", "value"), body).tagged("t" + i);
        }
        List<RequestRecord> all = records.snapshot();

        assertEquals(kept + 3, all.size());
        for (RequestRecord record : all) {
            boolean dropped = record.number() <= 3;
            assertEquals(dropped, record.detailsDropped(), () -> "record " + record.number());
            assertEquals(dropped ? 0 : 1 << 20, record.body().length());
            assertEquals(dropped ? Map.of() : Map.of("name", "value"), record.headers());
            assertEquals("t" + (record.number() - 1), record.tag(), "the rest of the record stays");
        }
        records.clear();
        assertEquals(body, begin(body).snapshot().body());
    }

    @Test
    void keepsWhatRunsAndTheNewestOfWhatHasEnded() {
        Exchange running = begin("");
        for (int i = 0; i < Records.MAX_ENDED + 2; i++) {
            begin("").ended(Outcome.COMPLETE);
        }
        List<RequestRecord> all = records.snapshot();
        assertEquals(Records.MAX_ENDED + 1, all.size());
        assertEquals(List.of(1, 4, 5), numbers(all.subList(0, 3)));

        running.ended(Outcome.ABORTED);
        assertEquals(List.of(1), numbers(records.endedAfter(Records.MAX_ENDED + 2, 10).stream().map(Exchange::snapshot).toList()));
        assertEquals(5, records.snapshot().get(1).number(), "the one that ended longest ago has gone");
        assertEquals(Records.MAX_ENDED + 3, records.lastEnd());
    }

    /** What goes for its age makes room: by then nearly two budgets have come, of which never more than one is kept. */
    @Test
    void countsTheDetailsOfWhatItKeepsAndNoOthers() {
        for (int chars : new int[] {300, 330}) {
            String body = "x".repeat(chars);
            for (int i = 0; i < Records.MAX_ENDED; i++) {
                begin(body).ended(Outcome.COMPLETE);
            }
        }
        assertFalse(records.after(0, 1).get(0).snapshot().detailsDropped());
    }

    @Test
    void countsEndsOfRecordsThatWereDeletedAndShowsNoneOfThem() throws IOException {
        Exchange deleted = begin("");
        records.clear();
        deleted.ended(Outcome.ABORTED);
        Exchange other = begin("");
        other.ended(Outcome.ABORTED);
        other.ended(Outcome.COMPLETE);

        assertEquals(2, records.lastEnd());
        assertEquals(List.of(2), numbers("ended_since=0"));
        assertEquals(List.of(2), numbers(""));
    }

    @Test
    void listsInTheOrderOfRequestsOrOfEnds() throws IOException {
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            exchanges.add(begin(""));
        }
        for (int i : new int[] {4, 1, 5}) {
            exchanges.get(i - 1).ended(Outcome.ABORTED);
        }
        assertEquals(List.of(1, 2, 3, 4, 5, 6), numbers(""));
        assertEquals(List.of(4, 5, 6), numbers("since=3"));
        assertEquals(List.of(4, 5), numbers("since=3&limit=2"));
        assertEquals(List.of(), numbers("since=6"));
        assertEquals(List.of(4, 1, 5), numbers("ended_since=0"));
        assertEquals(List.of(1, 5), numbers("ended_since=1"));
        assertEquals(List.of(1), numbers("ended_since=1&limit=1"));
        assertEquals(List.of(5), numbers("ended_since=1&since=1"));
        assertEquals(List.of(), numbers("ended_since=3"));
        assertEquals(List.of(2, 3, 6), numbers("running=true"));
        assertEquals(List.of(3), numbers("running=true&since=2&limit=1"));
        assertEquals(List.of(), numbers("limit=0"));
    }

    @Test
    void keepsTheNewestBatchesOfAnAnswer() {
        RecentSends sends = new RecentSends();
        assertEquals(0, sends.toArray().length);
        for (int i = 1; i <= 100; i++) {
            sends.add(1_000 + i, i);
            long[] pairs = sends.toArray();
            int kept = Math.min(i, RecentSends.MAX);
            assertEquals(2 * kept, pairs.length);
            for (int k = 0; k < kept; k++) {
                int at = i - kept + 1 + k;
                assertArrayEquals(new long[] {1_000 + at, at}, new long[] {pairs[2 * k], pairs[2 * k + 1]}, "after " + i);
            }
        }
    }

    @Test
    void showsBatchesInsteadOfHeadersAndBodyWhenBrief() throws IOException {
        Exchange exchange = records.begin("m", "h2", 1, Map.of("name", "value"), "a body");
        exchange.sent(2, 100);
        exchange.sent(1, 50);
        Map<String, Object> brief = Json.object(list("brief=true").get(0));
        Map<String, Object> full = Json.object(list("brief=false").get(0));

        assertEquals(List.of(100, 50), Json.array(brief.get("recent_sends")).stream().map(send -> Json.array(send).get(1)).toList());
        long sent = (Long) Json.array(Json.array(brief.get("recent_sends")).get(0)).get(0);
        assertTrue(sent >= exchange.snapshot().arrivedNanos(), "in nanoseconds of Unix time");
        assertFalse(brief.containsKey("headers") || brief.containsKey("body") || full.containsKey("recent_sends"), brief::toString);
        assertEquals(Map.of("name", "value"), full.get("headers"));
        assertEquals("a body", full.get("body"));
        assertEquals(false, full.get("details_dropped"));
        assertEquals(150, full.get("bytes_sent"));
    }

    @Test
    void makesALongListInShortPieces() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            begin("x".repeat(1_000));
        }
        List<byte[]> all = pieces("");
        assertTrue(all.size() > 2_000_000 / (64 << 10), () -> all.size() + " pieces");
        all.forEach(piece -> assertTrue(piece.length < (64 << 10) + 16_384, () -> piece.length + " bytes"));
    }

    @Test
    void looksAtFewRecordsForAPieceEvenIfNoneIsWanted() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            begin("").ended(Outcome.COMPLETE);
        }
        List<byte[]> pieces = pieces("running=true");
        assertEquals(8, pieces.size(), "2,000 records, 256 at a time");
        assertEquals(2, pieces.stream().mapToInt(piece -> piece.length).sum());
    }

    @Test
    void leavesOutWhatComesWhileItIsBeingListed() throws IOException {
        for (int i = 0; i < 300; i++) {
            begin("");
        }
        RecordsJson json = new RecordsJson(records, query(""));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (json.hasNext()) {
            out.writeBytes(json.next());
            for (int i = 0; i < 300; i++) {
                begin("");
            }
        }
        assertEquals(300, Json.array(Json.read(out.toString(StandardCharsets.UTF_8))).size());
    }

    @Test
    void writesAPieceAtATimeAndNoneWhileTheChannelIsFull() {
        StandInState state = new StandInState(Script.of());
        for (int i = 0; i < 2_000; i++) {
            state.records().begin("m", "h2", 1, Map.of(), "");
        }
        EmbeddedChannel channel = new EmbeddedChannel(new InspectionHandler(state));
        channel.freezeTime();
        channel.writeInbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/_standin/records"));
        assertEquals(2, released(channel), "head and first piece");

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        advance(channel);
        advance(channel);
        assertEquals(0, released(channel));

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        channel.runPendingTasks();
        assertEquals(1, released(channel), "the next piece at once");
        advance(channel);
        assertEquals(1, released(channel));
        channel.close();
        advance(channel);
        assertEquals(0, released(channel), "and none once it is closed");
        channel.finishAndReleaseAll();
    }

    private static void advance(EmbeddedChannel channel) {
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private static int released(EmbeddedChannel channel) {
        int count = 0;
        for (Object message = channel.readOutbound(); message != null; message = channel.readOutbound()) {
            ReferenceCountUtil.release(message);
            count++;
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "sinc=1 | sinc: unknown (expected: since, ended_since, running, brief or limit)",
        "since=x | since: x (expected: a whole number, 0 to 999999999)",
        "since= | since:  (expected: a whole number",
        "ended_since=-1 | ended_since: -1 (expected: a whole number",
        "limit=1e3 | limit: 1e3 (expected: a whole number",
        "brief=yes | brief: yes (expected: true or false)",
        "running=1 | running: 1 (expected: true or false)",
        "since=1&since=2 | since: 1, 2 (expected: given once)",
        "running=true&ended_since=1 | running: true (expected: without ended_since)"})
    void namesABadParameter(String parameters, String complaint) {
        String message = assertThrows(IllegalArgumentException.class, () -> query(parameters)).getMessage();
        assertTrue(message.startsWith(complaint), message);
    }

    private Exchange begin(String body) {
        return records.begin("m", "h2", 1, Map.of(), body);
    }

    private static RecordsQuery query(String parameters) {
        return RecordsQuery.of(new QueryStringDecoder("/?" + parameters).parameters());
    }

    private List<byte[]> pieces(String parameters) throws IOException {
        List<byte[]> pieces = new ArrayList<>();
        for (RecordsJson json = new RecordsJson(records, query(parameters)); json.hasNext();) {
            pieces.add(json.next());
        }
        return pieces;
    }

    private List<Object> list(String parameters) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        pieces(parameters).forEach(out::writeBytes);
        return Json.array(Json.read(out.toString(StandardCharsets.UTF_8)));
    }

    private List<Integer> numbers(String parameters) throws IOException {
        return list(parameters).stream().map(record -> (Integer) Json.object(record).get("number")).toList();
    }

    private static List<Integer> numbers(List<RequestRecord> of) {
        return of.stream().map(RequestRecord::number).toList();
    }
}
