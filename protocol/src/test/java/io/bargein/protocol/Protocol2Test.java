package io.bargein.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ServerMessage.Interrupted.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Protocol2Test {
    private static final TurnId FIRST = new TurnId(1, "täg \"1\"");
    private static final TurnId SECOND = new TurnId(2, null);
    private static final String HELLO = "{\"type\":\"hello\",\"protocol\":2}";

    private Framing.Codec codec = open(null, Duration.ZERO);

    @Test
    void isSpokenFromAHelloOn() throws Exception {
        assertEquals(List.of(new ClientMessage.Hello()), decode(HELLO));
        assertEquals("{\"type\":\"ready\",\"session_id\":\"s-\\\"1\",\"protocol\":2,\"vocabulary\":\"v2\","
                + "\"features\":[\"turn-ids\",\"metrics\",\"tools\"],\"limits\":{\"max_frame\":32000,\"max_message\":1048576}}",
                encode(new ServerMessage.Ready()));
        assertEquals("{\"type\":\"chunk\",\"data\":\"x\",\"turn_id\":2}", encode(new ServerMessage.Chunk(SECOND, "x")));
    }

    @Test
    void isSpokenFromTheFirstMessageOnWhereTheSubprotocolSaysSo() throws Exception {
        codec = open("agent-stream.v2", Duration.ofMillis(1_500));
        assertEquals(List.of(new ClientMessage.Prompt("x", "mine")), decode("{\"inputText\":\"x\",\"turn_id\":\"mine\"}"));
        assertEquals("{\"type\":\"turn_start\",\"cause\":\"text\",\"turn_id\":1,\"client_turn_id\":\"t\\u00E4g \\\"1\\\"\"}",
                encode(new ServerMessage.TurnStarted(FIRST)));
        assertTrue(encode(new ServerMessage.Ready()).endsWith(",\"idle_ms\":1500}}"));
        assertEquals("hello: late (expected: as the first message)", error(HELLO));
    }

    @Test
    void isNotSpokenUnasked() throws Exception {
        assertEquals(List.of(new ClientMessage.Prompt("x")), decode("{\"inputText\":\"x\",\"turn_id\":7}"));
        assertEquals("{\"type\":\"chunk\",\"data\":\"x\"}", encode(new ServerMessage.Chunk(FIRST, "x")));
        assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"x\"}", encode(new ServerMessage.Interrupted(FIRST, Reason.CANCEL, "x")));
        assertEquals("{\"error\":\"x\"}", encode(new ServerMessage.Failure(FIRST, ErrorType.BUSY, "x")));
        for (ServerMessage more : more(FIRST)) {
            assertNull(codec.encode(more), more::toString);
        }
        assertEquals("inputText: missing or empty (expected: a non-empty string)", error("{\"type\":\"cancel\"}"));
        assertEquals("hello: late (expected: as the first message)", error(HELLO));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{\"type\":\"hello\"} | protocol: missing or none (expected: 2)",
        "{\"type\":\"hello\",\"protocol\":1} | protocol: 1 (expected: 2)",
        "{\"type\":\"hello\",\"protocol\":-2} | protocol: missing or none (expected: 2)",
        "{\"type\":\"hello\",\"protocol\":99999999999} | protocol: missing or none (expected: 2)",
        "{\"type\":\"hello\",\"protocol\":\"2\"} | protocol: missing or none (expected: 2)"})
    void refusesAHelloThatDoesNotSpeakIt(String hello, String error) {
        assertEquals(error, error(hello));
        assertNull(codec.encode(new ServerMessage.TurnStarted(FIRST)));
    }

    @Test
    void takesAHelloOfALaterProtocolAndAnswersWithItsOwn() throws Exception {
        assertEquals(List.of(new ClientMessage.Hello()), decode("{\"type\":\"hello\",\"protocol\":3,\"features\":[]}"));
        assertTrue(encode(new ServerMessage.Ready()).contains("\"protocol\":2,\"vocabulary\":\"v2\",\"features\":[\"turn-ids\"]"));
    }

    @Test
    void readsWhichTurnIsToBeCancelled() throws Exception {
        decode(HELLO);
        assertEquals(List.of(new ClientMessage.Cancel(TurnId.NONE)), decode("{\"type\":\"cancel\",\"reason\":\"why not\"}"));
        assertEquals(List.of(new ClientMessage.Cancel(new TurnId(7, null))), decode("{\"type\":\"cancel\",\"turn_id\":7}"));
        assertEquals(List.of(new ClientMessage.Cancel(new TurnId(0, "7"))), decode("{\"turn_id\":\"7\",\"type\":\"cancel\"}"));
        assertEquals(List.of(new ClientMessage.Prompt("x")), decode("{\"type\":\"cancel\",\"inputText\":\"x\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "4294967297"})
    void refusesNumbersThatNoTurnHas(String number) throws Exception {
        decode(HELLO);
        assertEquals("turn_id: out of range (expected: a number that the server gave)", error("{\"type\":\"cancel\",\"turn_id\":" + number + "}"));
    }

    @Test
    void refusesATurnsNameThatIsNone() throws Exception {
        decode(HELLO);
        assertEquals("turn_id: a number (expected: a string, the client's own name for the turn)", error("{\"inputText\":\"x\",\"turn_id\":7}"));
        assertEquals("turn_id: 0 characters (expected: 1 to 128)", error("{\"inputText\":\"x\",\"turn_id\":\"\"}"));
        assertEquals("turn_id: 129 characters (expected: 1 to 128)", error("{\"inputText\":\"x\",\"turn_id\":\"" + "y".repeat(129) + "\"}"));
        assertEquals("turn_id: a lone surrogate (expected: whole code points)", error("{\"inputText\":\"x\",\"turn_id\":\"\\ud83d\"}"));
    }

    @Test
    void saysWhatItKnowsWhereItDoesNotKnowAType() throws Exception {
        decode(HELLO);
        assertEquals("type: unknown (expected: cancel, or inputText and no type)", error("{\"type\":\"bogus\"}"));
        assertEquals("inputText: missing or empty (expected: a non-empty string)", error("{}"));
    }

    /** Framings of one's own make prompts too. */
    @Test
    void makesNoPromptThatNoModelWouldTake() {
        for (String text : List.of("", " \n", "x\ud83d", "\ude00 x")) {
            assertThrows(IllegalArgumentException.class, () -> new ClientMessage.Prompt(text), text);
        }
        assertThrows(NullPointerException.class, () -> new ClientMessage.Prompt(null));
        assertThrows(IllegalArgumentException.class, () -> new ClientMessage.Prompt("x", ""));
        assertThrows(IllegalArgumentException.class, () -> new ClientMessage.Prompt("x", "y".repeat(129)));
        assertEquals("😀", new ClientMessage.Prompt("😀", "y".repeat(128)).text());
    }

    @Test
    void ignoresItsOwnMessages() throws Exception {
        decode(HELLO);
        for (String type : List.of("ready", "turn_start", "reasoning", "tool_start", "tool_result", "cancel_ack", "metrics")) {
            assertEquals(List.of(), decode("{\"type\":\"" + type + "\",\"turn_id\":1}"));
        }
        assertEquals(List.of(), decode("{\"error\":\"x\",\"code\":\"busy\",\"turn_id\":1}"));
    }

    @Test
    void saysMoreInTheTerminals() throws Exception {
        decode(HELLO);
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"日\",\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":1,"
                + "\"output_tokens\":2,\"cache_read_input_tokens\":3,\"cache_write_input_tokens\":4},\"turn_id\":1,"
                + "\"client_turn_id\":\"t\\u00E4g \\\"1\\\"\"}",
                encode(new ServerMessage.Complete(FIRST, "日", "max_tokens", new ServerMessage.Usage(1, 2, 3, 4))));
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\",\"stop_reason\":\"end_turn\",\"usage\":null,\"turn_id\":2}",
                encode(new ServerMessage.Complete(SECOND, "", "end_turn", null)));
        assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"x\",\"reason\":\"new_input\",\"turn_id\":2}",
                encode(new ServerMessage.Interrupted(SECOND, Reason.NEW_INPUT, "x")));
        assertEquals("{\"error\":\"x\",\"code\":\"throttled\",\"retryable\":true,\"turn_id\":2}",
                encode(new ServerMessage.Failure(SECOND, ErrorType.THROTTLED, "x")));
        assertEquals("{\"error\":\"x\",\"code\":\"invalid_input\",\"retryable\":false}", encode(new ServerMessage.Failure("x")));
        assertEquals("{\"error\":\"x\",\"code\":\"draining\",\"retryable\":true,\"client_turn_id\":\"mine\"}",
                encode(new ServerMessage.Failure(new TurnId(0, "mine"), ErrorType.DRAINING, "x")));
    }

    /** As the model may not have said it. */
    @Test
    void saysThatAStopReasonIsNotKnown() throws Exception {
        decode(HELLO);
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\",\"stop_reason\":null,\"usage\":null,\"turn_id\":2}",
                encode(new ServerMessage.Complete(SECOND, "", null, null)));
    }

    @Test
    void answersACancel() throws Exception {
        decode(HELLO);
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":true,\"state\":\"idle\",\"turn_id\":2}",
                encode(new ServerMessage.CancelAck(SECOND, true, false)));
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":false,\"state\":\"answering\",\"client_turn_id\":\"no\"}",
                encode(new ServerMessage.CancelAck(new TurnId(0, "no"), false, true)));
    }

    @Test
    void showsToolsAndTimes() throws Exception {
        decode(HELLO);
        assertEquals("{\"type\":\"tool_start\",\"tool_use_id\":\"t1\",\"name\":\"look\\\"up\",\"input\":{\"q\":[1,\"\\u65E5\"]},\"turn_id\":2}",
                encode(new ServerMessage.ToolStarted(SECOND, "t1", "look\"up", "{ \"q\" : [1, \"日\"] }")));
        assertEquals("{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"name\":\"lookup\",\"status\":\"success\",\"content\":\"日\",\"turn_id\":2}",
                encode(new ServerMessage.ToolResulted(SECOND, "t1", "lookup", false, "日")));
        assertTrue(encode(new ServerMessage.ToolResulted(SECOND, "t1", "lookup", true, "")).contains("\"status\":\"error\",\"content\":\"\""));
        assertEquals("{\"type\":\"metrics\",\"ttft_ms\":1.235,\"interrupt_ms\":0.000,\"turn_id\":2}",
                encode(new ServerMessage.Metrics(SECOND, 1_234_567, 0, -1)));
    }

    /** What stands before a text may be long as well. */
    @Test
    void cutsAnInputUpLikeAText() throws Exception {
        decode(HELLO);
        ServerMessage message = new ServerMessage.ToolStarted(SECOND, "t1", "lookup", "{\"q\":\"" + "日".repeat(500) + "\"}");
        Framing.Encoding encoding = codec.encode(message);
        StringBuilder whole = new StringBuilder();
        boolean more = true;
        while (more) {
            ByteBuf out = Unpooled.buffer(0);
            more = encoding.writeTo(out, 64);
            assertTrue(out.isReadable() && out.readableBytes() <= 64, out::toString);
            whole.append(out.toString(StandardCharsets.UTF_8));
        }
        assertEquals(encode(message), whole.toString());
    }

    /** The model may be anyone's. */
    @ParameterizedTest
    @ValueSource(strings = {"", "no", "[1]", "{\"a\":", "{} {}", "{\"a\":1}x"})
    void showsAnInputThatIsNoObjectAsText(String input) throws Exception {
        decode(HELLO);
        assertTrue(encode(new ServerMessage.ToolStarted(SECOND, "t", "n", input))
                .contains(",\"input\":\"" + input.replace("\"", "\\\"") + "\""));
    }

    @Test
    void sendsOnlyWhatWasAskedFor() throws Exception {
        decode("{\"type\":\"hello\",\"protocol\":2,\"features\":[\"voice\",\"reasoning\",[\"tools\"],7]}");
        assertTrue(encode(new ServerMessage.Ready()).contains("\"features\":[\"turn-ids\",\"reasoning\"]"));
        assertEquals("{\"type\":\"reasoning\",\"data\":\"hm\",\"turn_id\":2}", encode(new ServerMessage.Reasoning(SECOND, "hm")));
        assertNull(codec.encode(new ServerMessage.ToolStarted(SECOND, "t", "n", "{}")));
        assertNull(codec.encode(new ServerMessage.ToolResulted(SECOND, "t", "n", false, "")));
        assertNull(codec.encode(new ServerMessage.Metrics(SECOND, 1, 1, 1)));
    }

    @Test
    void countsItsMessagesWithoutAGapWhereAsked() throws Exception {
        decode("{\"type\":\"hello\",\"protocol\":2,\"features\":[\"seq\"]}");
        assertTrue(encode(new ServerMessage.Ready()).endsWith(",\"seq\":1}"));
        assertTrue(encode(new ServerMessage.Chunk(SECOND, "x")).endsWith(",\"turn_id\":2,\"seq\":2}"));
        assertNull(codec.encode(new ServerMessage.Metrics(SECOND, 1, 1, 1)));
        assertTrue(encode(new ServerMessage.Chunk(SECOND, "x")).endsWith(",\"turn_id\":2,\"seq\":3}"));
        assertTrue(encode(new ServerMessage.Failure("x")).endsWith(",\"seq\":4}"));
    }

    /** What a connection is told beside the conversation. */
    private static List<ServerMessage> more(TurnId turn) {
        return List.of(new ServerMessage.Ready(), new ServerMessage.TurnStarted(turn), new ServerMessage.Reasoning(turn, "x"),
                new ServerMessage.ToolStarted(turn, "t", "n", "{}"), new ServerMessage.ToolResulted(turn, "t", "n", false, "x"),
                new ServerMessage.CancelAck(turn, true, false), new ServerMessage.Metrics(turn, 1, 1, 1));
    }

    private static Framing.Codec open(String subprotocol, Duration idleTimeout) {
        return new JsonFraming().open(new Framing.Connection("s-\"1", subprotocol, Limits.DEFAULT, idleTimeout));
    }

    private List<ClientMessage> decode(String message) throws InvalidMessageException {
        List<ClientMessage> decoded = new ArrayList<>();
        codec.decode(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8), true, decoded::add);
        return decoded;
    }

    private String error(String message) {
        return assertThrows(InvalidMessageException.class, () -> decode(message)).getMessage();
    }

    private String encode(ServerMessage message) {
        ByteBuf out = Unpooled.buffer(0);
        codec.encode(message).writeTo(out, 1 << 20);
        return out.toString(StandardCharsets.UTF_8);
    }
}
