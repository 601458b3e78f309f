package io.bargein.server.backend.bedrock;

import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ReasoningContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.SystemContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ToolInputSchema;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultStatus;

/** What the SPI asks, in the SDK's words. */
final class ConverseRequests {

    /** Offered when the history has tool blocks but no tools are on offer: Bedrock refuses such a history without a toolConfig. */
    private static final software.amazon.awssdk.services.bedrockruntime.model.Tool NO_TOOL = tool("no_tool",
            "Does nothing; never to be called.", "{\"type\":\"object\",\"properties\":{}}");

    private static final int MAX_NAME_CHARS = 64;

    private final BedrockSettings settings;

    ConverseRequests(BedrockSettings settings) {
        this.settings = settings;
    }

    ConverseStreamRequest of(ModelRequest request) throws ModelException {
        ConverseStreamRequest.Builder builder = ConverseStreamRequest.builder().modelId(settings.modelId())
                .messages(request.messages().stream().map(ConverseRequests::message).toList());
        if (settings.systemPrompt() != null) {
            builder.system(SystemContentBlock.fromText(settings.systemPrompt()));
        }
        builder.inferenceConfig(config -> {
            config.maxTokens(settings.maxTokens()).temperature(settings.temperature()).topP(settings.topP());
            if (!settings.stopSequences().isEmpty()) {
                config.stopSequences(settings.stopSequences());
            }
        });
        if (settings.guardrailId() != null) {
            builder.guardrailConfig(guardrail -> guardrail.guardrailIdentifier(settings.guardrailId())
                    .guardrailVersion(settings.guardrailVersion()).streamProcessingMode(settings.guardrailMode()));
        }
        if (settings.additionalFields() != null) {
            builder.additionalModelRequestFields(settings.additionalFields());
        }
        List<software.amazon.awssdk.services.bedrockruntime.model.Tool> tools = tools(request);
        if (!tools.isEmpty()) {
            builder.toolConfig(config -> config.tools(tools));
        }
        return builder.build();
    }

    /** The least that can be asked: for a connection's sake. */
    ConverseStreamRequest oneToken() throws ModelException {
        RequestContext ours = RequestContext.of(RequestContext.Kind.WS, "warm-up", "warm-up");
        return of(new ModelRequest(ours, List.of(Message.user("Hi")), List.of())).toBuilder()
                .inferenceConfig(config -> config.maxTokens(1)).build();
    }

    private static List<software.amazon.awssdk.services.bedrockruntime.model.Tool> tools(ModelRequest request) throws ModelException {
        List<software.amazon.awssdk.services.bedrockruntime.model.Tool> tools = new ArrayList<>();
        for (Tool tool : request.tools()) {
            try {
                tools.add(tool(tool.name(), tool.description(), tool.inputSchema()));
            } catch (IllegalArgumentException e) {
                throw new ModelException(ModelException.Kind.INTERNAL,
                        "tool " + tool.name() + ": its input schema is no JSON object", e);
            }
        }
        boolean used = request.messages().stream().flatMap(message -> message.content().stream())
                .anyMatch(block -> !(block instanceof ContentBlock.Text));
        if (tools.isEmpty() && used) {
            tools.add(NO_TOOL);
        }
        return tools;
    }

    private static software.amazon.awssdk.services.bedrockruntime.model.Tool tool(String name, String description, String schema) {
        Document json = JsonDocuments.object(schema);
        return software.amazon.awssdk.services.bedrockruntime.model.Tool.fromToolSpec(spec -> spec.name(name).description(description)
                .inputSchema(ToolInputSchema.fromJson(json)));
    }

    private static software.amazon.awssdk.services.bedrockruntime.model.Message message(Message message) {
        return software.amazon.awssdk.services.bedrockruntime.model.Message.builder()
                .role(message.role() == Message.Role.USER ? ConversationRole.USER : ConversationRole.ASSISTANT)
                .content(message.content().stream().map(ConverseRequests::block).toList())
                .build();
    }

    private static software.amazon.awssdk.services.bedrockruntime.model.ContentBlock block(ContentBlock block) {
        if (block instanceof ContentBlock.Text text) {
            return software.amazon.awssdk.services.bedrockruntime.model.ContentBlock.fromText(text.text());
        }
        if (block instanceof ContentBlock.ToolUse use) {
            return software.amazon.awssdk.services.bedrockruntime.model.ContentBlock.fromToolUse(tool ->
                    tool.toolUseId(use.id()).name(name(use.name())).input(input(use.input())));
        }
        if (block instanceof ContentBlock.Reasoning reasoning) {
            return software.amazon.awssdk.services.bedrockruntime.model.ContentBlock.fromReasoningContent(reasoning.redacted()
                    ? ReasoningContentBlock.fromRedactedContent(SdkBytes.fromByteArray(Base64.getDecoder().decode(reasoning.signature())))
                    : ReasoningContentBlock.fromReasoningText(text -> text.text(reasoning.text()).signature(reasoning.signature())));
        }
        ContentBlock.ToolResult result = (ContentBlock.ToolResult) block;
        return software.amazon.awssdk.services.bedrockruntime.model.ContentBlock.fromToolResult(tool ->
                tool.toolUseId(result.toolUseId()).content(ToolResultContentBlock.fromText(result.content()))
                        .status(result.failed() ? ToolResultStatus.ERROR : ToolResultStatus.SUCCESS));
    }

    /** What the model called a tool, which need not be one of ours, as a name that Bedrock takes back. */
    private static String name(String asked) {
        String name = asked.replaceAll("[^a-zA-Z0-9_-]", "_");
        return name.isEmpty() ? "_" : name.substring(0, Math.min(name.length(), MAX_NAME_CHARS));
    }

    /** The model's own words, which need not be JSON when it was cut off; Bedrock takes nothing but an object back. */
    private static Document input(String json) {
        try {
            return JsonDocuments.object(json);
        } catch (IllegalArgumentException e) {
            return Document.mapBuilder().putString("malformed", Utf8.wholeCodePoints(json)).build();
        }
    }
}
