package io.bargein.loadtest.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

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
    private static final byte[] EMPTY = {};
    private static final int MAX_NUMBER_DIGITS = 8;
    /** How much space a connection keeps for its next answer. */
    private static final int MAX_KEPT_BYTES = 64 << 10;

    private final LoopRecorder recorder;
    /** What is known of the answers to the prompts that have no terminal yet, oldest first. */
    private final Deque<Numbering> open = new ArrayDeque<>(4);
    /** The message at hand, and how long it is. */
    private byte[] message;
    private int length;
    /** The turn's text so far, as it was escaped in its chunks. */
    private byte[] seen = EMPTY;
    private int seenLength;
    /** The number that is to be found next in the turn's text. */
    private int nextNumber;
    private Numbers numbers = Numbers.AS_EXPECTED;
    private String violation;

    /** How the numbers in the turn's text are followed. */
    private enum Numbers {
        /** Each where the usual escapes put it. */
        AS_EXPECTED,
        /** The server escapes in other ways: they are looked at once the text is whole. */
        AT_THE_END,
        /** One was wrong, which has been said. */
        NO_MORE
    }

    /** @param recorder lends the space for the message at hand */
    TurnChecker(LoopRecorder recorder) {
        this.recorder = recorder;
    }

    /** A prompt is sent. */
    void prompted(Numbering numbering) {
        open.add(numbering);
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
        message = recorder.scratch(length);
        payload.getBytes(payload.readerIndex(), message, 0, length);
        if (open.isEmpty()) {
            violation = "a message without a turn: " + text();
        }
        if (startsWith(CHUNK)) {
            return chunk(message, CHUNK.length, length - CHUNK.length - 2);
        }
        if (startsWith(INTERRUPTED)) {
            return terminal(Kind.INTERRUPTED, "partialResponse", INTERRUPTED.length);
        }
        if (startsWith(COMPLETE)) {
            return terminal(Kind.COMPLETE, "fullResponse", COMPLETE.length);
        }
        if (startsWith(ERROR)) {
            over();
            return Kind.ERROR;
        }
        return unusual();
    }

    /** A message with other white space, fields or order than most servers write. */
    private Kind unusual() {
        String type = string(message, length, "type");
        String data = "chunk".equals(type) ? string(message, length, "data") : null;
        if (data != null) {
            byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(data);
            return chunk(escaped, 0, escaped.length);
        }
        if ("interrupted".equals(type)) {
            return terminal(Kind.INTERRUPTED, "partialResponse", length);
        }
        if ("complete".equals(type)) {
            return terminal(Kind.COMPLETE, "fullResponse", length);
        }
        if (string(message, length, "error") == null) {
            violation = "a message of unknown shape: " + text();
        }
        over();
        return Kind.ERROR;
    }

    private Kind chunk(byte[] from, int at, int count) {
        if (seen.length < seenLength + count) {
            seen = Arrays.copyOf(seen, Math.max(Math.max(256, seen.length * 2), seenLength + count));
        }
        System.arraycopy(from, at, seen, seenLength, count);
        seenLength += count;
        Numbering numbering = open.peek();
        if (numbering != null && numbering.bytes() > 0 && numbers == Numbers.AS_EXPECTED) {
            follow(numbering);
        }
        return Kind.CHUNK;
    }

    /** Looks at the numbers that have come since the last look. */
    private void follow(Numbering numbering) {
        for (long at = numbering.start(nextNumber); at < seenLength; at = numbering.start(nextNumber)) {
            int found = 0;
            int i = (int) at;
            while (i < seenLength && i < at + MAX_NUMBER_DIGITS && seen[i] >= '0' && seen[i] <= '9') {
                found = found * 10 + seen[i++] - '0';
            }
            if (i == seenLength) {
                return; // The rest of the number has yet to come.
            }
            if (i == at || seen[i] != ' ' || found != nextNumber) {
                numbers = followUnescaped(numbering, unescapedSeen()) ? Numbers.AT_THE_END : Numbers.NO_MORE;
                return;
            }
            nextNumber++;
        }
    }

    /** The same for text that is not escaped; false if it is not as it should be, which is then a violation. */
    private boolean followUnescaped(Numbering numbering, String text) {
        for (int i = 0; (long) i * numbering.bytes() < text.length(); i++) {
            int at = i * numbering.bytes();
            String expected = i + " ";
            String found = text.substring(at, Math.min(text.length(), at + expected.length()));
            if (!expected.startsWith(found)) {
                violation = "a stale chunk, or a lost one before it: at character " + at + " of the answer is '" + found + "' (expected: '"
                        + expected + "'): " + text();
                return false;
            }
        }
        return true;
    }

    /** @param textStart where its text begins if it is of the usual shape */
    private Kind terminal(Kind kind, String field, int textStart) {
        boolean same = textStart < length && Arrays.equals(message, textStart, length - 2, seen, 0, seenLength);
        if (!same && !unescapedSeen().equals(string(message, length, field))) {
            violation = field + " is not what was sent: " + text() + "; sent was: " + shortened(unescapedSeen());
        } else if (numbers == Numbers.AT_THE_END) {
            followUnescaped(open.peek(), unescapedSeen());
        }
        over();
        return kind;
    }

    private void over() {
        open.poll();
        seenLength = 0;
        nextNumber = 0;
        numbers = Numbers.AS_EXPECTED;
        if (seen.length > MAX_KEPT_BYTES) {
            seen = EMPTY;
        }
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

    /** The text of one of the message's own fields; null if there is none, or no JSON. */
    private static String string(byte[] json, int length, String field) {
        try (JsonParser parser = JSON.createParser(json, 0, length)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth == 1 && token == JsonToken.VALUE_STRING && field.equals(parser.currentName())) {
                    return parser.getText();
                }
            }
        } catch (IOException e) {
            return null;
        }
        return null;
    }

    private boolean startsWith(byte[] prefix) {
        return length >= prefix.length + 2 && Arrays.equals(message, 0, prefix.length, prefix, 0, prefix.length);
    }

    private String text() {
        return shortened(new String(message, 0, length, StandardCharsets.UTF_8));
    }

    private static String shortened(String text) {
        return text.length() <= 500 ? text : text.substring(0, 500) + "…";
    }

    private static byte[] ascii(String s) {
        return s.getBytes(StandardCharsets.US_ASCII);
    }
}
