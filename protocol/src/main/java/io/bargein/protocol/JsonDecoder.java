package io.bargein.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Reads client messages, by jackson-core's parser, straight from the components of a buffer. */
final class JsonDecoder {
    /** What {@code type} says in messages of ours, those of later protocol versions too. */
    private static final Set<String> OWN_TYPES = Set.of("chunk", "complete", "interrupted", "ready", "turn_start", "reasoning",
            "tool_start", "tool_result", "cancel_ack", "metrics");
    private static final int MAX_NAME_CHARS = 1 << 10;
    private static final int MAX_NUMBER_CHARS = 1 << 10;

    private final Limits limits;
    private final JsonFactory factory;

    JsonDecoder(Limits limits) {
        this.limits = limits;
        this.factory = factory(limits);
    }

    /** Factories hold symbol tables and are worth sharing; limits rarely differ within a process. */
    private static JsonFactory factory(Limits limits) {
        return limits == Limits.DEFAULT ? Shared.FACTORY : newFactory(limits);
    }

    private static final class Shared {
        static final JsonFactory FACTORY = newFactory(Limits.DEFAULT);
    }

    private static JsonFactory newFactory(Limits limits) {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        // Ours is found first, by name.
                        .maxNestingDepth(Limits.MAX_DEPTH + 1)
                        .maxDocumentLength(limits.maxMessageBytes())
                        .maxStringLength(limits.maxMessageBytes())
                        .maxTokenCount(limits.maxMessageBytes())
                        .maxNameLength(MAX_NAME_CHARS)
                        .maxNumberLength(MAX_NUMBER_CHARS)
                        .build())
                .build();
    }

    ClientMessage decode(ByteBuf message) throws InvalidMessageException {
        checkUtf8(message);
        if (message.isReadable(3) && message.getUnsignedMedium(message.readerIndex()) == 0xEFBBBF) {
            throw invalid("message: a byte order mark (expected: a JSON object)");
        }
        try (JsonParser parser = factory.createParser((InputStream) new ByteBufInputStream(message.duplicate()))) {
            return read(new Tokens(parser));
        } catch (JsonEOFException e) {
            throw invalid("message: cut short (expected: a whole JSON object)");
        } catch (StreamConstraintsException e) {
            throw invalid("message: a name or number too long (expected: up to " + MAX_NAME_CHARS + " characters)");
        } catch (StreamReadException e) {
            throw invalid("message: malformed at byte " + e.getLocation().getByteOffset() + " (expected: a JSON object)");
        } catch (IOException e) {
            // Nothing but the parser itself reads or fails here: the bytes are in memory.
            throw new UncheckedIOException(e);
        }
    }

    private static void checkUtf8(ByteBuf message) throws InvalidMessageException {
        Utf8Validator utf8 = new Utf8Validator();
        int bad = message.forEachByte(utf8);
        if (bad >= 0 && message.getByte(bad) == 0) {
            throw invalid("message: malformed at byte " + (bad - message.readerIndex()) + " (expected: a JSON object)");
        }
        if (bad >= 0) {
            throw invalid("message: invalid UTF-8 at byte " + (bad - message.readerIndex()) + " (expected: RFC 3629)");
        }
        if (!utf8.atBoundary()) {
            throw invalid("message: invalid UTF-8 at its end (expected: RFC 3629)");
        }
    }

    private ClientMessage read(Tokens tokens) throws IOException, InvalidMessageException {
        JsonToken first = tokens.next();
        if (first != JsonToken.START_OBJECT) {
            throw invalid("message: " + (first == null ? "empty" : kind(first)) + " (expected: a JSON object)");
        }
        String inputText = null;
        String type = null;
        boolean error = false;
        for (JsonToken token = tokens.next(); token != JsonToken.END_OBJECT || tokens.depth() > 0; token = tokens.next()) {
            if (token != JsonToken.FIELD_NAME || tokens.depth() != 1) {
                continue;
            }
            String name = tokens.text();
            JsonToken value = tokens.next();
            switch (name) {
                case "inputText" -> {
                    if (value != JsonToken.VALUE_STRING) {
                        throw invalid("inputText: " + kind(value) + " (expected: a non-empty string)");
                    }
                    inputText = tokens.text();
                }
                case "type" -> type = value == JsonToken.VALUE_STRING ? tokens.text() : null;
                case "error" -> error = value == JsonToken.VALUE_STRING;
                default -> { }
            }
        }
        if (tokens.next() != null) {
            throw invalid("message: more after the object (expected: one JSON object)");
        }
        if (inputText == null && (error || type != null && OWN_TYPES.contains(type))) {
            return new ClientMessage.Echo();
        }
        return prompt(inputText);
    }

    private ClientMessage.Prompt prompt(String text) throws InvalidMessageException {
        if (text == null || text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
            throw invalid("inputText: missing or empty (expected: a non-empty string)");
        }
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw invalid("inputText: a lone surrogate (expected: whole code points)");
        }
        long bytes = Utf8.length(text);
        if (bytes > limits.maxTextBytes()) {
            throw invalid("inputText: " + bytes + " bytes (expected: at most " + limits.maxTextBytes() + ")");
        }
        return new ClientMessage.Prompt(text);
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

    private static InvalidMessageException invalid(String message) {
        return new InvalidMessageException(message);
    }

    /** The parser's tokens; watches over depth and duplicate keys. */
    private static final class Tokens {
        /** Stands for an array among {@link #names}. */
        private static final Set<String> ARRAY = Set.of();

        private final JsonParser parser;
        /** The names seen so far in each object that is open. */
        private final Deque<Set<String>> names = new ArrayDeque<>();

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
                case END_OBJECT, END_ARRAY -> names.pop();
                case FIELD_NAME -> {
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
    }
}
