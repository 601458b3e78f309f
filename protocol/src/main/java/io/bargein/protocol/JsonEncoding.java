package io.bargein.protocol;

import com.fasterxml.jackson.core.io.CharTypes;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;

/**
 * One server message as JSON: a head, one text, a tail. Head and tail are ASCII, so that they may be cut anywhere. Written by hand because it is the hot path; the escapes are jackson-core's
 * (docs/decisions.md has the measurement).
 */
final class JsonEncoding implements Framing.Encoding {
    static final byte[] CHUNK = ascii("{\"type\":\"chunk\",\"data\":\"");
    static final byte[] COMPLETE = ascii("{\"type\":\"complete\",\"fullResponse\":\"");
    static final byte[] INTERRUPTED = ascii("{\"type\":\"interrupted\",\"partialResponse\":\"");
    static final byte[] FAILURE = ascii("{\"error\":\"");
    static final byte[] TAIL = ascii("\"}");

    private static final byte[] HEX = ascii("0123456789ABCDEF");
    /** By character below 128: 0 stands for itself, a positive one is a short escape's letter, a negative one is a long escape. */
    private static final int[] ESCAPES = CharTypes.get7BitOutputEscapes();
    /** The longest that one code point can become: a long escape. */
    private static final int LONGEST = 6;

    /** Where text becomes bytes, before they are copied to where they are to go in one piece. */
    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[8 << 10];
        }
    };

    private final byte[] head;
    private final String text;
    private final byte[] tail;
    /** Up to where the head is written. */
    private int headAt;
    /** Up to where the text is written. */
    private int at;
    /** Up to where the tail is written. */
    private int tailAt;

    JsonEncoding(byte[] head, String text) {
        this(head, text, TAIL);
    }

    JsonEncoding(byte[] head, String text, byte[] tail) {
        this.head = head;
        this.text = text;
        this.tail = tail;
    }

    /** How many bytes the whole of it takes; to be asked before the first is written. */
    long length() {
        long length = head.length + (long) tail.length;
        for (int in = 0; in < text.length(); in += isPair(text, in) ? 2 : 1) {
            length += sizeOf(text, in);
        }
        return length;
    }

    @Override
    public boolean writeTo(ByteBuf out, int maxBytes) {
        int room = maxBytes;
        if (headAt < head.length) {
            int part = Math.min(room, head.length - headAt);
            out.writeBytes(head, headAt, part);
            headAt += part;
            room -= part;
            if (headAt < head.length) {
                return true;
            }
        }
        byte[] scratch = SCRATCH.get();
        while (at < text.length()) {
            int filled = fill(scratch, Math.min(room, scratch.length));
            if (filled == 0) {
                return true;
            }
            out.writeBytes(scratch, 0, filled);
            room -= filled;
        }
        if (room < tail.length && tail.length <= maxBytes) {
            return true;
        }
        int rest = Math.min(room, tail.length - tailAt);
        out.writeBytes(tail, tailAt, rest);
        tailAt += rest;
        return tailAt < tail.length;
    }

    /** Writes text, as long as whole code points fit, and returns how many bytes that took. */
    private int fill(byte[] to, int limit) {
        String from = text;
        int length = from.length();
        int in = at;
        int out = 0;
        // While even the longest fits, nothing has to be measured first.
        while (in < length && out + LONGEST <= limit) {
            char c = from.charAt(in);
            if (c < 0x80 && ESCAPES[c] == 0) {
                to[out++] = (byte) c;
                in++;
            } else {
                out = writeSpecial(from, in, to, out);
                in += isPair(from, in) ? 2 : 1;
            }
        }
        while (in < length && out + sizeOf(from, in) <= limit) {
            out = writeSpecial(from, in, to, out);
            in += isPair(from, in) ? 2 : 1;
        }
        at = in;
        return out;
    }

    private static int sizeOf(String from, int in) {
        char c = from.charAt(in);
        if (c < 0x80) {
            return ESCAPES[c] == 0 ? 1 : ESCAPES[c] > 0 ? 2 : LONGEST;
        }
        return c < 0x800 ? 2 : isPair(from, in) ? 4 : 3;
    }

    /** Writes the code point at {@code in}, whatever it is, and returns the index behind it. */
    private static int writeSpecial(String from, int in, byte[] to, int start) {
        int out = start;
        char c = from.charAt(in);
        if (c < 0x80) {
            int escape = ESCAPES[c];
            if (escape == 0) {
                to[out++] = (byte) c;
            } else {
                to[out++] = '\\';
                if (escape > 0) {
                    to[out++] = (byte) escape;
                } else {
                    to[out++] = 'u';
                    to[out++] = '0';
                    to[out++] = '0';
                    to[out++] = HEX[c >> 4];
                    to[out++] = HEX[c & 0xF];
                }
            }
        } else if (c < 0x800) {
            to[out++] = (byte) (0xC0 | c >> 6);
            to[out++] = (byte) (0x80 | c & 0x3F);
        } else if (isPair(from, in)) {
            int codePoint = Character.toCodePoint(c, from.charAt(in + 1));
            to[out++] = (byte) (0xF0 | codePoint >> 18);
            to[out++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
            to[out++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            to[out++] = (byte) (0x80 | codePoint & 0x3F);
        } else {
            char whole = Character.isSurrogate(c) ? '\uFFFD' : c;
            to[out++] = (byte) (0xE0 | whole >> 12);
            to[out++] = (byte) (0x80 | whole >> 6 & 0x3F);
            to[out++] = (byte) (0x80 | whole & 0x3F);
        }
        return out;
    }

    private static boolean isPair(String from, int in) {
        return Character.isHighSurrogate(from.charAt(in)) && in + 1 < from.length()
                && Character.isLowSurrogate(from.charAt(in + 1));
    }

    /** What tokens were used, as an object, or {@code null}. */
    static String usage(ServerMessage.Usage usage) {
        return usage == null ? "null" : "{\"input_tokens\":" + usage.inputTokens() + ",\"output_tokens\":" + usage.outputTokens()
                + ",\"cache_read_input_tokens\":" + usage.cacheReadInputTokens()
                + ",\"cache_write_input_tokens\":" + usage.cacheWriteInputTokens() + "}";
    }

    /** A string's inside, with all that is not ASCII escaped. */
    static String quoted(String s) {
        char[] escaped = JsonStringEncoder.getInstance().quoteAsString(s);
        StringBuilder ascii = new StringBuilder(escaped.length);
        for (char c : escaped) {
            if (c < 0x80) {
                ascii.append(c);
            } else {
                ascii.append(String.format("\\u%04X", (int) c));
            }
        }
        return ascii.toString();
    }

    /** A string, or {@code null} for what a model of anyone's may not have said. */
    static String quotedOrNull(String s) {
        return s == null ? "null" : "\"" + quoted(s) + "\"";
    }

    static byte[] ascii(String s) {
        return s.getBytes(StandardCharsets.US_ASCII);
    }
}
