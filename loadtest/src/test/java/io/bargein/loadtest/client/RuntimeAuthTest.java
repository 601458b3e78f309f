package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** The vectors were made by the platform's own Python client with its clock fixed, and once more by another implementation. */
class RuntimeAuthTest {
    private static final String KEY = "AKIAIOSFODNN7EXAMPLE";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private static final String TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN/+==";
    private static final String SESSION = "11111111-2222-4333-8444-555555555555";
    private static final String SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";
    private static final String HOST = "bedrock-agentcore.us-west-2.amazonaws.com";
    private static final String PATH = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy_agent-AbCdEf1234/ws";
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-15T12:00:00Z"), ZoneOffset.UTC);
    private static final AwsCredentialsProvider KEYS = StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET));
    private static final AwsCredentialsProvider SESSION_KEYS =
            StaticCredentialsProvider.create(AwsSessionCredentials.create(KEY, SECRET, TOKEN));
    private static final RuntimeEndpoint ENDPOINT =
            RuntimeEndpoint.ofArn("arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234");

    @Test
    void signsHeadersAsVectorOneSays() throws Exception {
        WsRequest request = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.sigV4(KEYS, CLOCK)).build().handshake(SESSION);
        assertEquals("wss://" + HOST + PATH, request.uri().toString());
        assertEquals(authorization("host;x-amz-date", "aebc372b31485ae72a200409e35f7f5c8ce099e8a9b68b5be9d3b3fea050927d"),
                request.headers().get("Authorization"));
        assertEquals(List.of("Host", "X-Amz-Date", "Authorization", SESSION_HEADER, "User-Agent"), List.copyOf(request.headers().keySet()));
        assertEquals(HOST, request.headers().get("Host"));
        assertEquals("20260115T120000Z", request.headers().get("X-Amz-Date"));
        assertEquals(SESSION, request.headers().get(SESSION_HEADER));
        assertEquals("AgentCoreRuntimeClient/1.0", request.headers().get("User-Agent"));
        assertEquals(List.of(), request.subprotocols());
    }

    @Test
    void encodesThePathOnceMoreInWhatIsSigned() throws Exception {
        String authorization = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.sigV4(KEYS, CLOCK)).build().handshake(SESSION).headers()
                .get("Authorization");
        assertFalse(authorization.contains("87efc79eb904b7ad23a1ac223a39bd946329b801ce2731bac4a1428578c126cb"), authorization);
    }

    @Test
    void signsQualifierAndSessionTokenAsVectorTwoSays() throws Exception {
        WsRequest request = RuntimeTarget.builder(ENDPOINT.withQualifier("DEFAULT")).auth(RuntimeAuth.sigV4(SESSION_KEYS, CLOCK)).build()
                .handshake(SESSION);
        assertEquals("wss://" + HOST + PATH + "?qualifier=DEFAULT", request.uri().toString());
        assertEquals(authorization("host;x-amz-date;x-amz-security-token", "b321da007c22390b8654a5c02d6f0b3b053b80d77cc56c8a4be88d03e3a52077"),
                request.headers().get("Authorization"));
        assertEquals(TOKEN, request.headers().get("X-Amz-Security-Token"));
    }

    @Test
    void presignsAsVectorThreeSays() throws Exception {
        WsRequest request = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.presigned(KEYS, RuntimeAuth.DEFAULT_EXPIRY, CLOCK)).build()
                .handshake(SESSION);
        assertEquals("wss://" + HOST + PATH + "?" + SESSION_HEADER + "=" + SESSION + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + KEY
                + "%2F20260115%2Fus-west-2%2Fbedrock-agentcore%2Faws4_request&X-Amz-Date=20260115T120000Z&X-Amz-Expires=300"
                + "&X-Amz-SignedHeaders=host&X-Amz-Signature=84c9badbfb9071bcf2e977bec4a27cd088e3485b51c921bfb3899dc709a7dff0",
                request.uri().toString());
        assertEquals(Map.of(), request.headers());
    }

    @Test
    void presignsOwnParametersInTheirOrderAsVectorFourSays() throws Exception {
        WsRequest request = RuntimeTarget.builder(ENDPOINT.withQualifier("DEFAULT"))
                .auth(RuntimeAuth.presigned(SESSION_KEYS, Duration.ofSeconds(60), CLOCK))
                .parameter("X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang", "en US/é+1").build().handshake(SESSION);
        assertEquals("wss://" + HOST + PATH + "?qualifier=DEFAULT&X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang=en%20US%2F%C3%A9%2B1&"
                + SESSION_HEADER + "=" + SESSION + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + KEY
                + "%2F20260115%2Fus-west-2%2Fbedrock-agentcore%2Faws4_request&X-Amz-Date=20260115T120000Z&X-Amz-Expires=60"
                + "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLETOKEN%2F%2B%3D%3D"
                + "&X-Amz-Signature=64dd3f6ab0dc404435ba76e32635c4ff027e2a9551952bb995e5c8111f1bf763", request.uri().toString());
    }

    @Test
    void signsTheShellsPathAsVectorsFiveAndSixSay() throws Exception {
        SigV4 signer = new SigV4(KEYS, CLOCK);
        Map<String, String> headers = signer.headers(ENDPOINT, PATH + "/shells", Map.of("shellId", "build-1"), Map.of(SESSION_HEADER, SESSION));
        assertEquals(authorization("host;x-amz-date;x-amzn-bedrock-agentcore-runtime-session-id",
                "892c02f27f976bf5c1353bdbef92f97fac169d1fdfddd46a73cb8c563be92510"), headers.get("Authorization"));
        Map<String, String> own = new java.util.LinkedHashMap<>(Map.of("qualifier", "DEFAULT"));
        own.put("shellId", "build-1");
        own.put(SESSION_HEADER, SESSION);
        assertEquals("633b77fcbe8bba223612bfa0c3f2c17d7a9cda86daf00b2862b3712f81aecec6",
                signer.parameters(ENDPOINT, PATH + "/shells", own, Duration.ofSeconds(120)).get("X-Amz-Signature"));
    }

    @Test
    void signsMoreHeadersAsTheSecondReferenceSays() throws Exception {
        Map<String, String> headers = new SigV4(KEYS, CLOCK).headers(ENDPOINT, PATH, Map.of(), Map.of(SESSION_HEADER, SESSION));
        assertEquals(authorization("host;x-amz-date;x-amzn-bedrock-agentcore-runtime-session-id",
                "914b78a4c94e3f9dfee14461dcec6de048eb72fca13e763ea9c573df6b4ff25c"), headers.get("Authorization"));
        Map<String, String> withHash = new SigV4(KEYS, CLOCK).headers(ENDPOINT, PATH, Map.of(), Map.of(SESSION_HEADER, SESSION,
                "x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        assertEquals(authorization("host;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-agentcore-runtime-session-id",
                "7eefd40017bbab678ccb0751af062a3d46555a542775c44ed6c870de7e25f452"), withHash.get("Authorization"));
    }

    @Test
    void putsATokenIntoTheHeaderOrTheSubprotocol() throws Exception {
        WsRequest bearer = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.bearer("a.b.c")).build().handshake(SESSION);
        assertEquals("[Authorization=Bearer a.b.c, " + SESSION_HEADER + "=" + SESSION + ", User-Agent=OAuth-WebSocket-Client/1.0]",
                bearer.headers().entrySet().toString());
        WsRequest browser = RuntimeTarget.builder(ENDPOINT.withQualifier("DEFAULT"))
                .auth(RuntimeAuth.browserSubprotocol("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")).build().handshake(SESSION);
        assertEquals(List.of("base64UrlBearerAuthorization.ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZTMwLmMybG4", "base64UrlBearerAuthorization"),
                browser.subprotocols());
        assertEquals("qualifier=DEFAULT&" + SESSION_HEADER + "=" + SESSION, browser.uri().getRawQuery());
        assertEquals(Map.of(), browser.headers());
    }

    @Test
    void refusesTokensThatAreNone() {
        assertRefused("Bearer token cannot be empty", () -> RuntimeAuth.bearer(""));
        assertRefused("Bearer token cannot be empty", () -> RuntimeAuth.browserSubprotocol(" "));
        assertRefused("token: spaces or other characters in it", () -> RuntimeAuth.bearer("a\r\nHost: evil"));
        RuntimeTarget late = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.bearer(() -> null)).build();
        assertTrue(assertThrows(RuntimeClientException.class, () -> late.handshake(SESSION)).getMessage().contains("cannot be empty"));
        RuntimeTarget longToken = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.browserSubprotocol("x".repeat(3_073))).build();
        assertTrue(assertThrows(RuntimeClientException.class, () -> longToken.handshake(SESSION)).getMessage().contains("at most 4096"));
    }

    @Test
    void signsForFiveMinutesAtMost() {
        assertRefused("Expiry timeout cannot exceed 300 seconds, got 400", () -> RuntimeAuth.presigned(KEYS, Duration.ofSeconds(400), CLOCK));
        assertRefused("expires: PT0.5S (expected: 1 s to 300 s)", () -> RuntimeAuth.presigned(KEYS, Duration.ofMillis(500), CLOCK));
    }

    @Test
    void saysWhatToDoWithoutCredentials() {
        for (AwsCredentialsProvider none : List.of(noneOf(), () -> null)) {
            RuntimeTarget target = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.sigV4(none, CLOCK)).build();
            String message = assertThrows(RuntimeClientException.class, () -> target.handshake(SESSION)).getMessage();
            assertTrue(message.startsWith("No AWS credentials found (expected: AWS_ACCESS_KEY_ID"), message);
        }
    }

    private static AwsCredentialsProvider noneOf() {
        return AwsCredentialsProviderChain.of(() -> {
            throw SdkClientException.create("not here");
        });
    }

    @Test
    void makesASessionIdOfItsOwnForARuntimeAndLeavesItToAnyOtherServer() throws Exception {
        RuntimeTarget runtime = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.bearer("t")).build();
        String one = runtime.handshake(null).headers().get(SESSION_HEADER);
        assertTrue(one.matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), one);
        assertNotEquals(one, runtime.handshake(null).headers().get(SESSION_HEADER));
        assertRefused("session-id: short (expected: 33 to 256 visible ASCII", () -> runtime.handshake("short"));
        RuntimeTarget url = RuntimeTarget.of(URI.create("ws://127.0.0.1:1/ws"));
        assertNull(url.handshake(null).headers().get(SESSION_HEADER));
        assertEquals("short", url.handshake("short").headers().get(SESSION_HEADER));
        assertRefused("session-id: a b (expected: 1 to 256", () -> url.handshake("a b"));
    }

    @Test
    void addsHeadersByThePlatformsRules() throws Exception {
        String custom = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang";
        RuntimeTarget.Builder target = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.bearer("t"));
        assertEquals("de", target.header(custom, "de").build().handshake(SESSION).headers().get(custom));
        // In the URL it is a parameter, which becomes a header again; what has another name would not arrive.
        RuntimeTarget.Builder inUrl = RuntimeTarget.builder(ENDPOINT).auth(RuntimeAuth.browserSubprotocol("t")).header(custom, "de");
        assertEquals(custom + "=de&" + SESSION_HEADER + "=" + SESSION, inUrl.build().handshake(SESSION).uri().getRawQuery());
        assertRefused("query parameter: X-Mine (expected: a name that begins with", () -> inUrl.header("X-Mine", "1").build());
        assertRefused("query parameter: lang (expected: a name that begins with", () -> target.parameter("lang", "de"));
        for (String taken : List.of("authorization", "HOST", "Sec-WebSocket-Key", "X-Amz-Date", SESSION_HEADER.toLowerCase())) {
            assertRefused("header: " + taken + " (expected: none that the handshake", () -> target.header(taken, "x"));
        }
        assertRefused("(expected: a letter, then", () -> target.header("a:b", "x"));
        assertRefused("(expected: printable ASCII)", () -> target.header("X-Mine", "a\r\nb"));
        assertRefused("has 4097 bytes (expected: at most 4096)", () -> target.header("X-Mine", "x".repeat(4_097)));
    }

    @Test
    void keepsSecretsOffWhatItIsNotFor() {
        RuntimeEndpoint open = RuntimeEndpoint.ofUrl(URI.create("ws://10.0.0.1/ws"));
        assertRefused("(expected: wss, or a loopback address", () -> RuntimeTarget.builder(open).auth(RuntimeAuth.bearer("t")).build());
        RuntimeEndpoint url = RuntimeEndpoint.ofUrl(URI.create("wss://10.0.0.1/ws"));
        assertRefused("(expected: a runtime ARN", () -> RuntimeTarget.builder(url).auth(RuntimeAuth.sigV4(KEYS, CLOCK)).build());
    }

    @Test
    void tellsNoSecretInAString() throws Exception {
        for (RuntimeAuth auth : List.of(RuntimeAuth.bearer("hush"), RuntimeAuth.browserSubprotocol("hush"), RuntimeAuth.sigV4(KEYS, CLOCK),
                RuntimeAuth.presigned(KEYS, Duration.ofSeconds(5), CLOCK))) {
            RuntimeTarget target = RuntimeTarget.builder(ENDPOINT).auth(auth).build();
            String all = auth + " " + target + " " + target.handshake(SESSION);
            assertFalse(all.contains("hush") || all.contains("Signature") || all.contains(SECRET), all);
        }
    }

    private static String authorization(String signedHeaders, String signature) {
        return "AWS4-HMAC-SHA256 Credential=" + KEY + "/20260115/us-west-2/bedrock-agentcore/aws4_request, SignedHeaders=" + signedHeaders
                + ", Signature=" + signature;
    }

    private static void assertRefused(String complaint, org.junit.jupiter.api.function.Executable bad) {
        String message = assertThrows(IllegalArgumentException.class, bad).getMessage();
        assertTrue(message.contains(complaint), message);
    }
}
