package io.bargein.server.operations.logs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.event.KeyValuePair;

/** One JSON object a line, with the field names that the platform's other runtimes use (contract C94). */
final class JsonLayout implements Layout {
    static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private final JsonFactory factory = new JsonFactory();

    @Override
    public void render(Line line, StringWriter out) throws IOException {
        try (JsonGenerator json = factory.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeStringField("timestamp", TIMESTAMP.format(Instant.ofEpochMilli(line.timeMillis())));
            json.writeStringField("level", line.level().name());
            json.writeStringField("message", line.message());
            json.writeStringField("logger", line.logger());
            for (KeyValuePair field : line.fields()) {
                json.writeFieldName(field.key);
                value(json, field.value);
            }
            if (line.thrown() != null) {
                thrown(json, line.thrown());
            }
            json.writeEndObject();
        }
        out.append('\n');
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Double || value instanceof Float) {
            json.writeNumber(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else {
            json.writeString(String.valueOf(value));
        }
    }

    private static void thrown(JsonGenerator json, Throwable thrown) throws IOException {
        json.writeStringField("errorType", thrown.getClass().getName());
        json.writeStringField("errorMessage", String.valueOf(thrown.getMessage()));
        json.writeArrayFieldStart("stackTrace");
        for (String line : StackTraces.lines(thrown)) {
            json.writeString(line);
        }
        json.writeEndArray();
        StackTraceElement[] frames = thrown.getStackTrace();
        if (frames.length > 0) {
            json.writeStringField("location", frames[0].toString());
        }
    }
}
