package io.bargein.server;

import io.bargein.server.backend.bedrock.BedrockModel;
import io.bargein.server.backend.bedrock.BedrockModelBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** The settings of the Bedrock backend. What they mean is said once, at {@link BedrockModelBuilder}. */
final class BedrockOptions extends Options {

    private final Setting<String> modelId = text("--model-id", "ID", BedrockModelBuilder.DEFAULT_MODEL_ID, "Bedrock: model or inference profile");
    private final Setting<String> region = text("--region", "NAME", null, "Bedrock: region; by default the profile's");
    private final Setting<URI> endpointUrl = address("--endpoint-url", "Bedrock: another place to call than the region's own");
    private final Setting<String> bedrockHttp = text("--bedrock-http", "VERSION", "2",
            "Bedrock: HTTP version, 2 or 1.1; with 1.1 an interrupt costs a connection");
    private final Setting<String> systemPrompt = text("--system-prompt", "TEXT", null, "Bedrock: what the model is told ahead of each conversation");
    private final Setting<Integer> maxTokens = number("--max-tokens", null, "Bedrock: longest answer; by default the model's own");
    private final Setting<Double> temperature = fraction("--temperature", "Bedrock: 0 to 1; by default the model's own");
    private final Setting<Double> topP = fraction("--top-p", "Bedrock: 0 to 1; by default the model's own");
    private final Setting<List<String>> stopSequences = texts("--stop-sequences", "TEXT", "Bedrock: texts at which the model stops, by comma");
    private final Setting<String> guardrailId = text("--guardrail-id", "ID", null, "Bedrock: guardrail's id or ARN");
    private final Setting<String> guardrailVersion = text("--guardrail-version", "N", "DRAFT", "Bedrock: guardrail's version, or DRAFT");
    private final Setting<String> guardrailMode = text("--guardrail-mode", "MODE", "sync", "Bedrock: sync or async");
    private final Setting<String> additionalFields = text("--additional-fields", "JSON", null,
            "Bedrock: fields of the request that only this model knows");
    private final Setting<Duration> stallTimeout = time("--stall-timeout", "60s",
            "Bedrock: silence allowed while something is asked of it; past it an error");
    private final Setting<Integer> bedrockAttempts = number("--bedrock-attempts", BedrockModelBuilder.DEFAULT_ATTEMPTS,
            "Bedrock: times an answer is asked for that is throttled, unavailable or lost before its first text");
    private final Setting<Duration> bedrockRetryDelay = time("--bedrock-retry-delay", "200ms",
            "Bedrock: wait before the second attempt; doubled for each further one");
    private final Setting<Integer> bedrockConcurrency = number("--bedrock-concurrency", BedrockModelBuilder.DEFAULT_MAX_CONCURRENCY,
            "Bedrock: answers at a time of each of its event loops");
    private final Setting<Integer> bedrockEventLoops = number("--bedrock-event-loops", 0,
            "Bedrock: event loops for its connections; 0 is one for two processors");

    /**
     * Builds the model and looks for credentials.
     *
     * @throws IllegalArgumentException if a setting is out of range
     * @throws IllegalStateException if there is no region, or there are no credentials
     */
    BedrockModel model() {
        BedrockModelBuilder builder = BedrockModel.builder().modelId(modelId.value()).httpVersion(httpVersion())
                .stallTimeout(stallTimeout.value()).attempts(bedrockAttempts.value()).retryDelay(bedrockRetryDelay.value())
                .maxConcurrency(bedrockConcurrency.value());
        if (bedrockEventLoops.value() != 0) {
            builder.eventLoops(bedrockEventLoops.value());
        }
        region.ifGiven(builder::region);
        endpointUrl.ifGiven(builder::endpoint);
        systemPrompt.ifGiven(builder::systemPrompt);
        maxTokens.ifGiven(builder::maxTokens);
        temperature.ifGiven(builder::temperature);
        topP.ifGiven(builder::topP);
        stopSequences.ifGiven(builder::stopSequences);
        guardrailId.ifGiven(id -> builder.guardrail(id, guardrailVersion.value(), guardrailMode.value()));
        additionalFields.ifGiven(builder::additionalFields);
        BedrockModel model = builder.build();
        try {
            model.checkCredentials();
        } catch (IllegalStateException e) {
            model.close();
            throw e;
        }
        return model;
    }

    private BedrockModel.HttpVersion httpVersion() {
        return switch (bedrockHttp.value()) {
            case "2" -> BedrockModel.HttpVersion.HTTP_2;
            case "1.1" -> BedrockModel.HttpVersion.HTTP_1_1;
            default -> throw new IllegalArgumentException("bedrockHttp: " + bedrockHttp.value() + " (expected: 2 or 1.1)");
        };
    }
}
