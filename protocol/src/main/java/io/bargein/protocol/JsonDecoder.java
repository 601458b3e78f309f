package io.bargein.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.bargein.protocol.InvalidMessageException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads client messages, by jackson-core's parser, straight from the components of a buffer. */
final class JsonDecoder {
    /** What {@code type} says in messages of ours, those of later protocol versions too. */
    private static final Set<String> OWN_TYPES = Set.of("chunk", "complete", "interrupted", "ready", "turn_start", "reasoning",
            "tool_start", "tool_result", "cancel_ack", "metrics");
    private static final int MAX_NAME_CHARS = 1 << 10;
    private static final int MAX_NUMBER_CHARS = 1 << 10;

    /** How many keys the objects may have that are open at a time: to find one twice, all of them are kept. */
    private static final int MAX_KEYS = 1 << 14;

    /**
     * One for all: it holds tables of names, some 3 KiB. How long a message and its strings may be is no business of its: the message is there, and
     * the limits are checked by name. What clients call their fields does not go into the JVM's own table of strings.
     */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    // Ours is found first, by name.
                    .maxNestingDepth(Limits.MAX_DEPTH + 1)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(MAX_NAME_CHARS)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    /** What a prompt's text is called in a WebSocket message. */
    static final List<String> MESSAGE = List.of("inputText");
    /** What it may be called in the body of an invocation. */
    static final List<String> INVOCATION = List.of("inputText", "prompt");

    private final Limits limits;
    private final List<String> textNames;

    JsonDecoder(Limits limits, List<String> textNames) {
        this.limits = limits;
        this.textNames = textNames;
    }

    /** Reads a WebSocket message. @param mayBeWrapped whether it may come as {@code {"body":"<json>"}} (contract C87) */
    Fields message(ByteBuf message, boolean mayBeWrapped) throws InvalidMessageException {
        Fields fields = decode(message, mayBeWrapped);
        if (fields.body == null || fields.text != null || fields.isEcho()) {
            return fields;
        }
        checkSurrogates("body", fields.body);
        return decode(Unpooled.wrappedBuffer(fields.body.getBytes(StandardCharsets.UTF_8)), false);
    }

    /** Reads what can be nothing but a prompt. */
    ClientMessage.Prompt prompt(ByteBuf message) throws InvalidMessageException {
        return prompt(decode(message, false), null);
    }

    private Fields decode(ByteBuf message, boolean mayBeWrapped) throws InvalidMessageException {
        checkUtf8(message);
        if (message.isReadable(3) && message.getUnsignedMedium(message.readerIndex()) == 0xEFBBBF) {
            throw malformed("message: a byte order mark (expected: a JSON object)");
        }
        try (JsonParser parser = FACTORY.createParser((InputStream) new ByteBufInputStream(message.duplicate()))) {
            return read(new Tokens(parser), mayBeWrapped);
        } catch (JsonEOFException e) {
            throw malformed("message: cut short (expected: a whole JSON object)");
        } catch (StreamConstraintsException e) {
            throw invalid("message: a name or number too long (expected: up to " + MAX_NAME_CHARS + " characters)");
        } catch (StreamReadException e) {
            throw malformed("message: malformed at byte " + e.getLocation().getByteOffset() + " (expected: a JSON object)");
        } catch (IOException e) {
            // Nothing but the parser itself reads or fails here: the bytes are in memory.
            throw new UncheckedIOException(e);
        }
    }

    private static void checkUtf8(ByteBuf message) throws InvalidMessageException {
        Utf8Validator utf8 = new Utf8Validator();
        int bad = message.forEachByte(utf8);
        if (bad >= 0 && message.getByte(bad) == 0) {
            throw malformed("message: malformed at byte " + (bad - message.readerIndex()) + " (expected: a JSON object)");
        }
        if (bad >= 0) {
            throw new InvalidMessageException(Kind.ENCODING,
                    "message: invalid UTF-8 at byte " + (bad - message.readerIndex()) + " (expected: RFC 3629)");
        }
        if (!utf8.atBoundary()) {
            throw new InvalidMessageException(Kind.ENCODING, "message: invalid UTF-8 at its end (expected: RFC 3629)");
        }
    }

    private Fields read(Tokens tokens, boolean mayBeWrapped) throws IOException, InvalidMessageException {
        JsonToken first = tokens.next();
        if (first == null) {
            throw malformed("message: empty (expected: a JSON object)");
        }
        if (first != JsonToken.START_OBJECT) {
            throw invalid("message: " + kind(first) + " (expected: a JSON object)");
        }
        Fields fields = new Fields();
        for (JsonToken token = tokens.next(); token != JsonToken.END_OBJECT || tokens.depth() > 0; token = tokens.next()) {
            if (token != JsonToken.FIELD_NAME || tokens.depth() != 1) {
                continue;
            }
            String name = tokens.text();
            JsonToken value = tokens.next();
            if (textNames.contains(name)) {
                text(fields, name, value, tokens);
            } else if (value == JsonToken.VALUE_STRING) {
                switch (name) {
                    case "type" -> fields.type = tokens.text();
                    case "error" -> fields.error = true;
                    case "body" -> fields.body = mayBeWrapped ? tokens.text() : null;
                    case "turn_id" -> fields.turnOfClient = tokens.text();
                    default -> { }
                }
            } else if (value == JsonToken.VALUE_NUMBER_INT) {
                switch (name) {
                    case "turn_id" -> fields.turnNumber = tokens.positiveInt();
                    case "protocol" -> fields.protocol = tokens.positiveInt();
                    default -> { }
                }
            } else if (value == JsonToken.START_ARRAY && name.equals("features")) {
                fields.features = strings(tokens);
            }
        }
        if (tokens.next() != null) {
            throw malformed("message: more after the object (expected: one JSON object)");
        }
        return fields;
    }

    /** The strings of the array that has begun, and nothing of what else is in it. */
    private static Set<String> strings(Tokens tokens) throws IOException, InvalidMessageException {
        Set<String> strings = new LinkedHashSet<>();
        for (JsonToken token = tokens.next(); token != JsonToken.END_ARRAY || tokens.depth() > 1; token = tokens.next()) {
            if (token == JsonToken.VALUE_STRING && tokens.depth() == 2) {
                strings.add(tokens.text());
            }
        }
        return strings;
    }

    private void text(Fields fields, String name, JsonToken value, Tokens tokens) throws IOException, InvalidMessageException {
        if (value != JsonToken.VALUE_STRING) {
            throw invalid(name + ": " + kind(value) + " (expected: a non-empty string)");
        }
        if (fields.text != null) {
            throw invalid(String.join(" and ", textNames) + ": both (expected: one of them)");
        }
        fields.textName = name;
        fields.text = tokens.text();
    }

    /** What the message says if it is a prompt. */
    ClientMessage.Prompt prompt(Fields fields, String turnOfClient) throws InvalidMessageException {
        String text = fields.text;
        String name = text == null ? String.join(" or ", textNames) : fields.textName;
        if (text == null || text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
            throw invalid(name + ": missing or empty (expected: a non-empty string)");
        }
        checkSurrogates(name, text);
        long bytes = Utf8.length(text);
        if (bytes > limits.maxTextBytes()) {
            throw invalid(name + ": " + bytes + " bytes (expected: at most " + limits.maxTextBytes() + ")");
        }
        return new ClientMessage.Prompt(text, turnOfClient);
    }

    static void checkSurrogates(String name, String text) throws InvalidMessageException {
        if (Utf8.hasLoneSurrogate(text)) {
            throw invalid(name + ": a lone surrogate (expected: whole code points)");
        }
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> token.asString();
            default -> token.name().toLowerCase(Locale.ROOT);
        };
    }

    static InvalidMessageException invalid(String message) {
        return new InvalidMessageException(Kind.CONTENT, message);
    }

    private static InvalidMessageException malformed(String message) {
        return new InvalidMessageException(Kind.SYNTAX, message);
    }

    /** What a message's outermost object says. */
    static final class Fields {
        /** Which of the names for a prompt's text it had. */
        String textName;
        String text;
        String type;
        boolean error;
        String body;
        /** The client's own name for a turn, or null. */
        String turnOfClient;
        /** The server's number of a turn; 0 if there is none, negative if there is none such. */
        int turnNumber;
        /** Which protocol is spoken; 0 if nothing is said, negative if there is none such. */
        int protocol;
        /** What is asked for by name; null if nothing is said. */
        Set<String> features;

        /** Whether it is one of the server's own messages, sent back by a proxy (contract C85). */
        boolean isEcho() {
            return text == null && (error || type != null && OWN_TYPES.contains(type));
        }
    }

    /** The parser's tokens; watches over depth and duplicate keys. */
    private static final class Tokens {
        /** Stands for an array among {@link #names}. */
        private static final Set<String> ARRAY = Set.of();

        private final JsonParser parser;
        /** The names seen so far in each object that is open. */
        private final Deque<Set<String>> names = new ArrayDeque<>();
        private int keys;

        Tokens(JsonParser parser) {
            this.parser = parser;
        }

        /** The next token, or null at the end. */
        JsonToken next() throws IOException, InvalidMessageException {
            JsonToken token = parser.nextToken();
            if (token == null) {
                return null;
            }
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    if (names.size() == Limits.MAX_DEPTH) {
                        throw invalid("message: nested over " + Limits.MAX_DEPTH + " levels (expected: at most that)");
                    }
                    names.push(token == JsonToken.START_ARRAY ? ARRAY : new HashSet<>());
                }
                case END_OBJECT, END_ARRAY -> keys -= names.pop().size();
                case FIELD_NAME -> {
                    if (++keys > MAX_KEYS) {
                        throw invalid("message: over " + MAX_KEYS + " keys (expected: at most that)");
                    }
                    if (!names.peek().add(parser.currentName())) {
                        throw invalid("message: a key twice in one object (expected: each once)");
                    }
                }
                default -> { }
            }
            return token;
        }

        int depth() {
            return names.size();
        }

        String text() throws IOException {
            return parser.getText();
        }

        /** The number, or -1 where it is none that is positive and fits. */
        int positiveInt() throws IOException {
            boolean fits = parser.getNumberType() == JsonParser.NumberType.INT && parser.getIntValue() > 0;
            return fits ? parser.getIntValue() : -1;
        }
    }
}
