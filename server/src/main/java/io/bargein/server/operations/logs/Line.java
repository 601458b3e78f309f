package io.bargein.server.operations.logs;

import java.util.List;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/**
 * What was logged, as it was logged: rendered later, on the writer's thread.
 *
 * @param timeMillis Unix time
 * @param level how bad
 * @param logger by whom
 * @param thread where
 * @param message formatted, as its arguments may change
 * @param fields what else there is to say, by name
 * @param thrown what went wrong, or null
 */
record Line(long timeMillis, Level level, String logger, String thread, String message, List<KeyValuePair> fields, Throwable thrown) {

    /** What a line costs in memory besides its texts, roughly, in chars. */
    private static final int OVERHEAD_CHARS = 128;

    /** What it costs in memory, roughly, in chars. */
    long weight() {
        long weight = OVERHEAD_CHARS + message.length();
        for (KeyValuePair field : fields) {
            weight += field.key.length() + (field.value instanceof String text ? text.length() : 16);
        }
        return weight;
    }
}
