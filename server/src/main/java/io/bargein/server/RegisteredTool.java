package io.bargein.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.bargein.protocol.Utf8;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A tool as it was when it was registered: what it says of itself is checked, never changes, and runs none of its code any more. */
final class RegisteredTool implements Tool {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build()).build();
    private static final int MAX_SHOWN = 80;

    private final Tool tool;
    private final String name;
    private final String description;
    private final String inputSchema;
    private final boolean keepRunning;

    RegisteredTool(Tool tool) {
        this.tool = tool;
        name = tool.name();
        // What Bedrock takes: ToolSpecification, and ToolInputSchema.
        check(name != null && name.matches("[a-zA-Z0-9_-]{1,64}"), "name", name, "1 to 64 of a-z, A-Z, 0-9, _ and -");
        description = tool.description();
        check(description != null && !description.isBlank() && !Utf8.hasLoneSurrogate(description), "description", description,
                "a text that is not blank, of whole characters");
        inputSchema = tool.inputSchema();
        check(inputSchema != null && !Utf8.hasLoneSurrogate(inputSchema) && isSchemaOfObject(inputSchema), "inputSchema", inputSchema,
                "a JSON schema with \"type\":\"object\"");
        keepRunning = tool.keepRunning();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public String inputSchema() {
        return inputSchema;
    }

    @Override
    public boolean keepRunning() {
        return keepRunning;
    }

    @Override
    public CompletionStage<ToolResult> call(ToolCall call) {
        // The model's own words, which it may have been cut off in.
        return isObject(call.use().input()) ? tool.call(call)
                : CompletableFuture.completedStage(ToolResult.failed("the input is no JSON object (expected: one, as the tool's schema says)"));
    }

    private static boolean isObject(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    /** What models take: a JSON object that says of the input that it is one, and says so once. */
    private static boolean isSchemaOfObject(String json) {
        int types = 0;
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isType = parser.currentName().equals("type");
                JsonToken value = parser.nextToken();
                if (isType) {
                    if (value != JsonToken.VALUE_STRING || !parser.getText().equals("object")) {
                        return false;
                    }
                    types++;
                }
                parser.skipChildren();
            }
            return types == 1 && parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    private static void check(boolean ok, String what, String value, String expected) {
        if (!ok) {
            String shown = value == null || value.length() <= MAX_SHOWN ? value : value.substring(0, MAX_SHOWN) + "…";
            throw new IllegalArgumentException("tool." + what + ": " + shown + " (expected: " + expected + ")");
        }
    }
}
