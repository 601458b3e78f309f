package io.bargein.server.backend.bedrock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException.Kind;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model asks of tools, as Bedrock sends it, and is shown of it again. */
class BedrockToolsTest extends BedrockTestBase {
    /** P7: nobody else sees it before it is whole. */
    @Test
    void endsAnAnswerWhoseToolInputGrowsTooLong() throws Exception {
        String piece = "x".repeat(64 << 10);
        standIn.script(Script.of(Reply.builder().toolUse("t1", "clock", Collections.nCopies(15, piece).toArray(String[]::new)).build(),
                Reply.builder().toolUse("t1", "clock", Collections.nCopies(17, piece).toArray(String[]::new)).build()));
        RecordingListener whole = answer(Message.user("one"));
        RecordingListener tooLong = answer(Message.user("two"));

        assertEquals(15 * piece.length(), whole.toolUses().get(0).input().length());
        assertEquals(0, tooLong.toolUses().size());
        assertEquals(Kind.ANSWER_TOO_LONG, tooLong.error().kind());
        assertEquals(1, tooLong.terminals());
    }

    /** Models have made up names; Bedrock refuses a history that has one it does not take, for good. */
    @ParameterizedTest
    @CsvSource({"clock,clock", "functions.clock,functions_clock", "'my clock é',my_clock__", "'',_"})
    void showsANameThatBedrockTakes(String name, String sent) throws Exception {
        assertTrue(body(new ToolUse("t1", name, "{}"), "noon").contains("{\"toolUseId\":\"t1\",\"name\":\"" + sent + "\",\"input\":{}}"));
    }

    @Test
    void showsNoMoreOfANameThanBedrockTakes() throws Exception {
        String longest = "n".repeat(64);
        assertTrue(body(new ToolUse("t1", longest + "n", "{}"), "noon").contains("\"name\":\"" + longest + "\""));
    }

    @Test
    void showsInputThatIsNoJsonObjectInsideOfOne() throws Exception {
        assertTrue(body(new ToolUse("t1", "clock", "{\"zone\":\"Eu"), "noon").contains("\"input\":{\"malformed\":\"{\\\"zone\\\":\\\"Eu\"}"));
    }

    /** A request cannot have them, as it is in UTF-8, and an escape of half a pair is taken for JSON by some and not by others. */
    @Test
    void showsInputWithLoneSurrogates() throws Exception {
        String body = body(new ToolUse("t1", "clock", "{\"\uD83D\":[\"a\uDE00\",\"\uD83D\uDE00\"]}"), "noon");
        assertTrue(body.contains("\"input\":{\"\uFFFD\":[\"a\uFFFD\",\"\\uD83D\\uDE00\"]}"), body);
        String escaped = body(new ToolUse("t1", "clock", "{\"zone\":\"a\\ude00\"}"), "noon");
        assertTrue(escaped.contains("\"input\":{\"zone\":\"a\uFFFD\"}"), escaped);
    }

    /** What Bedrock is sent of a history with that in it. */
    private String body(ToolUse use, String result) throws Exception {
        standIn.script(Script.always(Reply.text("Yes.")));
        RecordingListener listener = answer(Message.user("one"), new Message(Message.Role.ASSISTANT, List.of(new Text("Let me see."), use)),
                new Message(Message.Role.USER, List.of(new ToolResult(use.id(), result, false))));
        assertNull(listener.error());
        return standIn.records().get(standIn.records().size() - 1).body();
    }

    private RecordingListener answer(Message... messages) throws Exception {
        RecordingListener listener = new RecordingListener();
        model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), List.of(messages), List.of()), listener).request(10_000);
        return listener.awaitTerminal();
    }
}
