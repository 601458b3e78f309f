package io.bargein.server.backend.bedrock;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.regions.Region;

/** What a {@link BedrockModel} was built with; what each means, and its range, is said at the builder. Null is "not set". */
record BedrockSettings(String modelId, Region region, Supplier<AwsCredentialsProvider> credentials, String systemPrompt, Integer maxTokens,
        Float temperature, Float topP, List<String> stopSequences, String guardrailId, String guardrailVersion, String guardrailMode,
        Document additionalFields, URI endpoint, BedrockModel.HttpVersion httpVersion, int eventLoops, int maxConcurrency,
        int attempts, Duration retryDelay, Duration stallTimeout, Duration patience, Duration readTimeout,
        List<TrustManager> trustManagers) {

    /** The same, for another place that takes any credentials and may do with one event loop. */
    BedrockSettings at(URI otherEndpoint, AwsCredentialsProvider anyCredentials) {
        return new BedrockSettings(modelId, region, () -> anyCredentials, systemPrompt, maxTokens, temperature, topP, stopSequences,
                guardrailId, guardrailVersion, guardrailMode, additionalFields, otherEndpoint, httpVersion, 1, maxConcurrency, attempts,
                retryDelay, stallTimeout, patience, readTimeout, List.of());
    }
}
