package io.bargein.server.backend.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A tool for the demo: the server's time, in a zone of one's choice. */
public final class DemoClock implements Tool {
    private static final JsonFactory JSON = new JsonFactory();

    private final Clock clock;

    /**
     * Creates the tool.
     *
     * @param clock tells the time
     */
    public DemoClock(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String description() {
        return "Tells the date and the time of day, in a given time zone or else in UTC.";
    }

    @Override
    public String inputSchema() {
        return """
                {"type":"object","properties":{"zone":{"type":"string","description":"an IANA time zone, such as Europe/Berlin"}}}""";
    }

    @Override
    public CompletionStage<ToolResult> call(ToolCall call) {
        return CompletableFuture.completedStage(now(call.use().input()));
    }

    private ToolResult now(String input) {
        String zone = null;
        try {
            zone = zone(input);
            ZoneId id = zone == null ? ZoneOffset.UTC : ZoneId.of(zone);
            return ToolResult.of(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(clock.instant().truncatedTo(ChronoUnit.SECONDS).atZone(id)));
        } catch (DateTimeException | IOException e) {
            return ToolResult.failed("zone: " + (zone == null ? "none" : zone) + " (expected: an IANA time zone, such as Europe/Berlin)");
        }
    }

    /** The zone that is asked for, or null. */
    private static String zone(String input) throws IOException {
        try (JsonParser parser = JSON.createParser(input)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME && parser.currentName().equals("zone")) {
                    return parser.nextTextValue();
                }
            }
            return null;
        }
    }
}
