package io.bargein.loadtest.run;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is known beforehand of an answer to {@code sim …}: its chunk number i has just so many bytes of ASCII and begins with i and a blank;
 * the last byte of each eighth one is such that JSON escapes it in two bytes.
 *
 * @param bytes how long each chunk is; 0 where nothing is known of answers
 */
record Numbering(int bytes) {
    private static final Numbering NONE = new Numbering(0);
    private static final Pattern SIM = Pattern.compile("sim(\\s.*)?");
    private static final Pattern BYTES = Pattern.compile("\\sbytes=(\\d{1,6})(\\s|$)");
    private static final int DEFAULT_BYTES = 24;

    static Numbering of(String script) {
        if (!SIM.matcher(script).matches()) {
            return NONE;
        }
        Matcher bytes = BYTES.matcher(script);
        return new Numbering(bytes.find() ? Integer.parseInt(bytes.group(1)) : DEFAULT_BYTES);
    }

    /** Where chunk number i begins in the answer's text as JSON escapes it. */
    long start(int i) {
        return (long) i * bytes + i / 8;
    }
}
