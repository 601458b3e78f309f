package io.bargein.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFramingTest {
    private final Framing.Codec framing = open(Limits.DEFAULT);

    @ParameterizedTest
    @MethodSource("decodeCases")
    void readsTheGoldenMessagesHoweverTheyAreCutUp(String message, String expected) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        assertEquals(expected, read(Unpooled.wrappedBuffer(bytes)), "whole, on the heap");
        assertEquals(expected, read(UnpooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes)), "whole, off the heap");
        assertEquals(expected, read(cutUp(bytes, 1)), "byte by byte");
        assertEquals(expected, read(cutUp(bytes, 7)), "seven bytes at a time");
        assertEquals(expected, read(Unpooled.wrappedBuffer(new byte[] {'x', 'y'}, bytes).skipBytes(2)), "behind other bytes");
    }

    @ParameterizedTest
    @MethodSource("encodeCases")
    void writesTheGoldenFrames(String kind, String text, String expected) {
        ByteBuf out = Unpooled.buffer(0);
        assertFalse(framing.encode(message(kind, text)).writeTo(out, 32_000));
        assertEquals(expected, out.toString(StandardCharsets.UTF_8));
        out.release();
    }

    static Stream<String[]> decodeCases() throws IOException {
        return golden("decode.tsv").map(line -> line.split("\t", 2));
    }

    static Stream<String[]> encodeCases() throws IOException {
        return golden("encode.tsv").map(line -> {
            String[] cells = line.split("\t", -1);
            return new String[] {cells[0], unescape(cells[1]), cells[2]};
        });
    }

    @Test
    void refusesInvalidUtf8AndSaysWhere() {
        byte[][] bad = {{(byte) 0xC0, (byte) 0x80}, {(byte) 0xE0, (byte) 0x80, (byte) 0x80}, {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
            {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, {(byte) 0xF8}, {(byte) 0x80}, {(byte) 0xFF}, {(byte) 0xE3, (byte) 0x81, 'x'}};
        for (byte[] bytes : bad) {
            byte[] message = join("{\"inputText\":\"".getBytes(StandardCharsets.UTF_8), bytes, "\"}".getBytes(StandardCharsets.UTF_8));
            assertTrue(read(Unpooled.wrappedBuffer(message)).startsWith("error message: invalid UTF-8 at byte 1"));
            assertTrue(read(cutUp(message, 1)).startsWith("error message: invalid UTF-8 at byte 1"));
        }
        assertEquals("error message: invalid UTF-8 at its end (expected: RFC 3629)",
                read(Unpooled.wrappedBuffer(new byte[] {'{', (byte) 0xE3, (byte) 0x81})));
    }

    @Test
    void refusesOtherEncodings() {
        for (Charset other : new Charset[] {StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE}) {
            assertTrue(read(Unpooled.copiedBuffer("{\"inputText\":\"x\"}", other)).startsWith("error message: malformed at byte "));
        }
    }

    @Test
    void refusesAByteOrderMark() {
        assertEquals("error message: a byte order mark (expected: a JSON object)",
                read(Unpooled.copiedBuffer("\uFEFF{\"inputText\":\"x\"}", StandardCharsets.UTF_8)));
    }

    @Test
    void refusesNestingPastItsLimitAndTakesItUpToThere() {
        assertEquals("prompt x", read(nested(31)));
        assertEquals("error message: nested over 32 levels (expected: at most that)", read(nested(32)));
        assertEquals("error message: nested over 32 levels (expected: at most that)", read(nested(100_000)));
    }

    @Test
    void measuresATextInBytesOfUtf8() {
        Framing.Codec small = open(new Limits(1 << 10, 12, 32_000, 16));
        assertEquals("prompt 日本語の", read(small, "{\"inputText\":\"日本語の\"}"));
        assertEquals("error inputText: 13 bytes (expected: at most 12)", read(small, "{\"inputText\":\"日本語のx\"}"));
        assertEquals("error inputText: 13 bytes (expected: at most 12)", read(small, "{\"inputText\":\"\\u65e5本語のx\"}"));
    }

    @Test
    void refusesNamesAndNumbersOfAbsurdLength() {
        String error = "error message: a name or number too long (expected: up to 1024 characters)";
        assertEquals(error, read(framing, "{\"inputText\":\"x\",\"" + "n".repeat(2_000) + "\":1}"));
        assertEquals(error, read(framing, "{\"inputText\":\"x\",\"n\":" + "1".repeat(2_000) + "}"));
    }

    @Test
    void takesAPromptAsLongAsAMessageMayBe() {
        String text = "é".repeat((Limits.DEFAULT_MAX_MESSAGE_BYTES - 16) / 2);
        assertEquals("prompt " + text, read(framing, "{\"inputText\":\"" + text + "\"}"));
    }

    @Test
    void neverQuotesThePeersText() {
        String secret = "s3cret-" + "x".repeat(100);
        for (String message : new String[] {"{\"inputText\":\"" + secret, "{\"" + secret + "\":1,\"" + secret + "\":2}", secret}) {
            assertFalse(read(framing, message).contains("s3cret"));
        }
    }

    @Test
    void leavesTheBufferAsItWas() throws InvalidMessageException {
        ByteBuf message = Unpooled.copiedBuffer("..{\"inputText\":\"x\"}", StandardCharsets.UTF_8).skipBytes(2);
        framing.decode(message, true, read -> { });
        assertEquals(2, message.readerIndex());
        assertEquals(1, message.refCnt());
        message.release();
    }

    /** Fragments end where code points and escapes do, and hold no more than they may. */
    @ParameterizedTest
    @ValueSource(ints = {64, 65, 66, 67, 100, 125, 126, 1_000, 65_535, 65_536})
    void writesFragmentsOfWholeCodePoints(int maxBytes) throws IOException {
        Random random = new Random(maxBytes);
        for (int round = 0; round < 40; round++) {
            String text = randomText(random, random.nextInt(4 * maxBytes + 20));
            Framing.Encoding encoding = framing.encode(new ServerMessage.Complete(text));
            StringBuilder whole = new StringBuilder();
            boolean more = true;
            while (more) {
                ByteBuf out = Unpooled.buffer(0);
                more = encoding.writeTo(out, maxBytes);
                assertTrue(out.readableBytes() <= maxBytes && out.isReadable());
                String fragment = out.toString(StandardCharsets.UTF_8);
                assertFalse(fragment.indexOf('\uFFFD') >= 0 && text.indexOf('\uFFFD') < 0, "a code point was cut");
                whole.append(fragment);
                out.release();
            }
            assertEquals(text, fullResponse(whole.toString()));
        }
    }

    /** C87. */
    @Test
    void unwrapsAConnectionsFirstMessageAndNoOther() {
        String wrapped = "{\"body\":\"{\\\"inputText\\\":\\\"日\\\\u65e5\\\"}\",\"headers\":{}}";
        Framing.Codec connection = open(Limits.DEFAULT);
        assertEquals("prompt 日日", read(connection, wrapped));
        String error = "error inputText: missing or empty (expected: a non-empty string)";
        assertEquals(error, read(connection, wrapped));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{\"body\":\"{}\"} | inputText: missing or empty (expected: a non-empty string)",
        "{\"body\":{\"inputText\":\"x\"}} | inputText: missing or empty (expected: a non-empty string)",
        "{\"body\":\"hello\"} | message: malformed at byte 0 (expected: a JSON object)",
        "{\"body\":\"\"} | message: empty (expected: a JSON object)",
        "{\"body\":\"\\ud83d\"} | body: a lone surrogate (expected: whole code points)",
        "{\"body\":\"{\\\"inputText\\\":5}\"} | inputText: a number (expected: a non-empty string)",
        "{\"body\":\"{\\\"body\\\":\\\"{}\\\"}\"} | inputText: missing or empty (expected: a non-empty string)"})
    void refusesAWrappedMessageThatIsNone(String message, String expected) {
        assertEquals("error " + expected, read(open(Limits.DEFAULT), message));
    }

    @Test
    void takesAPromptBeforeABodyBesideIt() {
        assertEquals("prompt x",
                read(open(Limits.DEFAULT), "{\"body\":\"{\\\"inputText\\\":\\\"y\\\"}\",\"inputText\":\"x\"}"));
        assertEquals("echo",
                read(open(Limits.DEFAULT), "{\"body\":\"{\\\"type\\\":\\\"chunk\\\"}\"}"));
    }

    private static String fullResponse(String json) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != JsonToken.FIELD_NAME || !parser.currentName().equals("fullResponse")) {
                assertTrue(parser.currentToken() != null);
            }
            parser.nextToken();
            String text = parser.getText();
            assertEquals(JsonToken.END_OBJECT, parser.nextToken());
            assertEquals(null, parser.nextToken());
            return text;
        }
    }

    /** Of all lengths in UTF-8 and of all escapes, without lone surrogates. */
    private static String randomText(Random random, int codePoints) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < codePoints; i++) {
            switch (random.nextInt(6)) {
                case 0 -> text.append((char) random.nextInt(0x20));
                case 1 -> text.append("\"\\/".charAt(random.nextInt(3)));
                case 2 -> text.append((char) (0x80 + random.nextInt(0x700)));
                case 3 -> text.append((char) (0x3040 + random.nextInt(0x60)));
                case 4 -> text.appendCodePoint(0x1F600 + random.nextInt(0x40));
                default -> text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }

    private static Framing.Codec open(Limits limits) {
        return new JsonFraming().open(new Framing.Connection("s", null, limits, Duration.ZERO));
    }

    private String read(ByteBuf message) {
        try {
            return read(framing, message);
        } finally {
            message.release();
        }
    }

    private static String read(Framing.Codec framing, String message) {
        return read(framing, Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
    }

    private static String read(Framing.Codec framing, ByteBuf message) {
        try {
            List<ClientMessage> read = new ArrayList<>();
            framing.decode(message, true, read::add);
            return read.isEmpty() ? "echo" : "prompt " + ((ClientMessage.Prompt) read.get(0)).text();
        } catch (InvalidMessageException e) {
            return "error " + e.getMessage();
        }
    }

    private static ServerMessage message(String kind, String text) {
        return switch (kind) {
            case "chunk" -> new ServerMessage.Chunk(text);
            case "complete" -> new ServerMessage.Complete(text);
            case "interrupted" -> new ServerMessage.Interrupted(text);
            default -> new ServerMessage.Failure(text);
        };
    }

    private static ByteBuf cutUp(byte[] bytes, int length) {
        CompositeByteBuf components = Unpooled.compositeBuffer(Integer.MAX_VALUE);
        for (int i = 0; i < bytes.length; i += length) {
            components.addComponent(true, Unpooled.copiedBuffer(bytes, i, Math.min(length, bytes.length - i)));
        }
        return components;
    }

    private static ByteBuf nested(int arrays) {
        return Unpooled.copiedBuffer("{\"x\":" + "[".repeat(arrays) + "]".repeat(arrays) + ",\"inputText\":\"x\"}", StandardCharsets.UTF_8);
    }

    private static byte[] join(byte[]... parts) {
        ByteBuf all = Unpooled.wrappedBuffer(parts);
        byte[] joined = new byte[all.readableBytes()];
        all.readBytes(joined).release();
        return joined;
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\u", i)) {
                out.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
                i += 5;
            } else if (text.charAt(i) == '\\') {
                int which = "bfnrt\\".indexOf(text.charAt(++i));
                out.append("\b\f\n\r\t\\".charAt(which));
            } else {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }

    private static Stream<String> golden(String file) throws IOException {
        try (InputStream in = JsonFramingTest.class.getResourceAsStream("/golden/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"));
        }
    }
}
