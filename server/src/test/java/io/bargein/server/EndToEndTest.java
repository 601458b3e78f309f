package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static io.bargein.server.Turn.readTurn;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Fault;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.protocol.Limits;
import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.spi.ToolResult;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.RawPeer;
import io.bargein.server.transport.TransportKind;
import io.bargein.server.transport.TransportSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole of it: a client's socket, the server, the real SDK, and a stand-in for Bedrock at the other end. */
class EndToEndTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final OutputSettings ONE_TO_ONE = new OutputSettings(0, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 16 << 10);
    private static final OutputSettings UNPACED =
            new OutputSettings(0, OutputSettings.Merging.WHEN_WAITING, 16 << 10, 32 << 10, 16 << 10);

    private BedrockStandIn standIn;
    private BargeinServer server;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
        serve(UNPACED);
    }

    @AfterEach
    void stop() {
        server.close();
        standIn.close();
    }

    private void serve(OutputSettings output) throws IOException {
        serve(output, builder -> builder);
    }

    private void serve(OutputSettings output, UnaryOperator<BargeinServerBuilder> more) throws IOException {
        if (server != null) {
            server.close();
        }
        server = more.apply(BargeinServer.builder()
                .model(TestModels.h2c(standIn).build())
                .transport(new TransportSettings("127.0.0.1", 0, TransportKind.AUTO, 2, 128, 1_000, HttpSettings.DEFAULT, Limits.DEFAULT,
                        output, LivenessSettings.DEFAULT, LifetimeSettings.DEFAULT)))
                .start();
    }

    /** The main job: a question, an interrupt in mid-answer, the second answer; and what Bedrock saw of it. */
    @Test
    void isCutInOnAndAbortsTheOldAnswerAtBedrock() throws Exception {
        try (RawPeer peer = connect("")) {
            peer.prompt("sim chunks=100000 delay_ms=10 #one");
            String first = chunk(peer.readMessage());
            String second = chunk(peer.readMessage());
            peer.prompt("sim chunks=5 delay_ms=1 #two");
            Turn interrupted = readTurn(peer, first + second);
            assertEquals("interrupted", interrupted.type);
            assertEquals(interrupted.seen, interrupted.terminalText);
            Turn answered = readTurn(peer, "");
            assertEquals("complete", answered.type);
            assertEquals(5 * 24, answered.seen.length());
            assertEquals(answered.seen, answered.terminalText);

            RequestRecord aborted = ended("one");
            assertEquals(Outcome.ABORTED, aborted.outcome());
            assertEquals(8, aborted.abortCode());
            RequestRecord next = ended("two");
            assertEquals(Outcome.COMPLETE, next.outcome());
            // P6: what the user saw is in the history, and Bedrock took it.
            String seen = interrupted.seen.replace("\"", "\\\"").replace("\n", "\\n");
            assertTrue(next.body().contains("{\"role\":\"assistant\",\"content\":[{\"text\":\"" + seen + "\"}]}"), next.body());
        }
    }

    /** P5, on a stream as fast as can be: what Bedrock has sent is what the client saw and what was in flight, and no more. */
    @Test
    void makesBedrockSendNoMoreThanWhatWasInFlight() throws Exception {
        try (RawPeer peer = connect("")) {
            peer.prompt("sim chunks=1000000 bytes=100 delay_ms=0 #flood");
            String first = chunk(peer.readMessage());
            peer.prompt("sim chunks=1");
            Turn turn = readTurn(peer, first);
            assertEquals("interrupted", turn.type);
            RequestRecord aborted = ended("flood");
            assertEquals(8, aborted.abortCode());
            // The stream's window, its buffers, and the kernel's.
            long inFlight = aborted.bytesSent() - aborted.bytesSent() / aborted.eventsSent() * (turn.seen.length() / 100);
            assertTrue(inFlight < 6 << 20, () -> inFlight + " bytes sent that the client never saw");
        }
    }

    @Test
    void answersOneHundredInterruptsOfEachOfTenSessionsOverElevenConnections() throws Exception {
        // However long a call takes to let go: the next one is not to open a connection meanwhile.
        serve(UNPACED, builder -> builder.session(new SessionSettings(1 << 20, Duration.ofSeconds(10))));
        int sessions = 10;
        int interrupts = 100;
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int s = 0; s < sessions; s++) {
            int session = s;
            done.add(CompletableFuture.runAsync(() -> {
                try (RawPeer peer = connect("")) {
                    peer.prompt("sim chunks=100000 delay_ms=5 #" + session + "-0");
                    String first = chunk(peer.readMessage());
                    for (int i = 1; i <= interrupts; i++) {
                        peer.prompt("sim chunks=100000 delay_ms=5 #" + session + "-" + i);
                        Turn turn = readTurn(peer, first);
                        assertEquals("interrupted", turn.type);
                        assertEquals(turn.seen, turn.terminalText);
                        first = chunk(peer.readMessage());
                        assertTrue(first.startsWith("0 "), "stale: " + first);
                    }
                    peer.prompt("sim chunks=2 delay_ms=0 #" + session + "-last");
                    readTurn(peer, first);
                    assertEquals("complete", readTurn(peer, "").type);
                } catch (Exception e) {
                    throw new AssertionError("session " + session, e);
                }
            }, task -> new Thread(task, "session-" + session).start()));
        }
        for (CompletableFuture<Void> session : done) {
            session.get(50, TimeUnit.SECONDS);
        }
        assertTrue(standIn.connectionsSeen() <= sessions + 1, () -> standIn.connectionsSeen() + " connections");
        assertEquals(sessions * (interrupts + 2), standIn.records().size());
        for (RequestRecord record : standIn.records()) {
            RequestRecord ended = ended(record.tag());
            boolean last = record.tag().endsWith("-last");
            assertEquals(last ? Outcome.COMPLETE : Outcome.ABORTED, ended.outcome(), record.tag());
            assertEquals(last ? -1 : 8, ended.abortCode());
        }
    }

    /** P1, P2: two rapid interrupts in one segment; the prompt between them may or may not have reached Bedrock. */
    @Test
    void givesEachOfTwoRapidInterruptsInOneSegmentItsTerminal() throws Exception {
        try (RawPeer peer = connect("")) {
            peer.prompt("sim chunks=100000 delay_ms=10 #one");
            String first = chunk(peer.readMessage());
            peer.send(RawPeer.join(prompt("second thought"), prompt("sim chunks=3 delay_ms=0 #three")));
            Turn one = readTurn(peer, first);
            assertEquals(one.seen, one.terminalText);
            Turn two = readTurn(peer, "");
            assertEquals("interrupted", two.type);
            assertEquals("", two.terminalText);
            assertEquals("complete", readTurn(peer, "").type);
            assertTrue(ended("three").body().contains("[{\"text\":\"second thought\"},{\"text\":\"sim chunks=3 delay_ms=0 #three\"}]"),
                    ended("three").body());
        }
    }

    @Test
    void isInterruptedBeforeTheFirstDelta() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("late").headerDelay(60_000).build(), Reply.text("Yes.")));
        try (RawPeer peer = connect("")) {
            peer.prompt("one");
            standIn.awaitRecord(r -> true, WAIT);
            peer.prompt("two");
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", peer.readMessage());
            assertEquals("complete", readTurn(peer, "").type);
            assertEquals(Outcome.ABORTED, standIn.awaitRecord(r -> r.number() == 1 && r.outcome() != Outcome.RUNNING, WAIT).outcome());
            assertEquals("[{\"role\":\"user\",\"content\":[{\"text\":\"one\"},{\"text\":\"two\"}]}]", messages(last()));
        }
    }

    @Test
    void goesOnWithTheConversationTurnByTurnAndAfterAReconnect() throws Exception {
        standIn.script(Script.of(Reply.text("A1"), Reply.text("A2"), Reply.text("A3")));
        String id = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: kept\r\n";
        try (RawPeer peer = connect(id)) {
            peer.prompt("one");
            assertEquals("A1", readTurn(peer, "").terminalText);
            peer.prompt("two");
            assertEquals("A2", readTurn(peer, "").terminalText);
        }
        try (RawPeer peer = connect(id)) {
            peer.prompt("three");
            assertEquals("A3", readTurn(peer, "").terminalText);
        }
        assertEquals("[{\"role\":\"user\",\"content\":[{\"text\":\"one\"}]},{\"role\":\"assistant\",\"content\":[{\"text\":\"A1\"}]},"
                + "{\"role\":\"user\",\"content\":[{\"text\":\"two\"}]},{\"role\":\"assistant\",\"content\":[{\"text\":\"A2\"}]},"
                + "{\"role\":\"user\",\"content\":[{\"text\":\"three\"}]}]", messages(last()));
    }

    /** P5. */
    @Test
    void abortsTheAnswerOfAClientThatDisconnects() throws Exception {
        RawPeer peer = connect("");
        peer.prompt("sim chunks=100000 delay_ms=10 #gone");
        peer.readMessage();
        peer.reset();

        assertEquals(Outcome.ABORTED, ended("gone").outcome());
        assertEquals(8, ended("gone").abortCode());
    }

    /** P7: Bedrock is asked for no more than the client takes, and what it does not take is bounded. */
    @Test
    void pausesBedrockForASlowReader() throws Exception {
        try (RawPeer peer = connect("", 4_096)) {
            peer.prompt("sim chunks=100000 bytes=1000 delay_ms=0 #slow");
            String first = chunk(peer.readMessage());
            long sent = settledBytes("slow");
            assertTrue(sent < 4 << 20, () -> sent + " bytes sent by Bedrock to a client that reads nothing");
            peer.prompt("sim chunks=1 #next");
            Turn turn = readTurn(peer, first);
            assertEquals(turn.seen, turn.terminalText);
            assertEquals("complete", readTurn(peer, "").type);
            assertEquals(Outcome.ABORTED, ended("slow").outcome());
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void keepsJapaneseAndEmojiWholeHoweverTheyAreCut(int codePoints) throws Exception {
        serve(ONE_TO_ONE);
        String text = "日本の歴史は長い。👩‍🚀😀𠮷野家 café ".repeat(20);
        standIn.script(Script.of(Reply.builder().cut(text, codePoints).build()));
        try (RawPeer peer = connect("")) {
            peer.prompt("日本の歴史を教えて");
            Turn turn = readTurn(peer, "");
            assertEquals(text, turn.seen);
            assertEquals(text, turn.terminalText);
        }
        assertTrue(last().body().contains("日本の歴史を教えて"));
    }

    @Test
    void fragmentsALongComplete() throws Exception {
        String text = "長い答え。".repeat(20_000);
        standIn.script(Script.of(Reply.builder().cut(text, 100).build()));
        try (RawPeer peer = connect("")) {
            peer.prompt("one");
            StringBuilder seen = new StringBuilder();
            StringBuilder message = new StringBuilder();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int fragments = 0;
            while (true) {
                RawPeer.Frame frame = peer.readFrame();
                if (frame.opcode() > 2) {
                    continue;
                }
                assertTrue(frame.payload().length <= 32_000, () -> frame.payload().length + " bytes in a frame");
                fragments++;
                bytes.writeBytes(frame.payload());
                if (!frame.last()) {
                    continue;
                }
                message.setLength(0);
                message.append(bytes.toString(StandardCharsets.UTF_8));
                bytes.reset();
                if (!message.toString().startsWith("{\"type\":\"chunk\"")) {
                    break;
                }
                seen.append(chunk(message.toString()));
                fragments = 0;
            }
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"" + text + "\"}", message.toString());
            assertEquals(text, seen.toString());
            assertTrue(fragments >= 10, fragments + " fragments");
        }
    }

    @Test
    void sendsOneFrameADeltaWithPacingAndMergingOff() throws Exception {
        serve(ONE_TO_ONE);
        try (RawPeer peer = connect("")) {
            peer.prompt("sim chunks=3000 bytes=40 delay_ms=0");
            for (int i = 0; i < 3_000; i++) {
                String data = chunk(peer.readMessage());
                assertTrue(data.startsWith(i + " ") && data.length() == 40, i + ": " + data);
            }
            assertTrue(peer.readMessage().startsWith("{\"type\":\"complete\""));
        }
    }

    /** AgentCore's proxy closes a connection at more than 250 frames a second (contract C69). */
    @Test
    void keepsToTheFrameRateByMerging() throws Exception {
        serve(OutputSettings.DEFAULT);
        try (RawPeer peer = connect("")) {
            long start = System.nanoTime();
            peer.prompt("sim chunks=3000 bytes=20 delay_ms=1");
            int frames = 0;
            long last = start;
            StringBuilder seen = new StringBuilder();
            String message = peer.readMessage();
            while (message.startsWith("{\"type\":\"chunk\"")) {
                last = System.nanoTime();
                frames++;
                seen.append(chunk(message));
                message = peer.readMessage();
            }
            assertTrue(message.startsWith("{\"type\":\"complete\""), message);
            assertEquals(3_000 * 20, seen.length());
            long seconds = TimeUnit.NANOSECONDS.toSeconds(last - start) + 1;
            assertTrue(frames <= seconds * 200, frames + " frames in " + seconds + " s");
        }
    }

    @ParameterizedTest
    @CsvSource({"throttled,model: throttled (expected: fewer requests; try again in a moment)",
        "failed,model: failed while it answered (expected: a retry)",
        "reset,", "truncated,model: the answer broke off (expected: a retry)"})
    void reportsAFailureAndGoesOnWithAHistoryThatBedrockAccepts(String how, String error) throws Exception {
        Reply reply = switch (how) {
            case "throttled" -> Reply.error(429, "ThrottlingException", "no");
            case "failed" -> Reply.builder().deltas("Once").failure("modelStreamErrorException", "oh").build();
            case "reset" -> Reply.builder().deltas("Once").end(Reply.End.STALL).build();
            default -> Reply.builder().deltas("Once").end(Reply.End.WITHOUT_MESSAGE_STOP).build();
        };
        standIn.script(how.equals("throttled") ? Script.of(reply, reply, reply, Reply.text("Yes.")) : Script.of(reply, Reply.text("Yes.")));
        try (RawPeer peer = connect("")) {
            peer.prompt("one");
            String first = "";
            if (how.equals("reset")) {
                // Not before it was seen: what comes at once with a reset may be lost, and is asked for again.
                first = chunk(peer.readMessage());
                standIn.strike(Fault.Kind.RESET_STREAM);
            }
            Turn failed = readTurn(peer, first);
            assertEquals("error", failed.type);
            assertTrue(error == null || failed.terminalText.equals(error), failed.terminalText);
            peer.prompt("two");
            assertEquals("Yes.", readTurn(peer, "").terminalText);
            assertEquals("[" + shown(failed) + "{\"role\":\"user\",\"content\":[{\"text\":\"two\"}]}]", messages(last()));
        }
    }

    @Test
    void reportsAStallAndGoesOnWithAHistoryThatBedrockAccepts() throws Exception {
        serve(UNPACED, builder -> builder.model(TestModels.h2c(standIn).stallTimeout(Duration.ofSeconds(3)).build()));
        standIn.script(new Script(List.of(Reply.builder().deltas("Once").end(Reply.End.STALL).build(), Reply.text("Yes.")), true));
        try (RawPeer peer = connect("")) {
            peer.prompt("one");
            Turn stalled = readTurn(peer, "");
            assertEquals("model: silent for too long (expected: a retry)", stalled.terminalText);
            Turn answered = FaultBench.ask(peer, "two", FaultBench::isStalled);
            assertEquals("Yes.", answered.terminalText);
            assertEquals("[" + shown(stalled) + "{\"role\":\"user\",\"content\":[{\"text\":\"two\"}]}]", messages(last()));
        }
    }

    /** The first turn, as Bedrock is shown it: not at all if the client saw nothing of its answer. */
    private static String shown(Turn one) {
        return one.seen.isEmpty() ? "" : "{\"role\":\"user\",\"content\":[{\"text\":\"one\"}]},"
                + "{\"role\":\"assistant\",\"content\":[{\"text\":\"" + one.seen + "\"}]},";
    }

    @Test
    void namesABadValueOfAScriptAndGoesOn() throws Exception {
        try (RawPeer peer = connect("")) {
            peer.prompt("sim bytes=3");
            assertEquals("error", readTurn(peer, "").type);
            peer.prompt("sim chunks=2 delay_ms=0");
            assertEquals("complete", readTurn(peer, "").type);
        }
    }

    @Test
    void callsToolsAndShowsBedrockTheirResults() throws Exception {
        serve(UNPACED, builder -> builder.tool(new ScriptedTool("clock",
                call -> CompletableFuture.completedStage(ToolResult.of("noon in " + call.use().input())))));
        standIn.script(Script.of(Reply.builder().deltas("Let me see. ").toolUse("t1", "clock", "{\"zone\":", "\"UTC\"}").build(),
                Reply.text("It is noon.")));
        try (RawPeer peer = connect("")) {
            peer.prompt("What time is it?");
            assertEquals("Let me see. It is noon.", readTurn(peer, "").terminalText);
        }
        assertTrue(last().body().contains("{\"toolResult\":{\"toolUseId\":\"t1\",\"content\":[{\"text\":\"noon in {\\\"zone\\\":\\\"UTC\\\"}\"}]"
                + ",\"status\":\"success\"}}"), last().body());
    }

    /** P6, as Bedrock judges it: any sequence of interrupts, failures and answers, each request validated by the stand-in. */
    @Test
    void neverSendsAHistoryThatBedrockRefuses() throws Exception {
        List<Reply> replies = IntStream.range(0, 60).mapToObj(i -> switch (i % 6) {
            case 0 -> Reply.builder().pace(2).cut("a longer answer that is cut in on, most likely", 2).build();
            case 1 -> Reply.builder().deltas("x").failure("modelStreamErrorException", "oh").build();
            case 2 -> Reply.builder().deltas(" ", "\n").build();
            case 3 -> Reply.builder().headerDelay(5).deltas("slow").build();
            case 4 -> Reply.error(400, "ModelErrorException", "no");
            default -> Reply.builder().deltas("whole").end(Reply.End.WITHOUT_MESSAGE_STOP).build();
        }).collect(Collectors.toList());
        standIn.script(new Script(replies, false));
        Random random = new Random(5);
        try (RawPeer peer = connect("")) {
            int open = 0;
            for (int i = 0; i < 60; i++) {
                peer.prompt("prompt " + i);
                open++;
                for (int wait = random.nextInt(3); wait > 0 && open > 0; wait--) {
                    String message = peer.readMessage();
                    open -= message.startsWith("{\"type\":\"chunk\"") ? 0 : 1;
                }
            }
            while (open > 0) {
                open -= peer.readMessage().startsWith("{\"type\":\"chunk\"") ? 0 : 1;
            }
        }
        assertEquals(List.of(), standIn.records().stream().map(RequestRecord::refusal).filter(refusal -> !refusal.isEmpty()
                && !refusal.equals("no")).toList());
    }

    private RawPeer connect(String headers) throws IOException {
        return connect(headers, 0);
    }

    private RawPeer connect(String headers, int receiveBufferBytes) throws IOException {
        return RawPeer.upgraded(server.address(), receiveBufferBytes, headers);
    }

    private RequestRecord ended(String tag) throws InterruptedException {
        return standIn.awaitRecord(r -> r.tag().equals(tag) && r.outcome() != Outcome.RUNNING, WAIT);
    }

    private RequestRecord last() {
        List<RequestRecord> records = standIn.records();
        return records.get(records.size() - 1);
    }

    /** How much Bedrock has sent once it has stopped to send for half a second. */
    private long settledBytes(String tag) {
        long[] before = {-1};
        await().pollInterval(Duration.ofMillis(500)).atMost(WAIT).until(() -> {
            long now = standIn.records().stream().filter(r -> r.tag().equals(tag)).findFirst().orElseThrow().bytesSent();
            boolean settled = now == before[0];
            before[0] = now;
            return settled;
        });
        return before[0];
    }

    private static String messages(RequestRecord record) {
        int start = record.body().indexOf("\"messages\":") + "\"messages\":".length();
        int depth = 0;
        int end = start;
        do {
            depth += "[{".indexOf(record.body().charAt(end)) >= 0 ? 1 : "]}".indexOf(record.body().charAt(end)) >= 0 ? -1 : 0;
            end++;
        } while (depth > 0);
        return record.body().substring(start, end);
    }

    private static byte[] prompt(String text) {
        return RawPeer.frame(0x81, ("{\"inputText\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8));
    }
}
