package io.bargein.server.backend.bedrock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.Fault;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException.Kind;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.Usage;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Bedrock backend and everything that a real Bedrock may do to it, over real sockets. */
class BedrockWireTest extends BedrockTestBase {
    private static final Duration WAIT = Duration.ofSeconds(20);

    /** Once the stand-in counts it as complete its text is in the socket: events that are sent on a request's arrival are flushed later. */
    private static final Reply SENT_BY_A_TIMER = Reply.builder().headerDelay(1).deltas("1", "2", "3").build();

    @Test
    void keepsTheConnectionsOfInterruptedAnswersAndResetsTheirStreams() throws Exception {
        int sessions = 10;
        int interrupts = 100;
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int s = 0; s < sessions; s++) {
            int session = s;
            Thread thread = new Thread(() -> {
                try {
                    for (int i = 0; i < interrupts; i++) {
                        RecordingListener listener = new RecordingListener();
                        Generation generation = start("sim chunks=100000 delay_ms=20 #" + session + "-" + i, listener);
                        generation.request(1_000);
                        listener.awaitEvents(1);
                        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
                    }
                } catch (Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            threads.add(thread);
            thread.setDaemon(true);
            thread.start();
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            assertFalse(thread.isAlive(), "still interrupting after 120 s");
        }
        assertEquals(List.of(), failures);
        assertTrue(standIn.connectionsSeen() <= sessions + 1, () -> standIn.connectionsSeen() + " connections");
        List<RequestRecord> records = standIn.records();
        assertEquals(sessions * interrupts, records.size());
        for (RequestRecord record : records) {
            RequestRecord ended = standIn.awaitRecord(r -> r.number() == record.number() && r.outcome() != Outcome.RUNNING, WAIT);
            assertEquals(Outcome.ABORTED, ended.outcome());
            assertEquals(8, ended.abortCode(), "CANCEL of RFC 9113, section 7");
            assertEquals("h2", ended.protocol());
        }
    }

    @Test
    void stopsAnAnswerWhoseHeadersHaveNotCome() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("late").headerDelay(60_000).build()));
        RecordingListener listener = new RecordingListener();
        Generation generation = start("one", listener);
        generation.request(10);
        standIn.awaitRecord(r -> true, WAIT);
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);

        assertEquals(Outcome.ABORTED, standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT).outcome());
        assertEquals(0, listener.terminals());
    }

    @Test
    void asksBedrockForNoMoreThanTheListenerWants() throws Exception {
        RecordingListener listener = new RecordingListener();
        start("sim chunks=200000 bytes=200 delay_ms=0", listener).request(10);
        listener.awaitEvents(10);
        RecordingListener other = new RecordingListener();
        start("sim chunks=2000 bytes=200 delay_ms=0", other).request(10_000);
        other.awaitTerminal();

        RequestRecord paused = standIn.records().get(0);
        assertEquals(10, listener.events());
        assertTrue(paused.bytesSent() < 2 << 20, () -> paused.bytesSent() + " bytes sent for 10 events");
        assertEquals(Outcome.RUNNING, paused.outcome());
    }

    /** P8, each way in which a stream can stop short of being whole. */
    @ParameterizedTest
    @CsvSource({"END,HTTP_2", "END,HTTP_1_1", "RESET_STREAM,HTTP_2", "RESET_STREAM,HTTP_1_1"})
    void reportsAnAnswerThatIsCutShortAsAnError(Fault.Kind cut, BedrockModel.HttpVersion version) throws Exception {
        use(TestModels.h2c(standIn).httpVersion(version));
        RecordingListener listener = answerStruckBy(cut, "Once ", "upon");

        assertNull(listener.end());
        assertTrue(listener.error().kind() == Kind.TRUNCATED || listener.error().kind() == Kind.CONNECTION_LOST,
                () -> listener.error().toString());
        assertEquals(1, listener.terminals());
        assertEquals(1, standIn.records().size(), "an answer that has begun is not asked for again");
        assertStillAnswers();
    }

    @Test
    void endsAnAnswerWithoutMetadataWithoutUsage() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("Once").end(Reply.End.WITHOUT_METADATA).build()));
        RecordingListener listener = answer("one");

        assertEquals("end_turn", listener.end().stopReason());
        assertNull(listener.end().usage());
    }

    @Test
    void endsAnAnswerThatLingersAfterItsStop() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("Once").stopReason("max_tokens").end(Reply.End.LINGER).build()));
        RecordingListener listener = answer("one");

        assertEquals("max_tokens", listener.end().stopReason());
        assertEquals(new Usage(10, 1, 0, 0), listener.end().usage());
        assertEquals(Outcome.ABORTED, standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT).outcome());
    }

    @Test
    void reportsAnAnswerThatStalls() throws Exception {
        use(TestModels.h2c(standIn).stallTimeout(Duration.ofMillis(300)));
        standIn.script(Script.of(Reply.builder().deltas("Once").end(Reply.End.STALL).build()));
        RecordingListener listener = new RecordingListener();
        Generation generation = start("one", listener);
        standIn.awaitRecord(r -> r.eventsSent() >= 2, WAIT);
        generation.request(10);
        listener.awaitTerminal();

        assertEquals(Kind.STALLED, listener.error().kind());
        assertEquals(Outcome.ABORTED, standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT).outcome());
        assertStillAnswers();
    }

    @Test
    void reportsHeadersThatNeverCome() throws Exception {
        use(TestModels.h2c(standIn).stallTimeout(Duration.ofMillis(300)));
        standIn.script(Script.of(Reply.builder().headerDelay(60_000).build()));

        assertEquals(Kind.STALLED, answer("one").error().kind());
    }

    @Test
    void takesNobodysPauseForAStall() throws Exception {
        use(TestModels.h2c(standIn).stallTimeout(Duration.ofMillis(100)));
        standIn.script(Script.of(SENT_BY_A_TIMER));
        RecordingListener listener = new RecordingListener();
        Generation generation = start("one", listener);
        standIn.awaitRecord(r -> r.outcome() == Outcome.COMPLETE, WAIT);
        generation.request(2);
        listener.awaitEvents(2);
        RecordingListener other = new RecordingListener();
        // Longer than the stall time-out, event by event.
        start("sim chunks=20 delay_ms=20", other).request(100);
        other.awaitTerminal();
        assertEquals(0, listener.terminals());

        generation.request(1);
        listener.awaitTerminal();
        assertNull(listener.error());
    }

    @ParameterizedTest
    @CsvSource({"429,ThrottlingException", "503,ServiceUnavailableException", "500,InternalServerException", "429,ModelNotReadyException"})
    void triesAgainWhatMayPass(int status, String type) throws Exception {
        standIn.script(Script.of(Reply.error(status, type, "not now"), Reply.error(status, type, "not yet"), Reply.text("Yes.")));
        RecordingListener listener = answer("one");

        assertEquals("Yes.", listener.text());
        assertEquals(3, standIn.records().size());
    }

    @Test
    void triesAgainAStreamThatFailsBeforeItsFirstText() throws Exception {
        standIn.script(Script.of(Reply.builder().failure("throttlingException", "not now").build(),
                Reply.builder().fault(Fault.Point.BEFORE_HEADERS, Fault.Kind.CLOSE).build(), Reply.text("Yes.")));

        assertEquals("Yes.", answer("one").text());
    }

    @Test
    void givesUpAfterThreeAttempts() throws Exception {
        standIn.script(Script.always(Reply.error(429, "ThrottlingException", "not now")));
        RecordingListener listener = answer("one");

        assertEquals(Kind.THROTTLED, listener.error().kind());
        assertEquals("model: throttled (expected: fewer requests; try again in a moment)", listener.error().getMessage());
        assertEquals(3, standIn.records().size());
    }

    @Test
    void isCancelledBetweenTwoAttempts() throws Exception {
        use(TestModels.h2c(standIn).retryDelay(Duration.ofSeconds(50)));
        standIn.script(Script.always(Reply.error(429, "ThrottlingException", "not now")));
        RecordingListener listener = new RecordingListener();
        Generation generation = start("one", listener);
        generation.request(10);
        standIn.awaitRecord(r -> r.outcome() == Outcome.REJECTED, WAIT);
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);

        assertEquals(0, listener.terminals());
        assertEquals(1, standIn.records().size());
    }

    @ParameterizedTest
    @CsvSource({"400,ValidationException,INVALID_REQUEST", "404,ResourceNotFoundException,INVALID_REQUEST",
        "403,AccessDeniedException,ACCESS_DENIED", "403,ExpiredTokenException,ACCESS_DENIED",
        "403,UnrecognizedClientException,ACCESS_DENIED", "424,ModelErrorException,MODEL_FAILED"})
    void doesNotTryAgainWhatWillNotPass(int status, String type, Kind kind) throws Exception {
        standIn.script(Script.always(Reply.error(status, type, "secret detail arn:aws:iam::1:role/x")));
        RecordingListener listener = answer("one");

        assertEquals(kind, listener.error().kind());
        assertTrue(!listener.error().getMessage().contains("arn:"), listener.error().getMessage());
        assertEquals(1, standIn.records().size());
    }

    @ParameterizedTest
    @CsvSource({"throttlingException,THROTTLED", "serviceUnavailableException,UNAVAILABLE", "internalServerException,UNAVAILABLE",
        "modelStreamErrorException,MODEL_FAILED", "validationException,INVALID_REQUEST"})
    void reportsAnExceptionInMidStream(String type, Kind kind) throws Exception {
        standIn.script(Script.always(Reply.builder().deltas("Once ", "upon").failure(type, "oh").build()));
        RecordingListener listener = answer("one");

        assertEquals("Once upon", listener.text());
        assertEquals(kind, listener.error().kind());
        assertEquals(1, listener.terminals());
        assertEquals(1, standIn.records().size());
    }

    @Test
    void reportsAStreamThatIsCorrupted() throws Exception {
        RecordingListener listener = answerStruckBy(Fault.Kind.CHECKSUM, "Once ");

        assertEquals("Once ", listener.text());
        assertTrue(listener.error().kind().retryable(), () -> listener.error().toString());
        assertStillAnswers();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP_2", "HTTP_1_1"})
    void reportsAConnectionThatIsLostAndMakesAnother(BedrockModel.HttpVersion version) throws Exception {
        use(TestModels.h2c(standIn).httpVersion(version));
        RecordingListener listener = new RecordingListener();
        start("sim chunks=1000 delay_ms=10", listener).request(1_000);
        listener.awaitEvents(3);
        standIn.killConnections();
        listener.awaitTerminal();

        assertNull(listener.end());
        assertStillAnswers();
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        // Port 1 is nobody's, and no free port that a stand-in of another test could be given.
        use(TestModels.h2c(standIn).endpoint(URI.create("http://127.0.0.1:1")));
        RecordingListener listener = answer("one");

        assertEquals(Kind.CONNECTION_LOST, listener.error().kind());
    }

    @Test
    void tellsReasoningApartAndSkipsEmptyText() throws Exception {
        standIn.script(Script.of(Reply.builder().reasoning("Hm.").reasoning("Let me see.").deltas("", "Once", "", "", " upon", "").build()));
        RecordingListener listener = new RecordingListener();
        start("one", listener).request(6);
        listener.awaitTerminal();

        assertEquals("Hm.|Let me see.|", listener.reasoning());
        assertEquals("Once upon", listener.text());
        assertEquals(6, listener.events());
    }

    @Test
    void gathersToolUses() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("Let me see.").toolUse("t1", "clock", "{\"zo", "ne\":", "\"UTC\"}")
                .toolUse("t2", "clock").build()));
        RecordingListener listener = answer("one");

        assertEquals(List.of(new ContentBlock.ToolUse("t1", "clock", "{\"zone\":\"UTC\"}"), new ContentBlock.ToolUse("t2", "clock", "{}")),
                listener.toolUses());
        assertEquals("tool_use", listener.end().stopReason());
    }

    @Test
    void sendsAllOfTheSettings() throws Exception {
        use(TestModels.h2c(standIn).modelId("my.model-v1:0").systemPrompt("Be brief.").maxTokens(100).temperature(0.5).topP(0.25)
                .stopSequences(List.of("END")).guardrail("g1", "DRAFT", "async").additionalFields("{\"top_k\":[1,2.5,true,null,\"x\"]}"));
        answer("sim chunks=1");

        RequestRecord record = standIn.records().get(0);
        assertEquals("my.model-v1:0", record.modelId());
        for (String part : List.of("\"system\":[{\"text\":\"Be brief.\"}]", "\"maxTokens\":100", "\"temperature\":0.5", "\"topP\":0.25",
                "\"stopSequences\":[\"END\"]", "\"guardrailIdentifier\":\"g1\"", "\"streamProcessingMode\":\"async\"",
                "\"additionalModelRequestFields\":{\"top_k\":[1,2.5,true,null,\"x\"]}")) {
            assertTrue(record.body().contains(part), () -> part + " in " + record.body());
        }
        assertTrue(record.headers().get("authorization").startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    }

    @Test
    void sendsAHistoryWithToolsThatBedrockAccepts() throws Exception {
        ContentBlock.ToolUse use = new ContentBlock.ToolUse("t1", "clock", "{\"zone\":\"UTC\"}");
        List<Message> history = List.of(Message.user("one"),
                new Message(Message.Role.ASSISTANT, List.of(new ContentBlock.Text("Let me see."), use)),
                new Message(Message.Role.USER, List.of(new ContentBlock.ToolResult("t1", "noon", false), new ContentBlock.Text("and?"))));
        Tool clock = new ScriptedTool("clock", call -> CompletableFuture.failedStage(new AssertionError("models call no tools")));
        for (List<Tool> tools : List.of(List.of(clock), List.<Tool>of())) {
            RecordingListener listener = new RecordingListener();
            model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), history, tools), listener).request(10_000);
            listener.awaitEvents(1);
            assertNull(listener.error());
        }
        assertTrue(standIn.records().get(0).body().contains("\"toolSpec\":{\"name\":\"clock\""));
        assertTrue(standIn.records().get(0).body().contains("\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"clock\",\"input\":{\"zone\":\"UTC\"}}"));
    }

    private RecordingListener answer(String prompt) throws Exception {
        RecordingListener listener = new RecordingListener();
        start(prompt, listener).request(10_000);
        return listener.awaitTerminal();
    }

    /** The answer to a prompt, which goes wrong once all of its text has been heard. */
    private RecordingListener answerStruckBy(Fault.Kind kind, String... deltas) throws Exception {
        standIn.script(Script.of(Reply.builder().deltas(deltas).end(Reply.End.STALL).build()));
        RecordingListener listener = new RecordingListener();
        start("one", listener).request(10_000);
        listener.awaitEvents(deltas.length);
        standIn.strike(kind);
        return listener.awaitTerminal();
    }

    /** However short the stall time-out is: it runs only while something is asked for. */
    private void assertStillAnswers() throws Exception {
        standIn.script(Script.of(SENT_BY_A_TIMER));
        RecordingListener listener = new RecordingListener();
        Generation generation = start("and now? #still", listener);
        standIn.awaitRecord(r -> r.tag().equals("still") && r.outcome() == Outcome.COMPLETE, WAIT);
        generation.request(10);
        listener.awaitTerminal();
        assertEquals(3, listener.events());
    }

    private Generation start(String prompt, RecordingListener listener) throws Exception {
        return model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), List.of(Message.user(prompt)), List.of()), listener);
    }
}
