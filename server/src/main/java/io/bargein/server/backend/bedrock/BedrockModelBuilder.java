package io.bargein.server.backend.bedrock;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;

/** Sets a {@link BedrockModel} up. Each setting is checked when it is set. Not safe for use by several threads at once. */
public final class BedrockModelBuilder {

    /** Claude Haiku 4.5, by its US inference profile. */
    public static final String DEFAULT_MODEL_ID = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

    /** 60 s. */
    public static final Duration DEFAULT_STALL_TIMEOUT = Duration.ofSeconds(60);

    /** 3 attempts. */
    public static final int DEFAULT_ATTEMPTS = 3;

    /** 10,000 calls. */
    public static final int DEFAULT_MAX_CONCURRENCY = 10_000;

    /** Longer than any client may be slow: the SDK counts a pause that we make as silence of Bedrock's. */
    private static final Duration READ_TIMEOUT = Duration.ofMinutes(10);

    private String modelId = DEFAULT_MODEL_ID;
    private Region region;
    private Supplier<AwsCredentialsProvider> credentials = BedrockModelBuilder::defaultCredentials;
    private String systemPrompt;
    private Integer maxTokens;
    private Float temperature;
    private Float topP;
    private List<String> stopSequences = List.of();
    private String guardrailId;
    private String guardrailVersion;
    private String guardrailMode;
    private Document additionalFields;
    private URI endpoint;
    private BedrockModel.HttpVersion httpVersion = BedrockModel.HttpVersion.HTTP_2;
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private int maxConcurrency = DEFAULT_MAX_CONCURRENCY;
    private int attempts = DEFAULT_ATTEMPTS;
    private Duration retryDelay = Duration.ofMillis(200);
    private Duration stallTimeout = DEFAULT_STALL_TIMEOUT;
    private Duration patience = Duration.ofSeconds(5);
    private List<TrustManager> trustManagers = List.of();

    BedrockModelBuilder() {}

    /**
     * Sets which model answers.
     *
     * @param modelId a model's id, an inference profile's id or ARN; default {@value #DEFAULT_MODEL_ID}
     * @return this builder
     */
    public BedrockModelBuilder modelId(String modelId) {
        check(!modelId.isBlank(), "modelId", "empty", "a model's or inference profile's id");
        this.modelId = modelId;
        return this;
    }

    /**
     * Sets where the model is.
     *
     * @param region such as {@code us-east-1}; default: by {@code AWS_REGION}, the system property {@code aws.region} or the profile
     * @return this builder
     */
    public BedrockModelBuilder region(String region) {
        check(region.matches("[a-z]{2}(-[a-z]+)+-\\d+"), "region", region, "such as us-east-1");
        this.region = Region.of(region);
        return this;
    }

    /**
     * Sets the credentials.
     *
     * @param credentials default: where the SDK's default chain finds them, looked up anew after a restore from a snapshot; one that
     *     is given here has to see to that itself
     * @return this builder
     */
    public BedrockModelBuilder credentials(AwsCredentialsProvider credentials) {
        Objects.requireNonNull(credentials, "credentials");
        return credentialsFrom(() -> credentials);
    }

    /** Sets where a provider of credentials comes from: at the start, and after each {@link BedrockModel#refresh}. */
    BedrockModelBuilder credentialsFrom(Supplier<AwsCredentialsProvider> source) {
        credentials = source;
        return this;
    }

    /**
     * Sets what the model is told ahead of each conversation.
     *
     * @param systemPrompt not blank; default: nothing
     * @return this builder
     */
    public BedrockModelBuilder systemPrompt(String systemPrompt) {
        check(!systemPrompt.isBlank(), "systemPrompt", "blank", "a text, or none at all");
        this.systemPrompt = systemPrompt;
        return this;
    }

    /**
     * Sets how long an answer may get.
     *
     * @param maxTokens at least 1; default: the model's own
     * @return this builder
     */
    public BedrockModelBuilder maxTokens(int maxTokens) {
        check(maxTokens >= 1, "maxTokens", maxTokens, "at least 1");
        this.maxTokens = maxTokens;
        return this;
    }

    /**
     * Sets how freely the model chooses.
     *
     * @param temperature 0 to 1; default: the model's own
     * @return this builder
     */
    public BedrockModelBuilder temperature(double temperature) {
        check(temperature >= 0 && temperature <= 1, "temperature", temperature, "0 to 1");
        this.temperature = (float) temperature;
        return this;
    }

    /**
     * Sets from how much of the probability the model chooses.
     *
     * @param topP 0 to 1; default: the model's own
     * @return this builder
     */
    public BedrockModelBuilder topP(double topP) {
        check(topP >= 0 && topP <= 1, "topP", topP, "0 to 1");
        this.topP = (float) topP;
        return this;
    }

    /**
     * Sets texts at which the model stops.
     *
     * @param stopSequences at most 2,500, none of them empty; default: none
     * @return this builder
     */
    public BedrockModelBuilder stopSequences(List<String> stopSequences) {
        check(stopSequences.size() <= 2_500 && stopSequences.stream().noneMatch(String::isEmpty), "stopSequences",
                stopSequences.size() + " texts", "at most 2500, none empty");
        this.stopSequences = List.copyOf(stopSequences);
        return this;
    }

    /**
     * Sets the guardrail that watches over the conversation.
     *
     * @param id its id or ARN
     * @param version its version, or {@code DRAFT}
     * @param mode {@code sync}, which holds text back until it is judged, or {@code async}
     * @return this builder
     */
    public BedrockModelBuilder guardrail(String id, String version, String mode) {
        check(!id.isBlank(), "guardrailId", "empty", "a guardrail's id or ARN");
        check(version != null && version.matches("DRAFT|[1-9]\\d*"), "guardrailVersion", version, "a number, or DRAFT");
        check(mode.equals("sync") || mode.equals("async"), "guardrailMode", mode, "sync or async");
        guardrailId = id;
        guardrailVersion = version;
        guardrailMode = mode;
        return this;
    }

    /**
     * Sets fields of the request that only this model knows.
     *
     * @param json a JSON object; default: none
     * @return this builder
     */
    public BedrockModelBuilder additionalFields(String json) {
        try {
            additionalFields = JsonDocuments.object(json);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("additionalFields: " + e.getMessage() + " (expected: a JSON object)", e);
        }
        return this;
    }

    /**
     * Sets another place to call than the region's own.
     *
     * @param endpoint http or https with a host; over http HTTP/2 is spoken with prior knowledge; default: the region's
     * @return this builder
     */
    public BedrockModelBuilder endpoint(URI endpoint) {
        check(List.of("http", "https").contains(String.valueOf(endpoint.getScheme())) && endpoint.getHost() != null, "endpointUrl",
                endpoint, "http://host:port or https://host:port");
        this.endpoint = endpoint;
        return this;
    }

    /**
     * Sets how calls travel.
     *
     * @param httpVersion default {@link BedrockModel.HttpVersion#HTTP_2}
     * @return this builder
     */
    public BedrockModelBuilder httpVersion(BedrockModel.HttpVersion httpVersion) {
        this.httpVersion = Objects.requireNonNull(httpVersion, "httpVersion");
        return this;
    }

    /**
     * Sets how many event loops serve the connections to Bedrock, each with an SDK client of its own.
     *
     * @param eventLoops 1 to 64; default: one for two processors, at least 1
     * @return this builder
     */
    public BedrockModelBuilder eventLoops(int eventLoops) {
        check(eventLoops >= 1 && eventLoops <= 64, "bedrockEventLoops", eventLoops, "1 to 64");
        this.eventLoops = eventLoops;
        return this;
    }

    /**
     * Sets how many calls each event loop may have open; the next waits 5 s at most.
     *
     * @param maxConcurrency 1 to 1,000,000; default {@value #DEFAULT_MAX_CONCURRENCY}
     * @return this builder
     */
    public BedrockModelBuilder maxConcurrency(int maxConcurrency) {
        check(maxConcurrency >= 1 && maxConcurrency <= 1_000_000, "bedrockConcurrency", maxConcurrency, "1 to 1000000");
        this.maxConcurrency = maxConcurrency;
        return this;
    }

    /**
     * Sets how often an answer is asked for that fails before its first event because of throttling, unavailability or a lost connection, or
     * breaks off.
     *
     * @param attempts 1 to 10; default {@value #DEFAULT_ATTEMPTS}
     * @return this builder
     */
    public BedrockModelBuilder attempts(int attempts) {
        check(attempts >= 1 && attempts <= 10, "bedrockAttempts", attempts, "1 to 10");
        this.attempts = attempts;
        return this;
    }

    /**
     * Sets how long the second attempt waits; each further one twice as long, less up to a half at random.
     *
     * @param retryDelay 1 ms to 1 min; default 200 ms
     * @return this builder
     */
    public BedrockModelBuilder retryDelay(Duration retryDelay) {
        check(retryDelay.toMillis() >= 1 && retryDelay.compareTo(Duration.ofMinutes(1)) <= 0, "bedrockRetryDelay", retryDelay, "1ms to 1m");
        this.retryDelay = retryDelay;
        return this;
    }

    /**
     * Sets how long Bedrock may send nothing while something is asked of it.
     *
     * @param stallTimeout 10 ms to 1 h; default 60 s
     * @return this builder
     */
    public BedrockModelBuilder stallTimeout(Duration stallTimeout) {
        check(stallTimeout.toMillis() >= 10 && stallTimeout.compareTo(Duration.ofHours(1)) <= 0, "stallTimeout", stallTimeout, "10ms to 1h");
        this.stallTimeout = stallTimeout;
        return this;
    }

    /** Sets how long a call waits to be started, then for a connection, and a new one for TLS; default 5 s each. */
    BedrockModelBuilder patience(Duration patience) {
        this.patience = patience;
        return this;
    }

    /** Sets whom to trust over TLS; for a stand-in with a certificate of its own. */
    BedrockModelBuilder trustManagers(TrustManager... trustManagers) {
        this.trustManagers = List.of(trustManagers);
        return this;
    }

    /**
     * Builds the model. Looks the region up, in the environment and the profile file alone, if none was set.
     *
     * @return the model, to be closed
     * @throws IllegalStateException if there is no region
     */
    public BedrockModel build() {
        return new BedrockModel(new BedrockSettings(modelId, region == null ? defaultRegion() : region,
                credentials, systemPrompt, maxTokens, temperature, topP, stopSequences, guardrailId, guardrailVersion, guardrailMode,
                additionalFields, endpoint, httpVersion, eventLoops, maxConcurrency, attempts, retryDelay, stallTimeout, patience,
                READ_TIMEOUT, trustManagers));
    }

    /** Anew each time it is asked for, as it remembers what it finds. */
    private static AwsCredentialsProvider defaultCredentials() {
        return DefaultCredentialsProvider.builder().asyncCredentialUpdateEnabled(true).build();
    }

    /** Not the metadata service: where it does not answer, that costs seconds (docs/decisions.md). */
    private static Region defaultRegion() {
        try {
            return new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider()).getRegion();
        } catch (SdkException e) {
            throw new IllegalStateException("region: missing (expected: AWS_REGION, such as us-east-1)", e);
        }
    }

    private static void check(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
