package io.bargein.loadtest.frontdoor;

import io.netty.buffer.ByteBufInputStream;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.signer.Aws4Signer;
import software.amazon.awssdk.auth.signer.params.Aws4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.regions.Region;

/**
 * Checks signatures of version 4, in the header and in the query, by signing once more what the caller says to have signed, with the SDK's
 * own signers. Safe for use by many threads.
 */
final class SigV4Verifier {
    /** What begins an {@code Authorization} header of this kind. */
    static final String ALGORITHM = "AWS4-HMAC-SHA256";
    static final String SERVICE = "bedrock-agentcore";

    private static final Duration MAX_SKEW = Duration.ofMinutes(5);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String INCOMPLETE = "IncompleteSignatureException";
    private static final String INVALID = "InvalidSignatureException";
    private static final String BAD_TOKEN = "The security token included in the request is invalid.";
    private static final String MISMATCH = "The request signature we calculated does not match the signature you provided. Check your AWS"
            + " Secret Access Key and signing method. Consult the service documentation for details.";

    /** What a signature says about itself; {@code expires} is null in the header's form. */
    private record Claim(String credential, List<String> signedHeaders, String signature, String date, String token, Duration expires) {}

    private final Map<String, AwsCredentials> keys;
    private final String region;
    private final Duration maxPresign;

    SigV4Verifier(Map<String, AwsCredentials> keys, String region, Duration maxPresign) {
        this.keys = Map.copyOf(keys);
        this.region = region;
        this.maxPresign = maxPresign;
    }

    /** Refuses a request whose {@code Authorization} header does not sign it. */
    void verifyHeader(RuntimeRequest request, Instant now) throws Refusal {
        Map<String, String> fields = new TreeMap<>();
        for (String field : request.http().headers().get(HttpHeaderNames.AUTHORIZATION).substring(ALGORITHM.length()).split(",")) {
            String[] pair = field.strip().split("=", 2);
            fields.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        Claim claim = claim(fields, request.http().headers().get("X-Amz-Date"), request.http().headers().get("X-Amz-Security-Token"), null);
        AwsCredentials key = key(claim);
        Instant signed = signingTime(claim);
        if (signed.isBefore(now.minus(MAX_SKEW))) {
            throw expired(signed, now.minus(MAX_SKEW), now, "5 min.");
        }
        notBefore(signed, now);
        require(claim, headerSignature(request, claim, key, signed));
    }

    /** Refuses a request whose query does not sign it. */
    void verifyQuery(RuntimeRequest request, Instant now) throws Refusal {
        String algorithm = request.parameter("X-Amz-Algorithm");
        if (!ALGORITHM.equals(algorithm)) {
            throw Refusal.forbidden(INCOMPLETE, "Unsupported AWS 'algorithm': '" + algorithm + "'.");
        }
        Map<String, String> fields = new TreeMap<>();
        for (String name : List.of("Credential", "SignedHeaders", "Signature")) {
            String value = request.parameter("X-Amz-" + name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        Claim claim = claim(fields, request.parameter("X-Amz-Date"), request.parameter("X-Amz-Security-Token"), expires(request));
        AwsCredentials key = key(claim);
        Instant signed = signingTime(claim);
        if (signed.plus(claim.expires()).isBefore(now)) {
            throw expired(signed, now.minus(claim.expires()), now, claim.expires().toSeconds() + " sec.");
        }
        notBefore(signed, now);
        require(claim, querySignature(request, claim, key, signed));
    }

    private static Claim claim(Map<String, String> fields, String date, String token, Duration expires) throws Refusal {
        for (String name : List.of("Credential", "SignedHeaders", "Signature")) {
            if (fields.getOrDefault(name, "").isEmpty()) {
                throw Refusal.forbidden(INCOMPLETE, "Authorization requires '" + name + "' parameter.");
            }
        }
        if (date == null) {
            throw Refusal.forbidden(INCOMPLETE, "Authorization requires existence of an 'X-Amz-Date'.");
        }
        List<String> signedHeaders = List.of(fields.get("SignedHeaders").toLowerCase(Locale.ROOT).split(";"));
        if (!signedHeaders.contains("host")) {
            throw Refusal.forbidden(INVALID, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        }
        return new Claim(fields.get("Credential"), signedHeaders, fields.get("Signature"), date, token, expires);
    }

    private Duration expires(RuntimeRequest request) throws Refusal {
        String text = request.parameter("X-Amz-Expires");
        if (text == null || !text.matches("[1-9]\\d{0,8}") || Long.parseLong(text) > maxPresign.toSeconds()) {
            throw Refusal.forbidden(INVALID, "X-Amz-Expires: " + text + " (expected: 1 to " + maxPresign.toSeconds() + ", in seconds)");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** The key that is named, if the scope, which is {@code KEY/DATE/REGION/SERVICE/aws4_request}, is ours. */
    private AwsCredentials key(Claim claim) throws Refusal {
        String[] scope = claim.credential().split("/", -1);
        if (scope.length != 5) {
            throw Refusal.forbidden(INCOMPLETE, "Credential must have exactly 5 slash-delimited elements, e.g."
                    + " keyid/date/region/service/term, got '" + claim.credential() + "'.");
        }
        AwsCredentials key = keys.get(scope[0]);
        if (key == null) {
            throw Refusal.forbidden("UnrecognizedClientException", BAD_TOKEN);
        }
        if (!scope[2].equals(region)) {
            throw Refusal.forbidden(INVALID, "Credential should be scoped to a valid region, not '" + scope[2] + "'.");
        }
        if (!scope[3].equals(SERVICE)) {
            throw Refusal.forbidden(INVALID, "Credential should be scoped to correct service: '" + SERVICE + "'.");
        }
        if (!scope[4].equals("aws4_request") || !claim.date().startsWith(scope[1] + "T")) {
            throw Refusal.forbidden(INVALID, "Credential should be scoped to the date of " + claim.date() + " and to 'aws4_request'.");
        }
        String token = key instanceof AwsSessionCredentials session ? session.sessionToken() : null;
        if (token == null ? claim.token() != null : claim.token() == null || !same(token, claim.token())) {
            throw Refusal.forbidden("UnrecognizedClientException", BAD_TOKEN);
        }
        return key;
    }

    private static Instant signingTime(Claim claim) throws Refusal {
        try {
            return Instant.from(DATE.parse(claim.date()));
        } catch (DateTimeException e) {
            throw Refusal.forbidden(INCOMPLETE, "Date must be in ISO-8601 'basic format'. Got '" + claim.date() + "'.");
        }
    }

    private static Refusal expired(Instant signed, Instant limit, Instant now, String tolerance) {
        return Refusal.forbidden(INVALID, "Signature expired: " + DATE.format(signed) + " is now earlier than " + DATE.format(limit) + " ("
                + DATE.format(now) + " - " + tolerance + ")");
    }

    private static void notBefore(Instant signed, Instant now) throws Refusal {
        if (signed.isAfter(now.plus(MAX_SKEW))) {
            throw Refusal.forbidden(INVALID, "Signature not yet current: " + DATE.format(signed) + " is still later than "
                    + DATE.format(now.plus(MAX_SKEW)) + " (" + DATE.format(now) + " + 5 min.)");
        }
    }

    /** The signer of before: today's puts {@code x-amz-content-sha256} among the signed headers of its own accord, and not all callers do. */
    @SuppressWarnings("deprecation")
    private String headerSignature(RuntimeRequest request, Claim claim, AwsCredentials key, Instant signed) throws Refusal {
        SdkHttpFullRequest.Builder rebuilt = SdkHttpFullRequest.builder();
        rebuild(request, claim, rebuilt);
        request.query().forEach(rebuilt::putRawQueryParameter);
        FullHttpRequest http = request.http();
        rebuilt.contentStreamProvider(() -> new ByteBufInputStream(http.content().duplicate()));
        boolean signsToken = claim.signedHeaders().contains("x-amz-security-token");
        String authorization = Aws4Signer.create().sign(rebuilt.build(), Aws4SignerParams.builder()
                .awsCredentials(signsToken ? key : withoutToken(key)).signingName(SERVICE).signingRegion(Region.of(region))
                .signingClockOverride(Clock.fixed(signed, ZoneOffset.UTC)).build()).firstMatchingHeader("Authorization").orElseThrow();
        return authorization.substring(authorization.lastIndexOf('=') + 1);
    }

    private String querySignature(RuntimeRequest request, Claim claim, AwsCredentials key, Instant signed) throws Refusal {
        SdkHttpRequest.Builder rebuilt = SdkHttpRequest.builder();
        rebuild(request, claim, rebuilt);
        request.query().forEach((name, values) -> {
            if (!isSignersOwn(name)) {
                rebuilt.putRawQueryParameter(name, values);
            }
        });
        FullHttpRequest http = request.http();
        return AwsV4HttpSigner.create().sign(sign -> sign.identity(key).request(rebuilt.build())
                .payload(() -> new ByteBufInputStream(http.content().duplicate()))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE).putProperty(AwsV4HttpSigner.REGION_NAME, region)
                .putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, claim.expires())
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(signed, ZoneOffset.UTC)))
                .request().firstMatchingRawQueryParameter("X-Amz-Signature").orElseThrow();
    }

    private static boolean isSignersOwn(String parameter) {
        return switch (parameter.toLowerCase(Locale.ROOT)) {
            case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-security-token",
                    "x-amz-signature" -> true;
            default -> false;
        };
    }

    /** The request with the headers alone that were signed; the signer adds its own. */
    private static void rebuild(RuntimeRequest request, Claim claim, SdkHttpRequest.Builder rebuilt) throws Refusal {
        FullHttpRequest http = request.http();
        String host = http.headers().get(HttpHeaderNames.HOST, "");
        int colon = host.lastIndexOf(':');
        String port = colon < 0 ? "443" : host.substring(colon + 1);
        if (host.isEmpty() || !port.matches("\\d{1,5}")) {
            throw Refusal.validation("Host: " + host + " (expected: host or host:port)");
        }
        // The signer leaves a scheme's own port out of the header, so the scheme is the one that keeps the header as it came.
        rebuilt.method(SdkHttpMethod.fromValue(http.method().name())).encodedPath(request.rawPath())
                .protocol(colon < 0 || port.equals("80") ? "https" : "http")
                .host(colon < 0 ? host : host.substring(0, colon)).port(Integer.parseInt(port));
        for (String name : claim.signedHeaders()) {
            if (!name.equals("host") && !name.equals("x-amz-date") && !name.equals("x-amz-security-token")) {
                rebuilt.putHeader(name, new ArrayList<>(http.headers().getAll(name)));
            }
        }
    }

    private static AwsCredentials withoutToken(AwsCredentials key) {
        return AwsBasicCredentials.create(key.accessKeyId(), key.secretAccessKey());
    }

    private static void require(Claim claim, String signature) throws Refusal {
        if (!same(signature, claim.signature())) {
            throw Refusal.forbidden(INVALID, MISMATCH);
        }
    }

    /** Takes as long whatever the difference. */
    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
