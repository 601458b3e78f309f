package io.bargein.loadtest.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/**
 * How a client proves who it is. A runtime takes either signatures or tokens, never both (contract K17). Immutable, safe for use by many
 * threads, and silent about its secrets in {@link #toString}.
 */
public abstract sealed class RuntimeAuth {

    /** How long a presigned URL is good for unless something else is said: 300 s, which is the most, too (contract K12). */
    public static final Duration DEFAULT_EXPIRY = Duration.ofSeconds(300);

    private static final Duration SHORTEST_EXPIRY = Duration.ofSeconds(1);
    /** What the platform's own clients of the two forms are called (contract K9, K15). */
    private static final String SIGNING_USER_AGENT = "AgentCoreRuntimeClient/1.0";
    private static final String BEARER_USER_AGENT = "OAuth-WebSocket-Client/1.0";

    private RuntimeAuth() {}

    /**
     * Signature Version 4 in headers, with the credentials that the SDK's default chain finds.
     *
     * @return the authentication
     */
    public static RuntimeAuth sigV4() {
        return sigV4(DefaultCredentialsProvider.builder().build(), Clock.systemUTC());
    }

    /**
     * Signature Version 4 in headers (contract K6 to K11).
     *
     * @param credentials asked for each handshake, on the thread that makes it
     * @param clock says when it is signed; the service takes it for five minutes either way
     * @return the authentication
     */
    public static RuntimeAuth sigV4(AwsCredentialsProvider credentials, Clock clock) {
        return new Signed(new SigV4(credentials, clock));
    }

    /**
     * Signature Version 4 in the URL, with the credentials that the SDK's default chain finds.
     *
     * @param expiry 1 s to 300 s
     * @return the authentication
     * @throws IllegalArgumentException if it is out of range
     */
    public static RuntimeAuth presigned(Duration expiry) {
        return presigned(DefaultCredentialsProvider.builder().build(), expiry, Clock.systemUTC());
    }

    /**
     * Signature Version 4 in the URL (contract K12 to K14). Its expiry is about the handshake alone: an open connection goes on.
     *
     * @param credentials asked for each handshake, on the thread that makes it
     * @param expiry how long the URL is good for: 1 s to 300 s, in whole seconds
     * @param clock says when it is signed
     * @return the authentication
     * @throws IllegalArgumentException if the expiry is out of range
     */
    public static RuntimeAuth presigned(AwsCredentialsProvider credentials, Duration expiry, Clock clock) {
        if (expiry.compareTo(DEFAULT_EXPIRY) > 0) {
            throw new IllegalArgumentException("Expiry timeout cannot exceed 300 seconds, got " + expiry.toSeconds() + " (expected: 1 to 300)");
        }
        if (expiry.compareTo(SHORTEST_EXPIRY) < 0) {
            throw new IllegalArgumentException("expires: " + expiry + " (expected: 1 s to 300 s)");
        }
        return new Presigned(new SigV4(credentials, clock), expiry);
    }

    /**
     * An OAuth token in the {@code Authorization} header (contract K15).
     *
     * @param token without {@code Bearer}
     * @return the authentication
     * @throws IllegalArgumentException if it is empty, or has what no token has
     */
    public static RuntimeAuth bearer(String token) {
        checkToken(token);
        return new Bearer(() -> token);
    }

    /**
     * An OAuth token in the {@code Authorization} header, asked for each handshake: a connection outlives its token, but the next
     * handshake does not (contract C76).
     *
     * @param tokens makes them; called on the thread that makes the handshake, and may block
     * @return the authentication
     */
    public static RuntimeAuth bearer(Supplier<String> tokens) {
        return new Bearer(Objects.requireNonNull(tokens, "tokens"));
    }

    /**
     * An OAuth token as browsers can send it, in {@code Sec-WebSocket-Protocol} (contract K16); the session id goes into the URL.
     *
     * @param token without {@code Bearer}
     * @return the authentication
     * @throws IllegalArgumentException if it is empty, or has what no token has
     */
    public static RuntimeAuth browserSubprotocol(String token) {
        checkToken(token);
        return new Subprotocol(() -> token);
    }

    /**
     * As {@link #browserSubprotocol(String)}, with a token that is asked for each handshake.
     *
     * @param tokens makes them; called on the thread that makes the handshake, and may block
     * @return the authentication
     */
    public static RuntimeAuth browserSubprotocol(Supplier<String> tokens) {
        return new Subprotocol(Objects.requireNonNull(tokens, "tokens"));
    }

    /**
     * Nothing: for a server that is reached directly.
     *
     * @return the authentication
     */
    public static RuntimeAuth none() {
        return new None();
    }

    private static String checkToken(String token) {
        if (token == null || token.isBlank()) {
            throw new IllegalArgumentException("Bearer token cannot be empty (expected: an OAuth access token)");
        }
        if (!UrlText.isVisibleAscii(token)) {
            throw new IllegalArgumentException("token: spaces or other characters in it (expected: visible ASCII, without \"Bearer\")");
        }
        return token;
    }

    /** One connection's handshake; the session id is checked, or null. */
    abstract WsRequest handshake(RuntimeTarget target, String sessionId) throws RuntimeClientException;

    /** Whether the session id and the custom headers travel in the URL. */
    boolean isInUrl() {
        return false;
    }

    boolean mayBlock() {
        return true;
    }

    /** Refuses an endpoint that this is not for. */
    abstract void check(RuntimeEndpoint endpoint);

    private static void requireArn(RuntimeEndpoint endpoint) {
        if (!endpoint.isDeployed()) {
            throw new IllegalArgumentException("auth: a signature for " + endpoint + " (expected: a runtime ARN, which says the region)");
        }
    }

    private static void requirePrivate(RuntimeEndpoint endpoint) {
        if (!endpoint.isPrivate()) {
            throw new IllegalArgumentException("auth: a token to " + endpoint + " (expected: wss, or a loopback address; over ws it would be open)");
        }
    }

    /** In order: the URL's own, the qualifier, the caller's, and the session id where it is to be there (contract K12). */
    static Map<String, String> parameters(RuntimeTarget target, String sessionId, boolean inUrl) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (target.endpoint().qualifier() != null) {
            parameters.put("qualifier", target.endpoint().qualifier());
        }
        parameters.putAll(target.parameters());
        if (inUrl) {
            parameters.putAll(target.headers());
            if (sessionId != null) {
                parameters.put(SessionIds.NAME, sessionId);
            }
        }
        return parameters;
    }

    /** The endpoint's URL with just these parameters behind its own. */
    static URI uri(RuntimeEndpoint endpoint, Map<String, String> parameters) {
        StringBuilder uri = new StringBuilder().append(endpoint.base()).append(endpoint.rawPath());
        char separator = '?';
        if (endpoint.rawQuery() != null) {
            uri.append('?').append(endpoint.rawQuery());
            separator = '&';
        }
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            uri.append(separator).append(UrlText.encode(parameter.getKey())).append('=').append(UrlText.encode(parameter.getValue()));
            separator = '&';
        }
        return URI.create(uri.toString());
    }

    /** Session id and user agent first, so that a caller's own user agent takes the place of ours. */
    private static Map<String, String> headers(RuntimeTarget target, String sessionId, String userAgent) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (sessionId != null) {
            headers.put(SessionIds.NAME, sessionId);
        }
        if (userAgent != null && target.headers().keySet().stream().noneMatch("User-Agent"::equalsIgnoreCase)) {
            headers.put("User-Agent", userAgent);
        }
        headers.putAll(target.headers());
        return headers;
    }

    private static final class None extends RuntimeAuth {
        @Override
        WsRequest handshake(RuntimeTarget target, String sessionId) {
            return new WsRequest(uri(target.endpoint(), parameters(target, sessionId, false)), headers(target, sessionId, null), List.of());
        }

        @Override
        boolean mayBlock() {
            return false;
        }

        @Override
        void check(RuntimeEndpoint endpoint) {}

        @Override
        public String toString() {
            return "none";
        }
    }

    private static final class Signed extends RuntimeAuth {
        private final SigV4 signer;

        Signed(SigV4 signer) {
            this.signer = signer;
        }

        @Override
        WsRequest handshake(RuntimeTarget target, String sessionId) throws RuntimeClientException {
            Map<String, String> parameters = parameters(target, sessionId, false);
            Map<String, String> headers = signer.headers(target.endpoint(), target.endpoint().rawPath(), parameters, Map.of());
            headers.putAll(headers(target, sessionId, SIGNING_USER_AGENT));
            return new WsRequest(uri(target.endpoint(), parameters), headers, List.of());
        }

        @Override
        void check(RuntimeEndpoint endpoint) {
            requireArn(endpoint);
        }

        @Override
        public String toString() {
            return "sigv4";
        }
    }

    private static final class Presigned extends RuntimeAuth {
        private final SigV4 signer;
        private final Duration expiry;

        Presigned(SigV4 signer, Duration expiry) {
            this.signer = signer;
            this.expiry = expiry;
        }

        @Override
        WsRequest handshake(RuntimeTarget target, String sessionId) throws RuntimeClientException {
            Map<String, String> signed = signer.parameters(target.endpoint(), target.endpoint().rawPath(), parameters(target, sessionId, true),
                    expiry);
            return new WsRequest(uri(target.endpoint(), signed), Map.of(), List.of());
        }

        @Override
        boolean isInUrl() {
            return true;
        }

        @Override
        void check(RuntimeEndpoint endpoint) {
            requireArn(endpoint);
        }

        @Override
        public String toString() {
            return "presigned";
        }
    }

    private static final class Bearer extends RuntimeAuth {
        private final Supplier<String> tokens;

        Bearer(Supplier<String> tokens) {
            this.tokens = tokens;
        }

        @Override
        WsRequest handshake(RuntimeTarget target, String sessionId) throws RuntimeClientException {
            Map<String, String> headers = new LinkedHashMap<>();
            // With a capital A: written otherwise, AgentCore does not pass it on to the container (contract C39).
            headers.put("Authorization", "Bearer " + token(tokens));
            headers.putAll(headers(target, sessionId, BEARER_USER_AGENT));
            return new WsRequest(uri(target.endpoint(), parameters(target, sessionId, false)), headers, List.of());
        }

        @Override
        void check(RuntimeEndpoint endpoint) {
            requirePrivate(endpoint);
        }

        @Override
        public String toString() {
            return "bearer";
        }
    }

    private static final class Subprotocol extends RuntimeAuth {
        private static final String NAME = "base64UrlBearerAuthorization";
        private static final int MAX_ENCODED_CHARS = 4_096;

        private final Supplier<String> tokens;

        Subprotocol(Supplier<String> tokens) {
            this.tokens = tokens;
        }

        @Override
        WsRequest handshake(RuntimeTarget target, String sessionId) throws RuntimeClientException {
            String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(token(tokens).getBytes(StandardCharsets.US_ASCII));
            if (encoded.length() > MAX_ENCODED_CHARS) {
                throw new RuntimeClientException("token: " + encoded.length() + " characters encoded (expected: at most " + MAX_ENCODED_CHARS
                        + " in a subprotocol; --auth bearer has no such limit)", null);
            }
            return new WsRequest(uri(target.endpoint(), parameters(target, sessionId, true)), Map.of(), List.of(NAME + "." + encoded, NAME));
        }

        @Override
        boolean isInUrl() {
            return true;
        }

        @Override
        void check(RuntimeEndpoint endpoint) {
            requirePrivate(endpoint);
        }

        @Override
        public String toString() {
            return "browser";
        }
    }

    private static String token(Supplier<String> tokens) throws RuntimeClientException {
        try {
            return checkToken(tokens.get());
        } catch (RuntimeException e) {
            throw new RuntimeClientException(e.getMessage(), e);
        }
    }
}
