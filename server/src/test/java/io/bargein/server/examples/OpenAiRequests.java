package io.bargein.server.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.Tool;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Collectors;

/** What the SPI asks, in OpenAI's words. */
final class OpenAiRequests {
    private static final JsonFactory JSON = new JsonFactory();

    private OpenAiRequests() {}

    static String json(String modelName, ModelRequest request) throws IOException {
        StringWriter body = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(body)) {
            json.writeStartObject();
            json.writeStringField("model", modelName);
            json.writeBooleanField("stream", true);
            json.writeObjectFieldStart("stream_options");
            json.writeBooleanField("include_usage", true);
            json.writeEndObject();
            json.writeArrayFieldStart("messages");
            for (Message message : request.messages()) {
                message(json, message);
            }
            json.writeEndArray();
            if (!request.tools().isEmpty()) {
                json.writeArrayFieldStart("tools");
                for (Tool tool : request.tools()) {
                    tool(json, tool);
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        return body.toString();
    }

    private static void message(JsonGenerator json, Message message) throws IOException {
        for (ContentBlock.ToolResult result : blocks(message, ContentBlock.ToolResult.class)) {
            json.writeStartObject();
            json.writeStringField("role", "tool");
            json.writeStringField("tool_call_id", result.toolUseId());
            json.writeStringField("content", result.content());
            json.writeEndObject();
        }
        String text = blocks(message, ContentBlock.Text.class).stream().map(ContentBlock.Text::text).collect(Collectors.joining("\n\n"));
        List<ContentBlock.ToolUse> toolUses = blocks(message, ContentBlock.ToolUse.class);
        if (text.isEmpty() && toolUses.isEmpty()) {
            return;
        }
        json.writeStartObject();
        json.writeStringField("role", message.role() == Message.Role.USER ? "user" : "assistant");
        json.writeStringField("content", text);
        if (!toolUses.isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (ContentBlock.ToolUse toolUse : toolUses) {
                json.writeStartObject();
                json.writeStringField("id", toolUse.id());
                json.writeStringField("type", "function");
                json.writeObjectFieldStart("function");
                json.writeStringField("name", toolUse.name());
                json.writeStringField("arguments", toolUse.input());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void tool(JsonGenerator json, Tool tool) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "function");
        json.writeObjectFieldStart("function");
        json.writeStringField("name", tool.name());
        json.writeStringField("description", tool.description());
        json.writeFieldName("parameters");
        json.writeRawValue(tool.inputSchema());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static <T extends ContentBlock> List<T> blocks(Message message, Class<T> kind) {
        return message.content().stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
