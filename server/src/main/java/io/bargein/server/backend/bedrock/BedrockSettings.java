package io.bargein.server.backend.bedrock;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.regions.Region;

/** What a {@link BedrockModel} was built with; what each means, and its range, is said at the builder. Null is "not set". */
record BedrockSettings(String modelId, Region region, AwsCredentialsProvider credentials, String systemPrompt, Integer maxTokens,
        Float temperature, Float topP, List<String> stopSequences, String guardrailId, String guardrailVersion, String guardrailMode,
        Document additionalFields, URI endpoint, BedrockModel.HttpVersion httpVersion, int eventLoops, int maxConcurrency,
        int attempts, Duration retryDelay, Duration stallTimeout, Duration readTimeout, List<TrustManager> trustManagers) {}
