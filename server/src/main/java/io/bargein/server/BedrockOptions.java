package io.bargein.server;

import io.bargein.server.backend.bedrock.BedrockModel;
import io.bargein.server.backend.bedrock.BedrockModelBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** The settings of the Bedrock backend. What they mean is said once, at {@link BedrockModelBuilder}. */
final class BedrockOptions {

    @Option(names = "--model-id", paramLabel = "ID", defaultValue = BedrockModelBuilder.DEFAULT_MODEL_ID,
            description = "Bedrock: model or inference profile")
    private String modelId;

    @Option(names = "--region", paramLabel = "NAME", description = "Bedrock: region; by default the profile's")
    private String region;

    @Option(names = "--endpoint-url", paramLabel = "URL", description = "Bedrock: another place to call than the region's own")
    private URI endpointUrl;

    @Option(names = "--bedrock-http", paramLabel = "VERSION", defaultValue = "2",
            description = "Bedrock: HTTP version, 2 or 1.1; with 1.1 an interrupt costs a connection")
    private String bedrockHttp;

    @Option(names = "--system-prompt", paramLabel = "TEXT", description = "Bedrock: what the model is told ahead of each conversation")
    private String systemPrompt;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Bedrock: longest answer; by default the model's own")
    private Integer maxTokens;

    @Option(names = "--temperature", paramLabel = "X", description = "Bedrock: 0 to 1; by default the model's own")
    private Double temperature;

    @Option(names = "--top-p", paramLabel = "X", description = "Bedrock: 0 to 1; by default the model's own")
    private Double topP;

    @Option(names = "--stop-sequences", paramLabel = "TEXT", split = ",", description = "Bedrock: texts at which the model stops, by comma")
    private List<String> stopSequences;

    @Option(names = "--guardrail-id", paramLabel = "ID", description = "Bedrock: guardrail's id or ARN")
    private String guardrailId;

    @Option(names = "--guardrail-version", paramLabel = "N", defaultValue = "DRAFT", description = "Bedrock: guardrail's version, or DRAFT")
    private String guardrailVersion;

    @Option(names = "--guardrail-mode", paramLabel = "MODE", defaultValue = "sync", description = "Bedrock: sync or async")
    private String guardrailMode;

    @Option(names = "--additional-fields", paramLabel = "JSON", description = "Bedrock: fields of the request that only this model knows")
    private String additionalFields;

    @Option(names = "--stall-timeout", paramLabel = "TIME", defaultValue = "60s", converter = Durations.class,
            description = "Bedrock: silence allowed while something is asked of it; past it an error")
    private Duration stallTimeout;

    @Option(names = "--bedrock-attempts", paramLabel = "N", defaultValue = "" + BedrockModelBuilder.DEFAULT_ATTEMPTS,
            description = "Bedrock: times an answer is asked for that is throttled, unavailable or lost before its first text")
    private int bedrockAttempts;

    @Option(names = "--bedrock-retry-delay", paramLabel = "TIME", defaultValue = "200ms", converter = Durations.class,
            description = "Bedrock: wait before the second attempt; doubled for each further one")
    private Duration bedrockRetryDelay;

    @Option(names = "--bedrock-concurrency", paramLabel = "N", defaultValue = "" + BedrockModelBuilder.DEFAULT_MAX_CONCURRENCY,
            description = "Bedrock: answers at a time of each of its event loops")
    private int bedrockConcurrency;

    @Option(names = "--bedrock-event-loops", paramLabel = "N", defaultValue = "0",
            description = "Bedrock: event loops for its connections; 0 is one for two processors")
    private int bedrockEventLoops;

    /**
     * Builds the model and looks for credentials.
     *
     * @throws IllegalArgumentException if a setting is out of range
     * @throws IllegalStateException if there is no region, or there are no credentials
     */
    BedrockModel model() {
        BedrockModelBuilder builder = BedrockModel.builder().modelId(modelId).httpVersion(httpVersion()).stallTimeout(stallTimeout)
                .attempts(bedrockAttempts).retryDelay(bedrockRetryDelay).maxConcurrency(bedrockConcurrency);
        if (bedrockEventLoops != 0) {
            builder.eventLoops(bedrockEventLoops);
        }
        if (region != null) {
            builder.region(region);
        }
        if (endpointUrl != null) {
            builder.endpoint(endpointUrl);
        }
        if (systemPrompt != null) {
            builder.systemPrompt(systemPrompt);
        }
        if (maxTokens != null) {
            builder.maxTokens(maxTokens);
        }
        if (temperature != null) {
            builder.temperature(temperature);
        }
        if (topP != null) {
            builder.topP(topP);
        }
        if (stopSequences != null) {
            builder.stopSequences(stopSequences);
        }
        if (guardrailId != null) {
            builder.guardrail(guardrailId, guardrailVersion, guardrailMode);
        }
        if (additionalFields != null) {
            builder.additionalFields(additionalFields);
        }
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
        return switch (bedrockHttp) {
            case "2" -> BedrockModel.HttpVersion.HTTP_2;
            case "1.1" -> BedrockModel.HttpVersion.HTTP_1_1;
            default -> throw new IllegalArgumentException("bedrockHttp: " + bedrockHttp + " (expected: 2 or 1.1)");
        };
    }
}
