package io.bargein.server.backend.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoModelTest extends ModelContractTest {
    private static final List<Tool> CLOCK = List.of(new DemoClock(Clock.systemUTC()));
    private static final RequestContext CONTEXT = RequestContext.of(RequestContext.Kind.WS, "s", "r");

    @Override
    protected Model createModel() {
        return new DemoModel();
    }

    @Override
    protected String threadPrefix() {
        return "bargein-demo";
    }

    @ParameterizedTest
    @CsvSource({"sim,200,24,5", "sim chunks=7,7,24,5", "sim bytes=16 delay_ms=0,200,16,0", "sim delay_ms=9 chunks=1 bytes=99 #tag-1,1,99,9",
        "sim #x,200,24,5", "' sim  chunks=3 ',3,24,5"})
    void readsScripts(String prompt, int chunks, int bytes, int delayMillis) throws ModelException {
        assertEquals(new SimScript(chunks, bytes, delayMillis), SimScript.parse(prompt));
    }

    @ParameterizedTest
    @ValueSource(strings = {"simulate rain", "sim cards are small", "what is sim chunks=1?", "Sim chunks=1"})
    void takesOtherPromptsForWhatTheyAre(String prompt) throws ModelException {
        assertNull(SimScript.parse(prompt));
    }

    @ParameterizedTest
    @CsvSource({"sim bytes=15,bytes: 15 (expected: 16 to 65536)", "sim chunks=0,chunks: 0 (expected: 1 to 10000000)",
        "sim delay_ms=-1,delay_ms: -1 (expected: 0 to 600000)", "sim chunks=many,chunks: many (expected: 1 to 10000000)",
        "sim chunk=5,'sim: chunk (expected: chunks=N, bytes=S, delay_ms=D)'",
        "sim chunks=5 nonsense,'sim: nonsense (expected: chunks=N, bytes=S, delay_ms=D)'"})
    void namesWhatIsWrongWithAScript(String prompt, String message) {
        assertEquals(message, assertThrows(ModelException.class, () -> SimScript.parse(prompt)).getMessage());
    }

    @Test
    void makesChunksOfExactlyTheirSizeThatNowAndThenHaveToBeEscaped() {
        for (int bytes : new int[] {16, 17, 24, 1_000}) {
            SimScript script = new SimScript(40, bytes, 0);
            for (int i = 0; i < 40; i++) {
                String chunk = script.chunk(i);
                assertEquals(bytes, chunk.getBytes(StandardCharsets.UTF_8).length);
                assertTrue(chunk.startsWith(i + " "));
                assertEquals(i % 16 == 7, chunk.endsWith("\""));
                assertEquals(i % 16 == 15, chunk.endsWith("\n"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"sim tool=clock | {}", "' sim  tool=clock zone=Asia/Tokyo ' | {\"zone\":\"Asia/Tokyo\"}",
        "sim tool=clock a=b=c d=\"é\\ #tag x | {\"a\":\"b=c\",\"d\":\"\\\"é\\\\\"}"})
    void readsWhatToolIsToBeAskedAndWhat(String prompt, String input) throws ModelException {
        assertEquals(new ToolScript("clock", input), ToolScript.parse(prompt, CLOCK));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"sim tool=sundial | tool: sundial (expected: one of [clock])",
        "sim tool= | tool:  (expected: one of [clock])",
        "sim tool=clock zone | sim: zone (expected: key=value)", "sim tool=clock =x | sim: =x (expected: key=value)"})
    void namesWhatIsWrongWithWhatIsToBeAsked(String prompt, String message) {
        assertEquals(message, assertThrows(ModelException.class, () -> ToolScript.parse(prompt, CLOCK)).getMessage());
    }

    @Test
    void asksForATool() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = model.start(new ModelRequest(CONTEXT, List.of(Message.user("sim tool=clock zone=UTC")), CLOCK), listener);
        generation.request(3);
        listener.awaitEvents(3);
        assertEquals(List.of(), listener.toolUses());
        generation.request(100);
        listener.awaitTerminal();

        assertEquals("Let me ask the clock.\n\n", listener.text());
        assertEquals(1, listener.toolUses().size());
        assertEquals("clock", listener.toolUses().get(0).name());
        assertEquals("{\"zone\":\"UTC\"}", listener.toolUses().get(0).input());
        assertEquals(GenerationEnd.TOOL_USE, listener.end().stopReason());
    }

    @Test
    void saysWhatToolsHaveAnsweredUnlessItIsCutInOn() throws Exception {
        ContentBlock.ToolUse use = new ContentBlock.ToolUse("t1", "clock", "{}");
        ContentBlock.ToolResult noon = new ContentBlock.ToolResult("t1", "noon", false);
        assertEquals("It says: noon\n", answer(use, noon));
        assertEquals("It could not tell: no sand\n", answer(use, new ContentBlock.ToolResult("t1", "no sand", true)));
        assertTrue(answer(use, noon, new ContentBlock.Text("sim chunks=1 bytes=16")).startsWith("0 abc"));
    }

    private String answer(ContentBlock.ToolUse use, ContentBlock... last) throws Exception {
        RecordingListener listener = new RecordingListener();
        model.start(new ModelRequest(CONTEXT, List.of(Message.user("sim tool=clock"), new Message(Message.Role.ASSISTANT, List.of(use)),
                new Message(Message.Role.USER, List.of(last))), CLOCK), listener).request(1_000);
        listener.awaitTerminal();
        assertEquals(GenerationEnd.END_TURN, listener.end().stopReason());
        return listener.text();
    }

    @Test
    void saysAFewHundredPiecesThatAreTheWholeAnswer() {
        List<String> pieces = DemoAnswer.to("Hello 100% & %s {} \\");
        assertTrue(pieces.size() > 250 && pieces.size() < 1_000, () -> pieces.size() + " pieces");
        String all = String.join("", pieces);
        assertTrue(all.contains("“Hello 100% & %s {} \\”"));
        assertTrue(all.contains("絵文字") && all.contains("😀") && all.endsWith("🙌"));
    }
}
