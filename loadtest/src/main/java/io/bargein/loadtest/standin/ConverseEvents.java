package io.bargein.loadtest.standin;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/** ConverseStream's events in AWS's event-stream encoding, made by AWS's own library. The only user of that library here. */
final class ConverseEvents {
    private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();

    /** Behind the event's length and its headers'. */
    private static final int PRELUDE_CHECKSUM_AT = 8;

    private ConverseEvents() {}

    static byte[] messageStart() {
        return event("messageStart", "{\"role\":\"assistant\"}");
    }

    static byte[] text(int block, String text) {
        return delta(block, "{\"text\":\"" + quoted(text) + "\"}");
    }

    static byte[] reasoning(int block, String text) {
        return delta(block, "{\"reasoningContent\":{\"text\":\"" + quoted(text) + "\"}}");
    }

    static byte[] signature(int block, String signature) {
        return delta(block, "{\"reasoningContent\":{\"signature\":\"" + quoted(signature) + "\"}}");
    }

    static byte[] toolStart(int block, String id, String name) {
        return event("contentBlockStart", "{\"contentBlockIndex\":" + block + ",\"start\":{\"toolUse\":{\"toolUseId\":\"" + quoted(id)
                + "\",\"name\":\"" + quoted(name) + "\"}}}");
    }

    static byte[] toolInput(int block, String piece) {
        return delta(block, "{\"toolUse\":{\"input\":\"" + quoted(piece) + "\"}}");
    }

    static byte[] blockStop(int block) {
        return event("contentBlockStop", "{\"contentBlockIndex\":" + block + "}");
    }

    static byte[] messageStop(String stopReason) {
        return event("messageStop", "{\"stopReason\":\"" + quoted(stopReason) + "\"}");
    }

    static byte[] metadata(int inputTokens, int outputTokens) {
        return event("metadata", "{\"usage\":{\"inputTokens\":" + inputTokens + ",\"outputTokens\":" + outputTokens
                + ",\"totalTokens\":" + (inputTokens + outputTokens) + "},\"metrics\":{\"latencyMs\":1}}");
    }

    static byte[] exception(String type, String message) {
        return encode(Map.of(
                ":message-type", HeaderValue.fromString("exception"),
                ":exception-type", HeaderValue.fromString(type),
                ":content-type", HeaderValue.fromString("application/json")), "{\"message\":\"" + quoted(message) + "\"}");
    }

    /** The same event with a checksum that is wrong. */
    static byte[] corrupted(byte[] event) {
        byte[] bad = event.clone();
        bad[bad.length - 1] ^= 0x55;
        return bad;
    }

    /** The same event with a prelude whose checksum is wrong. */
    private static byte[] badPrelude(byte[] event) {
        byte[] bad = event.clone();
        bad[PRELUDE_CHECKSUM_AT] ^= 0x55;
        return bad;
    }

    /** The bytes of a fault in the body; none where it is no matter of the body's. */
    static byte[] bad(Fault.Kind kind) {
        return switch (kind) {
            case CHECKSUM -> corrupted(text(0, "more"));
            case PRELUDE -> badPrelude(text(0, "more"));
            case GARBAGE -> "<html>no event, and no end either</html>".repeat(50).getBytes(StandardCharsets.US_ASCII);
            default -> new byte[0];
        };
    }

    private static byte[] delta(int block, String delta) {
        return event("contentBlockDelta", "{\"contentBlockIndex\":" + block + ",\"delta\":" + delta + "}");
    }

    private static byte[] event(String type, String payload) {
        Map<String, HeaderValue> headers = new LinkedHashMap<>();
        headers.put(":event-type", HeaderValue.fromString(type));
        headers.put(":content-type", HeaderValue.fromString("application/json"));
        headers.put(":message-type", HeaderValue.fromString("event"));
        return encode(headers, payload);
    }

    private static byte[] encode(Map<String, HeaderValue> headers, String payload) {
        ByteBuffer encoded = new Message(headers, payload.getBytes(StandardCharsets.UTF_8)).toByteBuffer();
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static String quoted(String text) {
        return new String(JSON.quoteAsString(text));
    }
}
