package io.bargein.loadtest.standin;

import io.bargein.loadtest.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the stand-in answers, request by request; when it is used up, requests are answered by their own prompt.
 *
 * @param replies one a request, in order
 * @param repeatLast whether the last reply is given again and again
 */
public record Script(List<Reply> replies, boolean repeatLast) {

    private static final Set<String> SCRIPT_KEYS = Set.of("replies", "repeat_last");
    private static final Set<String> REPLY_KEYS = Set.of("text", "code_points_a_delta", "deltas", "reasoning", "tool_use", "failure",
            "corrupt", "pace_ms", "header_delay_ms", "drains", "fault", "end", "stop_reason", "error");

    /**
     * Copies the list.
     *
     * @param replies one a request, in order
     * @param repeatLast whether the last reply is given again and again
     */
    public Script {
        replies = List.copyOf(replies);
    }

    /**
     * A script of these replies, once each.
     *
     * @param replies one a request, in order
     * @return the script
     */
    public static Script of(Reply... replies) {
        return new Script(List.of(replies), false);
    }

    /**
     * A script that gives one reply to every request.
     *
     * @param reply the reply
     * @return the script
     */
    public static Script always(Reply reply) {
        return new Script(List.of(reply), true);
    }

    /**
     * Reads a script: {@code {"replies":[…],"repeat_last":false}}. A reply has, in the order in which they are sent, {@code reasoning} (text),
     * {@code text} with {@code code_points_a_delta} (default 4) or {@code deltas} (texts), {@code corrupt} (text), {@code tool_use}
     * ({@code id}, {@code name}, {@code input}: pieces), {@code failure} ({@code type}, {@code message}); and {@code pace_ms},
     * {@code header_delay_ms}, {@code drains}, {@code stop_reason}, {@code end} (a name of {@link Reply.End}), {@code fault} ({@code point} and
     * {@code kind}, names of {@link Fault}'s); or {@code error} ({@code status}, {@code type}, {@code message}) alone.
     *
     * @param json the script
     * @return the script
     * @throws IllegalArgumentException if it is none, as "replies[0].pace_ms: fast (expected: a whole number from 0)"
     */
    public static Script parse(String json) {
        Map<String, Object> script = object(Json.read(json), "script");
        known(script, SCRIPT_KEYS, "");
        List<Object> list = array(script.get("replies"), "replies");
        List<Reply> replies = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            String where = "replies[" + i + "]";
            replies.add(reply(object(list.get(i), where), where + "."));
        }
        return new Script(replies, flag(script, "repeat_last", ""));
    }

    private static Reply reply(Map<String, Object> reply, String where) {
        known(reply, REPLY_KEYS, where);
        if (reply.containsKey("error")) {
            Map<String, Object> error = object(reply.get("error"), where + "error");
            return Reply.error(number(error, "status", 500, where + "error."), text(error, "type", where + "error."),
                    text(error, "message", where + "error."));
        }
        Reply.Builder builder = Reply.builder().pace(number(reply, "pace_ms", 0, where))
                .headerDelay(number(reply, "header_delay_ms", 0, where));
        if (flag(reply, "drains", where)) {
            builder.drains();
        }
        if (reply.containsKey("reasoning")) {
            builder.reasoning(text(reply, "reasoning", where));
        }
        if (reply.containsKey("text")) {
            builder.cut(text(reply, "text", where), Math.max(1, number(reply, "code_points_a_delta", 4, where)));
        }
        if (reply.containsKey("deltas")) {
            builder.deltas(texts(reply.get("deltas"), where + "deltas"));
        }
        if (reply.containsKey("corrupt")) {
            builder.corrupt(text(reply, "corrupt", where));
        }
        if (reply.containsKey("tool_use")) {
            Map<String, Object> use = object(reply.get("tool_use"), where + "tool_use");
            builder.toolUse(text(use, "id", where + "tool_use."), text(use, "name", where + "tool_use."),
                    texts(use.get("input"), where + "tool_use.input"));
        }
        if (reply.containsKey("failure")) {
            Map<String, Object> failure = object(reply.get("failure"), where + "failure");
            builder.failure(text(failure, "type", where + "failure."), text(failure, "message", where + "failure."));
        }
        if (reply.containsKey("stop_reason")) {
            builder.stopReason(text(reply, "stop_reason", where));
        }
        if (reply.containsKey("end")) {
            builder.end(name(Reply.End.class, reply, "end", where));
        }
        if (reply.containsKey("fault")) {
            Map<String, Object> fault = object(reply.get("fault"), where + "fault");
            builder.fault(name(Fault.Point.class, fault, "point", where + "fault."), name(Fault.Kind.class, fault, "kind", where + "fault."));
        }
        return builder.build();
    }

    private static <E extends Enum<E>> E name(Class<E> names, Map<String, Object> object, String key, String where) {
        String name = text(object, key, where);
        try {
            return Enum.valueOf(names, name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw bad(where + key, name, "one of " + List.of(names.getEnumConstants()));
        }
    }

    private static void known(Map<String, Object> object, Set<String> keys, String where) {
        for (String key : object.keySet()) {
            if (!keys.contains(key)) {
                throw bad(where + key, "unknown", "one of " + keys.stream().sorted().toList());
            }
        }
    }

    private static Map<String, Object> object(Object value, String where) {
        Map<String, Object> object = Json.object(value);
        if (object == null) {
            throw bad(where, value, "an object");
        }
        return object;
    }

    private static List<Object> array(Object value, String where) {
        List<Object> array = Json.array(value);
        if (array == null) {
            throw bad(where, value, "an array");
        }
        return array;
    }

    private static String[] texts(Object value, String where) {
        return array(value, where).stream().map(element -> {
            if (!(element instanceof String)) {
                throw bad(where, element, "strings");
            }
            return (String) element;
        }).toArray(String[]::new);
    }

    private static String text(Map<String, Object> object, String key, String where) {
        if (object.get(key) instanceof String text) {
            return text;
        }
        throw bad(where + key, object.get(key), "a string");
    }

    private static int number(Map<String, Object> object, String key, int otherwise, String where) {
        Object value = object.getOrDefault(key, otherwise);
        if (value instanceof Integer number && number >= 0) {
            return number;
        }
        throw bad(where + key, value, "a whole number from 0");
    }

    private static boolean flag(Map<String, Object> object, String key, String where) {
        Object value = object.getOrDefault(key, false);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw bad(where + key, value, "true or false");
    }

    private static IllegalArgumentException bad(String name, Object value, String expected) {
        return new IllegalArgumentException(name + ": " + (value == null ? "missing" : value) + " (expected: " + expected + ")");
    }
}
