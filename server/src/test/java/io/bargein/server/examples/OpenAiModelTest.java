package io.bargein.server.examples;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model behind an endpoint: in a server, and on its own. */
class OpenAiModelTest extends ExampleTestBase {
    private static final String DONE = "|data: [DONE]";

    private final RecordingListener listener = new RecordingListener();
    private FakeOpenAi endpoint;
    private OpenAiModel model;

    @BeforeEach
    void start() throws IOException {
        endpoint = new FakeOpenAi();
        model = new OpenAiModel(endpoint.base(), "sk-secret", "some-model");
        serve(model);
    }

    @AfterEach
    void closeEndpoint() {
        endpoint.close();
    }

    private Generation ask(String prompt) throws ModelException {
        return ask(List.of(Message.user(prompt)));
    }

    private Generation ask(List<Message> messages, Tool... tools) throws ModelException {
        Generation generation = model.start(
                new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), messages, List.of(tools)), listener);
        generation.request(1_000);
        return generation;
    }

    private void failed(ModelException.Kind kind, String message) throws InterruptedException {
        assertEquals(kind, listener.awaitTerminal().error().kind());
        assertEquals(message, listener.error().getMessage());
    }

    @Test
    void answersAClientAndUsesAConnectionAgain() throws Exception {
        assertEquals("0 xxxxxxxxxxxxxx1 xxxxxxxxxxxxxx", answer("sim chunks=2 bytes=16 delay_ms=0"));
        assertEquals(16, answer("sim chunks=1 bytes=16 delay_ms=0").length());
        assertEquals("{\"model\":\"some-model\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":["
                + "{\"role\":\"user\",\"content\":\"sim chunks=2 bytes=16 delay_ms=0\"},"
                + "{\"role\":\"assistant\",\"content\":\"0 xxxxxxxxxxxxxx1 xxxxxxxxxxxxxx\"},"
                + "{\"role\":\"user\",\"content\":\"sim chunks=1 bytes=16 delay_ms=0\"}]}", endpoint.requests.get(1));
        assertEquals(List.of("Bearer sk-secret", "Bearer sk-secret"), endpoint.authorizations);
        // A connection can be used again once the last chunk was read, which is behind the end of the answer.
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            answer("sim chunks=1 bytes=16 delay_ms=0");
            return Set.copyOf(endpoint.ports).size() < endpoint.ports.size();
        });
    }

    @Test
    void isCutInOnAndHangsUpOnTheEndpoint() throws Exception {
        cutIn("sim chunks=1000000 delay_ms=2", "sim chunks=3 delay_ms=0");
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));
        assertEquals(2, endpoint.requests.size());
    }

    @Test
    void hangsUpWhenTheClientDoesAndWhenTheServerStops() throws Exception {
        peer.prompt("sim chunks=1000000 delay_ms=2");
        readChunk();
        peer.close();
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));

        ask("sim chunks=1000000 delay_ms=2");
        listener.awaitEvents(1);
        server.close();
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));
    }

    /** What is not asked for stays in the endpoint: of 100 MB no more leaves than the buffers on the way hold. */
    @Test
    void readsNoFasterThanItIsAsked() throws Exception {
        Generation generation = model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"),
                List.of(Message.user("sim chunks=100000 bytes=1000 delay_ms=0")), List.of()), listener);
        generation.request(10);
        listener.awaitEvents(10);
        long other = answer("sim chunks=10000 bytes=80 delay_ms=0").length();
        assertEquals(800_000, other);
        assertEquals(10, listener.events());
        assertTrue(endpoint.bytesSent.get() < 30_000_000, () -> endpoint.bytesSent + " bytes");
        assertEquals(0, endpoint.cuts.availablePermits(), "too much waited, and the answer was given up");
        generation.cancel();
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));
    }

    @Test
    void tellsTheTokens() throws Exception {
        ask("sim chunks=2 delay_ms=0");
        assertEquals(new GenerationEnd("end_turn", new Usage(7, 5, 2, 0)), listener.awaitTerminal().end());
    }

    @ParameterizedTest
    @CsvSource({"stop,end_turn", "length,max_tokens", "tool_calls,tool_use", "content_filter,content_filtered", "other,other"})
    void translatesTheReasonToStop(String theirs, String ours) throws Exception {
        ask("say data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"" + theirs + "\"}]}" + DONE);
        assertEquals(ours, listener.awaitTerminal().end().stopReason());
        assertEquals("x", listener.text());
    }

    @ParameterizedTest
    @CsvSource({"400,INVALID_REQUEST", "401,ACCESS_DENIED", "403,ACCESS_DENIED", "404,INVALID_REQUEST", "429,THROTTLED", "500,UNAVAILABLE",
        "503,UNAVAILABLE"})
    void tellsARefusalByItsStatusAndNothingOfItsBody(int status, ModelException.Kind kind) throws Exception {
        ask("status " + status);
        failed(kind, "model: refused with HTTP status " + status);
    }

    @Test
    void gathersToolCallsFromTheirPieces() throws Exception {
        String delta = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[";
        ask("say " + delta + "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"clock\",\"arguments\":\"\"}}]}}]}"
                + "|" + delta + "{\"index\":0,\"function\":{\"arguments\":\"{\\\"zone\\\"\"}}]}}]}"
                + "|" + delta + "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}},"
                + "{\"index\":0,\"function\":{\"arguments\":\":\\\"UTC\\\"}\"}}]}}]}"
                + "|data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}" + DONE);
        listener.awaitTerminal();
        assertEquals(List.of(new ContentBlock.ToolUse("a", "clock", "{\"zone\":\"UTC\"}"), new ContentBlock.ToolUse("b", "clock", "{}")),
                listener.toolUses());
        assertEquals(GenerationEnd.TOOL_USE, listener.end().stopReason());
    }

    @Test
    void offersToolsAndSaysWhatTheyAnswered() throws Exception {
        Message uses = new Message(Message.Role.ASSISTANT,
                List.of(new ContentBlock.Text("Let me see."), new ContentBlock.ToolUse("a", "clock", "{\"zone\":\"UTC\"}")));
        Message results = new Message(Message.Role.USER,
                List.of(new ContentBlock.ToolResult("a", "noon", false), new ContentBlock.Text("sim chunks=1")));
        ask(List.of(Message.user("What time is it?"), uses, results), new ScriptedTool("clock", call -> null));
        listener.awaitTerminal();
        assertEquals("{\"model\":\"some-model\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":["
                + "{\"role\":\"user\",\"content\":\"What time is it?\"},"
                + "{\"role\":\"assistant\",\"content\":\"Let me see.\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
                + "\"function\":{\"name\":\"clock\",\"arguments\":\"{\\\"zone\\\":\\\"UTC\\\"}\"}}]},"
                + "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"noon\"},{\"role\":\"user\",\"content\":\"sim chunks=1\"}],"
                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\",\"description\":\"tells the time\",\"parameters\":"
                + "{\"type\":\"object\",\"properties\":{\"zone\":{\"type\":\"string\"}}}}}]}", endpoint.requests.get(0));
    }

    @Test
    void takesAStreamWithoutItsLastLineForATruncation() throws Exception {
        ask("say data: {\"choices\":[{\"delta\":{\"content\":\"half a sen\"},\"finish_reason\":\"stop\"}]}");
        failed(ModelException.Kind.TRUNCATED, "model: the stream ended before the answer did");
        assertEquals("half a sen", listener.text());
    }

    @Test
    void tellsOfAnErrorInMidAnswerWithoutItsWordsAndHangsUp() throws Exception {
        ask("say data: {\"error\":{\"message\":\"secret\"}}|" + ": more\n".repeat(1_000_000));
        failed(ModelException.Kind.MODEL_FAILED, "model: failed while it answered");
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));
    }

    @Test
    void takesWhatIsNoJsonForAFailureOfTheModel() throws Exception {
        ask("say data: {\"choices\":[|" + ": more\n".repeat(1_000_000));
        failed(ModelException.Kind.MODEL_FAILED, "model: sent what is no answer");
        assertTrue(endpoint.cuts.tryAcquire(20, TimeUnit.SECONDS));
    }

    @Test
    void tellsThatThereIsNoConnection() throws Exception {
        endpoint.close();
        ask("sim chunks=1");
        failed(ModelException.Kind.CONNECTION_LOST, "model: no connection, or it broke");
        assertFalse(listener.error().getCause().toString().isEmpty());
    }
}
