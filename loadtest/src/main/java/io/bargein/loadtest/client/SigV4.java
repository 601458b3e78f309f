package io.bargein.loadtest.client;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.signer.params.Aws4SignerParams;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.regions.Region;

/**
 * The SDK's signers, told what AgentCore's data plane wants (contract K6, K7): GET, an empty body, and the path, which is encoded in the URL
 * already, encoded once more in what is signed, which both do unless told otherwise. Safe for use by many threads.
 */
final class SigV4 {
    private static final String SERVICE = "bedrock-agentcore";

    private final AwsCredentialsProvider credentials;
    private final Clock clock;

    SigV4(AwsCredentialsProvider credentials, Clock clock) {
        this.credentials = Objects.requireNonNull(credentials, "credentials");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /**
     * The headers that a signed request has, those given included: {@code Host}, {@code X-Amz-Date}, {@code Authorization}, and
     * {@code X-Amz-Security-Token} where there is a session.
     *
     * <p>AwsV4HttpSigner signs {@code x-amz-content-sha256} as well, whatever it is told. The platform's own client has no such header
     * (contract K8), and this older signer has none.
     */
    @SuppressWarnings("deprecation")
    Map<String, String> headers(RuntimeEndpoint endpoint, String path, Map<String, String> parameters, Map<String, String> signed)
            throws RuntimeClientException {
        SdkHttpFullRequest.Builder request = SdkHttpFullRequest.builder();
        describe(request, endpoint, path, parameters);
        signed.forEach(request::putHeader);
        SdkHttpFullRequest result = software.amazon.awssdk.auth.signer.Aws4Signer.create().sign(request.build(), Aws4SignerParams.builder()
                .awsCredentials(credentials()).signingName(SERVICE).signingRegion(Region.of(endpoint.region())).signingClockOverride(clock)
                .doubleUrlEncode(true).build());
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : new String[] {"Host", "X-Amz-Date", "Authorization", "X-Amz-Security-Token"}) {
            result.firstMatchingHeader(name).ifPresent(value -> headers.put(name, value));
        }
        headers.putAll(signed);
        return headers;
    }

    /** The query parameters that a presigned URL has, in their order: those given, and then the signature's (contract K12). */
    Map<String, String> parameters(RuntimeEndpoint endpoint, String path, Map<String, String> parameters, Duration expiry)
            throws RuntimeClientException {
        SdkHttpRequest.Builder request = SdkHttpRequest.builder();
        describe(request, endpoint, path, parameters);
        AwsCredentials who = credentials();
        SdkHttpRequest result = AwsV4HttpSigner.create().sign(sign -> sign.identity(who).request(request.build())
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                .putProperty(AwsV4HttpSigner.REGION_NAME, endpoint.region())
                .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, true)
                .putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, expiry)
                .putProperty(HttpSigner.SIGNING_CLOCK, clock)).request();
        Map<String, String> all = new LinkedHashMap<>(parameters);
        for (String name : new String[] {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
            "X-Amz-Security-Token", "X-Amz-Signature"}) {
            result.firstMatchingRawQueryParameter(name).ifPresent(value -> all.put(name, value));
        }
        return all;
    }

    private static void describe(SdkHttpRequest.Builder request, RuntimeEndpoint endpoint, String path, Map<String, String> parameters) {
        request.method(SdkHttpMethod.GET).protocol(endpoint.base().getScheme().equals("wss") ? "https" : "http")
                .host(endpoint.base().getHost()).encodedPath(path);
        if (endpoint.base().getPort() >= 0) {
            request.port(endpoint.base().getPort());
        }
        parameters.forEach(request::putRawQueryParameter);
    }

    private AwsCredentials credentials() throws RuntimeClientException {
        try {
            AwsCredentials found = credentials.resolveCredentials();
            if (found != null && found.accessKeyId() != null && found.secretAccessKey() != null) {
                return found;
            }
            throw new RuntimeClientException(noCredentials("the provider has none"), null);
        } catch (SdkException e) {
            throw new RuntimeClientException(noCredentials(e.getMessage()), e);
        }
    }

    private static String noCredentials(String why) {
        return "No AWS credentials found (expected: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role; "
                + "`aws sts get-caller-identity` says whose they are): " + why;
    }
}
