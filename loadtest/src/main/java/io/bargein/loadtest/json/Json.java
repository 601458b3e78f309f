package io.bargein.loadtest.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small JSON documents as maps, lists, strings, numbers, booleans and nulls. Safe for use by many threads. */
public final class Json {
    /** Makes parsers, which refuse a key that comes twice, and generators. */
    public static final JsonFactory FACTORY = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Json() {}

    /**
     * Reads one document.
     *
     * @param document the whole of it
     * @return a map (its keys in order), a list, a string, a number, a boolean, or null
     * @throws IllegalArgumentException if it is none, with where it ceases to be
     */
    public static Object read(String document) {
        try (JsonParser parser = FACTORY.createParser(document)) {
            parser.nextToken();
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more after the document");
            }
            return value;
        } catch (StreamReadException e) {
            throw new IllegalArgumentException(
                    e.getOriginalMessage() + " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Reads one value of a document that is read piece by piece.
     *
     * @param parser stands at the value's first token, and at its last one afterwards
     * @return as {@link #read}
     * @throws IOException if it is none, or too much
     */
    public static Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IllegalArgumentException("empty");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, value(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser));
                }
                yield array;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    /**
     * Takes a value for an object.
     *
     * @param value what {@link #read} has made
     * @return the value as a map, or null if it is none
     */
    @SuppressWarnings("unchecked") // value() makes no other maps
    public static Map<String, Object> object(Object value) {
        return value instanceof Map ? (Map<String, Object>) value : null;
    }

    /**
     * Takes a value for an array.
     *
     * @param value what {@link #read} has made
     * @return the value as a list, or null if it is none
     */
    @SuppressWarnings("unchecked") // value() makes no other lists
    public static List<Object> array(Object value) {
        return value instanceof List ? (List<Object>) value : null;
    }
}
