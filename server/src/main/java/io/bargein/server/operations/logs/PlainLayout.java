package io.bargein.server.operations.logs;

import java.io.StringWriter;
import java.time.Instant;
import org.slf4j.event.KeyValuePair;

/** For eyes: time, level, logger, message, fields; then the stack trace. */
final class PlainLayout implements Layout {
    @Override
    public void render(Line line, StringWriter out) {
        out.append(JsonLayout.TIMESTAMP.format(Instant.ofEpochMilli(line.timeMillis()))).append(' ').append(line.level().name());
        out.append(line.level().name().length() == 4 ? "  " : " ").append('[').append(line.thread()).append("] ");
        out.append(line.logger().substring(line.logger().lastIndexOf('.') + 1)).append(": ").append(line.message());
        for (KeyValuePair field : line.fields()) {
            String value = String.valueOf(field.value);
            boolean quoted = value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c == '"');
            out.append(' ').append(field.key).append('=').append(quoted ? quote(value) : value);
        }
        out.append('\n');
        if (line.thrown() != null) {
            StackTraces.lines(line.thrown()).forEach(frame -> out.append("    ").append(frame).append('\n'));
        }
    }

    private static String quote(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r") + '"';
    }
}
