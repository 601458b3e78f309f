package io.bargein.loadtest.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Judges what one connection is sent: one terminal for each prompt, no chunk without a turn, and terminals that say what was sent. Messages of
 * the usual shape are scanned, not parsed; others are parsed.
 */
final class TurnChecker {

    /** What a message is. */
    enum Kind {
        CHUNK,
        COMPLETE,
        INTERRUPTED,
        ERROR
    }

    private static final byte[] CHUNK = ascii("{\"type\":\"chunk\",\"data\":\"");
    private static final byte[] COMPLETE = ascii("{\"type\":\"complete\",\"fullResponse\":\"");
    private static final byte[] INTERRUPTED = ascii("{\"type\":\"interrupted\",\"partialResponse\":\"");
    private static final byte[] ERROR = ascii("{\"error\":\"");
    private static final JsonFactory JSON = new JsonFactory();

    private final boolean numbered;
    /** The message at hand, and how long it is. */
    private byte[] message = new byte[256];
    private int length;
    /** The turn's text so far, as it was escaped in its chunks. */
    private byte[] seen = new byte[256];
    private int seenLength;
    private int openTurns;
    private String violation;

    /** @param numbered whether each answer's text begins with "0 ", as the answers to {@code sim} prompts do */
    TurnChecker(boolean numbered) {
        this.numbered = numbered;
    }

    /** A prompt is sent. */
    void prompted() {
        openTurns++;
    }

    /** How many prompts have no terminal yet. */
    int openTurns() {
        return openTurns;
    }

    /** How much text the turn at hand has had, in bytes as escaped. */
    int seenBytes() {
        return seenLength;
    }

    /** What was wrong with the last message, or null; asking forgets it. */
    String takeViolation() {
        String taken = violation;
        violation = null;
        return taken;
    }

    /** Takes a message in. */
    Kind received(ByteBuf payload) {
        length = payload.readableBytes();
        if (message.length < length) {
            message = new byte[Integer.highestOneBit(length) * 2];
        }
        payload.getBytes(payload.readerIndex(), message, 0, length);
        if (openTurns == 0) {
            violation = "a message without a turn: " + text(0, length);
        }
        if (startsWith(CHUNK)) {
            return chunk();
        }
        if (startsWith(INTERRUPTED)) {
            terminal("partialResponse", INTERRUPTED.length);
            return Kind.INTERRUPTED;
        }
        if (startsWith(COMPLETE)) {
            terminal("fullResponse", COMPLETE.length);
            return Kind.COMPLETE;
        }
        if (!startsWith(ERROR)) {
            violation = "a message of unknown shape: " + text(0, length);
        }
        over();
        return Kind.ERROR;
    }

    private Kind chunk() {
        int count = length - CHUNK.length - 2;
        if (seen.length < seenLength + count) {
            seen = Arrays.copyOf(seen, Math.max(seen.length * 2, seenLength + count));
        }
        System.arraycopy(message, CHUNK.length, seen, seenLength, count);
        seenLength += count;
        if (numbered && seenLength == count && (count < 2 || seen[0] != '0' || seen[1] != ' ')) {
            violation = "a stale chunk, or a lost one before it: " + text(0, length);
        }
        return Kind.CHUNK;
    }

    private void terminal(String field, int textStart) {
        boolean same = Arrays.equals(message, textStart, Math.max(textStart, length - 2), seen, 0, seenLength);
        if (!same && !unescaped(field).equals(unescapedSeen())) {
            violation = field + " is not what was sent: " + text(0, length) + "; sent was: " + unescapedSeen();
        }
        over();
    }

    private void over() {
        seenLength = 0;
        openTurns = Math.max(0, openTurns - 1);
    }

    private String unescaped(String field) {
        return string(message, length, field);
    }

    /** Chunks and terminals may escape differently; what they say must be the same. */
    private String unescapedSeen() {
        byte[] json = new byte[seenLength + 8];
        byte[] head = ascii("{\"t\":\"");
        System.arraycopy(head, 0, json, 0, head.length);
        System.arraycopy(seen, 0, json, head.length, seenLength);
        json[head.length + seenLength] = '"';
        json[head.length + seenLength + 1] = '}';
        return string(json, json.length, "t");
    }

    private static String string(byte[] json, int length, String field) {
        try (JsonParser parser = JSON.createParser(json, 0, length)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_STRING && field.equals(parser.currentName())) {
                    return parser.getText();
                }
            }
        } catch (IOException e) {
            return "no JSON: " + e.getMessage();
        }
        return "no " + field;
    }

    private boolean startsWith(byte[] prefix) {
        return length >= prefix.length + 2 && Arrays.equals(message, 0, prefix.length, prefix, 0, prefix.length);
    }

    private String text(int from, int to) {
        String text = new String(message, from, to - from, StandardCharsets.UTF_8);
        return text.length() <= 500 ? text : text.substring(0, 500) + "…";
    }

    private static byte[] ascii(String s) {
        return s.getBytes(StandardCharsets.US_ASCII);
    }
}
