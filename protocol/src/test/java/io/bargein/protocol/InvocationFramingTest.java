package io.bargein.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InvocationFramingTest {
    private final InvocationFraming framing = new InvocationFraming(Limits.DEFAULT);

    @ParameterizedTest
    @MethodSource("bodies")
    void readsTheGoldenBodies(String body, String expected) {
        assertEquals(expected, read(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)));
    }

    static Stream<String[]> bodies() throws IOException {
        try (InputStream in = InvocationFramingTest.class.getResourceAsStream("/golden/invocation.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", 2));
        }
    }

    @Test
    void tellsABadEncodingFromBadJson() {
        assertEquals("ENCODING message: invalid UTF-8 at byte 11 (expected: RFC 3629)",
                read(Unpooled.wrappedBuffer("{\"prompt\":\"".getBytes(StandardCharsets.UTF_8), new byte[] {(byte) 0xC0, (byte) 0x80})));
        assertEquals("ENCODING message: invalid UTF-8 at its end (expected: RFC 3629)",
                read(Unpooled.wrappedBuffer(new byte[] {'{', (byte) 0xE3, (byte) 0x81})));
        assertEquals("SYNTAX message: a byte order mark (expected: a JSON object)",
                read(Unpooled.copiedBuffer("\uFEFF{\"prompt\":\"x\"}", StandardCharsets.UTF_8)));
    }

    @Test
    void measuresATextInBytesOfUtf8HoweverLongTheBody() {
        InvocationFraming small = new InvocationFraming(new Limits(10 << 20, 12, 32_000, 16));
        String rest = ",\"x\":\"" + "y".repeat(2 << 20) + "\"}";
        assertEquals("prompt 日本語の", read(small, Unpooled.copiedBuffer("{\"prompt\":\"日本語の\"" + rest, StandardCharsets.UTF_8)));
        assertEquals("CONTENT prompt: 13 bytes (expected: at most 12)",
                read(small, Unpooled.copiedBuffer("{\"prompt\":\"日本語のx\"" + rest, StandardCharsets.UTF_8)));
    }

    /** To find a key twice, all keys are kept: so many are not. */
    @Test
    void refusesMoreKeysThanItKeepsInMind() {
        assertEquals("prompt x", read(keys((1 << 14) - 1)));
        assertEquals("CONTENT message: over 16384 keys (expected: at most that)", read(keys(1 << 14)));
        StringBuilder closed = new StringBuilder("{\"l\":[");
        for (int i = 0; i < 1 << 14; i++) {
            closed.append(i == 0 ? "" : ",").append("{\"k\":1}");
        }
        assertEquals("prompt x", read(Unpooled.copiedBuffer(closed + "]," + "\"prompt\":\"x\"}", StandardCharsets.UTF_8)));
    }

    /** Contract C24 without the blanks, and the answer's three shapes. */
    @Test
    void writesTheJsonAnswer() {
        assertEquals("{\"response\":\"a\\\"b\\n日😀\",\"stop_reason\":\"end_turn\",\"usage\":null}",
                answer(new ServerMessage.Complete("a\"b\n日😀")));
        assertEquals("{\"response\":\"\",\"stop_reason\":\"max_\\\"tokens\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4000000000,"
                + "\"cache_read_input_tokens\":5,\"cache_write_input_tokens\":6}}",
                answer(new ServerMessage.Complete(TurnId.NONE, "", "max_\"tokens", new ServerMessage.Usage(3, 4_000_000_000L, 5, 6))));
        assertEquals("{\"response\":\"\",\"stop_reason\":null,\"usage\":null}",
                answer(new ServerMessage.Complete(TurnId.NONE, "", null, null)));
        assertEquals("{\"response\":\"Once\",\"stop_reason\":\"interrupted\",\"usage\":null}", answer(new ServerMessage.Interrupted("Once")));
        assertEquals("{\"error\":\"model: \\\"no\\\"\"}", answer(new ServerMessage.Failure(ErrorType.UNAVAILABLE, "model: \"no\"")));
    }

    /** Contract C27 to C29. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "chunk | Hello, world! | data: {\"type\":\"chunk\",\"data\":\"Hello, world!\"}",
        "chunk | a\\nb\\tc | data: {\"type\":\"chunk\",\"data\":\"a\\nb\\tc\"}",
        "complete | whole | data: {\"type\":\"complete\",\"fullResponse\":\"whole\"}",
        "interrupted | ~~ | data: {\"type\":\"interrupted\",\"partialResponse\":\"\"}",
        "error | no | data: {\"error\":\"no\",\"error_type\":\"model_failed\",\"message\":\"An error occurred during streaming\"}"})
    void writesTheItemsOfTheEventStream(String kind, String text, String expected) {
        String unescaped = text.replace("\\n", "\n").replace("\\t", "\t");
        ServerMessage message = switch (kind) {
            case "chunk" -> new ServerMessage.Chunk(unescaped);
            case "complete" -> new ServerMessage.Complete(unescaped);
            case "interrupted" -> new ServerMessage.Interrupted(unescaped);
            default -> new ServerMessage.Failure(ErrorType.MODEL_FAILED, unescaped);
        };
        assertEquals(expected + "\n\n", write(InvocationFraming.event(message), 32_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 100, 1_000, 65_536})
    void writesThePiecesOfALongAnswerToItsLength(int pieceBytes) {
        String text = "é\"\n\u0001😀x".repeat(500);
        InvocationFraming.Body body = InvocationFraming.answer(new ServerMessage.Complete(TurnId.NONE, text, "e".repeat(300), null));
        String written = write(body.encoding(), pieceBytes);
        assertEquals(body.length(), written.getBytes(StandardCharsets.UTF_8).length);
        assertEquals(answer(new ServerMessage.Complete(TurnId.NONE, text, "e".repeat(300), null)), written);
    }

    private static ByteBuf keys(int others) {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < others; i++) {
            body.append("\"k").append(i).append("\":1,");
        }
        return Unpooled.copiedBuffer(body + "\"prompt\":\"x\"}", StandardCharsets.UTF_8);
    }

    private static String answer(ServerMessage terminal) {
        InvocationFraming.Body body = InvocationFraming.answer(terminal);
        String written = write(body.encoding(), 32_000);
        assertEquals(body.length(), written.getBytes(StandardCharsets.UTF_8).length);
        return written;
    }

    private static String write(Framing.Encoding encoding, int pieceBytes) {
        ByteBuf out = Unpooled.buffer(0);
        try {
            boolean more = true;
            while (more) {
                int before = out.writerIndex();
                more = encoding.writeTo(out, pieceBytes);
                int written = out.writerIndex() - before;
                assertEquals(true, written > 0 && written <= pieceBytes, written + " bytes");
            }
            return out.toString(StandardCharsets.UTF_8);
        } finally {
            out.release();
        }
    }

    private String read(ByteBuf body) {
        return read(framing, body);
    }

    private static String read(InvocationFraming framing, ByteBuf body) {
        try {
            return "prompt " + framing.decode(body).text();
        } catch (InvalidMessageException e) {
            return e.kind() + " " + e.getMessage();
        } finally {
            body.release();
        }
    }
}
