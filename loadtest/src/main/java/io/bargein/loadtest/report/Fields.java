package io.bargein.loadtest.report;

import io.bargein.loadtest.json.Json;
import java.util.List;
import java.util.Map;

/** The fields of an object of a report, each of the kind that it has to be; an {@link IllegalArgumentException} says what is wrong. */
record Fields(Map<String, Object> values, String where) {
    private static final int SHOWN_CHARS = 40;
    /** Sums of such numbers overflow nothing, and other readers of JSON know them too. */
    private static final long MAX_WHOLE = 1L << 53;

    static Fields of(Object value, String name) {
        Map<String, Object> object = Json.object(value);
        if (object == null) {
            throw wrong(name, value, "an object");
        }
        return new Fields(object, name + ".");
    }

    Fields object(String key) {
        return of(present(key), where + key);
    }

    /** Null where null is written. */
    Fields objectOrNull(String key) {
        return present(key) == null ? null : object(key);
    }

    List<Object> array(String key) {
        List<Object> array = Json.array(present(key));
        if (array == null) {
            throw wrong(where + key, values.get(key), "an array");
        }
        return array;
    }

    String text(String key) {
        if (present(key) instanceof String text) {
            return text;
        }
        throw wrong(where + key, values.get(key), "a string");
    }

    boolean flag(String key) {
        if (present(key) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(where + key, values.get(key), "true or false");
    }

    /** NaN where null is written. */
    double number(String key) {
        Object value = present(key);
        if (value == null) {
            return Double.NaN;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrong(where + key, value, "a number");
    }

    long whole(String key, long least) {
        return whole(key, least, MAX_WHOLE);
    }

    int whole32(String key, int least) {
        return (int) whole(key, least, Integer.MAX_VALUE);
    }

    private long whole(String key, long least, long most) {
        Object value = present(key);
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong(where + key, value, "a whole number from " + least + " to " + most);
    }

    private Object present(String key) {
        Object value = values.get(key);
        if (value == null && !values.containsKey(key)) {
            throw new IllegalArgumentException(where + key + " is missing");
        }
        return value;
    }

    static IllegalArgumentException wrong(String name, Object value, String expected) {
        return new IllegalArgumentException(name + " is " + shown(value) + ", not " + expected);
    }

    /** A stranger's value, fit for one line of a terminal. */
    static String shown(Object value) {
        if (value instanceof Map || value instanceof List) {
            return value instanceof Map ? "an object" : "an array";
        }
        String text = String.valueOf(value);
        return Table.printable(text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…");
    }
}
