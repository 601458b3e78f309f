package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.frontdoor.Caller.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in for a bearer token, and what of it the container sees. */
@Timeout(60)
class TokenTest {
    private static final TokenIssuer ISSUER = TokenIssuer.rs256("https://issuer.example", "my-audience", "my-client");
    private static final String GET = "GET " + Vectors.PATH + " HTTP/1.1\n" + Vectors.UPGRADE;
    private static final String POST = "POST " + Vectors.PATH.replaceFirst("/ws$", "/invocations")
            + " HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 2\n";

    private final Container container = new Container();
    private final Caller caller = new Caller();
    private final HandMovedTime time = new HandMovedTime(Vectors.SIGNED);
    private final String token = ISSUER.issue("me", Vectors.SIGNED, Duration.ofMinutes(10));
    private FrontDoor door;

    private FrontDoorBuilder builder() {
        return FrontDoor.before(container.uri()).time(time).tokens(ISSUER.verifier());
    }

    @BeforeEach
    void open() throws Exception {
        door = builder().allowHeader("Authorization").open();
    }

    @AfterEach
    void close() {
        door.close();
        caller.close();
        container.close();
    }

    private Answer sends(String request) throws Exception {
        return caller.sends(door.uri(), request);
    }

    private static String browserForm(String token) {
        return "Sec-WebSocket-Protocol: base64UrlBearerAuthorization."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8))
                + ", base64UrlBearerAuthorization\n";
    }

    @Test
    void takesATokenInTheHeader() throws Exception {
        assertEquals(101, sends(GET + "Authorization: Bearer " + token + "\n").status());
        assertEquals("Bearer " + token, container.arrival().headers().get("authorization"));
        assertEquals(200, sends(POST + "Authorization: Bearer " + token + "\n\n{}").status());
        assertEquals("Bearer " + token, container.arrival().headers().get("authorization"));
    }

    @Test
    void takesATokenAmongTheSubprotocolsAndAnswersThePlatformsOwnOne() throws Exception {
        Answer answer = sends(GET + browserForm(token));
        assertEquals(101, answer.status(), answer.body());
        assertEquals("base64UrlBearerAuthorization", answer.headers().get("Sec-WebSocket-Protocol"));
        Container.Arrival arrival = container.arrival();
        assertEquals("Bearer " + token, arrival.headers().get("authorization"));
        assertFalse(arrival.headers().keySet().stream().anyMatch(name -> name.equalsIgnoreCase("Sec-WebSocket-Protocol")));
    }

    @Test
    void understandsTheVectorOfTheBrowsersFormAndFindsItsSignatureWrong() throws Exception {
        String vector =
                "Sec-WebSocket-Protocol: base64UrlBearerAuthorization.ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZTMwLmMybG4, base64UrlBearerAuthorization\n";
        assertEquals(vector, browserForm("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));
        sends(GET + vector).is(401, "UnauthorizedException", "OAuth authorization failed: ");
        sends(GET + "Sec-WebSocket-Protocol: base64UrlBearerAuthorization.%%%\n").is(401, "UnauthorizedException", "no Base64 for URLs");
        assertTrue(container.sawNothing());
    }

    @Test
    void dropsOnAnUpgradeAHeaderThatIsNotWrittenWithACapital() throws Exception {
        assertEquals(101, sends(GET + "authorization: Bearer " + token + "\n").status());
        assertNull(container.arrival().headers().get("authorization"));
        assertEquals(200, sends(POST + "authorization: Bearer " + token + "\n\n{}").status());
        assertEquals("Bearer " + token, container.arrival().headers().get("authorization"));
    }

    @Test
    void keepsTheTokenToItselfUnlessItIsAllowedThrough() throws Exception {
        door.close();
        door = builder().open();
        assertEquals(101, sends(GET + "Authorization: Bearer " + token + "\n").status());
        assertNull(container.arrival().headers().get("authorization"));
        assertEquals(101, sends(GET + browserForm(token)).status());
        assertNull(container.arrival().headers().get("authorization"));
    }

    @Test
    void refusesATokenThatIsNotGood() throws Exception {
        String other = TokenIssuer.rs256("https://issuer.example", "my-audience", "my-client").issue("me", Vectors.SIGNED, Duration.ofMinutes(10));
        refuses("Token signature is invalid", other);
        refuses("Token signature is invalid", token.substring(0, token.lastIndexOf('.') + 1));
        refuses("Token has expired", ISSUER.issue("me", Vectors.SIGNED, Duration.ofSeconds(-1)));
        refuses("Failed to parse token: 1 parts (expected: 3)", "nonsense");
        refuses("Failed to parse token: ", "a.b.c");
        String none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        refuses("Token is signed with 'none' (expected: RS256)", none + "." + token.split("\\.")[1] + ".");
        assertTrue(container.sawNothing());
    }

    private void refuses(String why, String bad) throws Exception {
        sends(GET + "Authorization: Bearer " + bad + "\n").is(401, "UnauthorizedException", "OAuth authorization failed: " + why);
        sends(GET + browserForm(bad)).is(401, "UnauthorizedException", "OAuth authorization failed: " + why);
        assertTrue(sends(POST + "Authorization: Bearer " + bad + "\n\n{}").is(401, "UnauthorizedException", why).body().contains("-32001"));
    }

    @Test
    void refusesATokenOfSomebodyElse() throws Exception {
        byte[] secret = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        door.close();
        door = builder().tokens(TokenVerifier.hs256(secret, "https://issuer.example", Set.of("a", "b"), Set.of("c", "d"))).open();
        assertEquals(101, sends(GET + bearer(TokenIssuer.hs256(secret, "https://issuer.example", "a", "c"))).status());
        assertEquals(101, sends(GET + bearer(TokenIssuer.hs256(secret, "https://issuer.example", "b", "d"))).status());
        sends(GET + bearer(TokenIssuer.hs256(secret, "https://other.example", "a", "c"))).is(401, "UnauthorizedException",
                "Claim 'iss' value mismatch");
        sends(GET + bearer(TokenIssuer.hs256(secret, "https://issuer.example", "c", "c"))).is(401, "UnauthorizedException",
                "Claim 'aud' value mismatch");
        sends(GET + bearer(TokenIssuer.hs256(secret, "https://issuer.example", "a", "a"))).is(401, "UnauthorizedException",
                "Claim 'client_id' value");
        String rs256 = "Token is signed with 'RS256' (expected: HS256)";
        sends(GET + "Authorization: Bearer " + token + "\n").is(401, "UnauthorizedException", rs256);
    }

    private static String bearer(TokenIssuer issuer) {
        return "Authorization: Bearer " + issuer.issue("me", Vectors.SIGNED, Duration.ofMinutes(1)) + "\n";
    }

    @Test
    void looksAtTheTimeOfATokenAtTheHandshakeAlone() throws Exception {
        Answer answer = sends(GET + "Authorization: Bearer " + token + "\n");
        Peer peer = container.peer();
        for (int i = 0; i < 11; i++) {
            time.advance(Duration.ofSeconds(59));
            peer.says("alive");
            answer.peer().hears("text alive");
        }
        sends(GET + "Authorization: Bearer " + token + "\n").is(401, "UnauthorizedException", "Token has expired");
        peer.says("still");
        answer.peer().hears("text still");
    }

    @Test
    void refusesAnUpgradeWithoutATokenOtherwiseThanAnInvocation() throws Exception {
        sends(GET).is(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        Answer answer = sends(POST + "\n{}");
        assertEquals("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"Missing Authentication Token\"}}", answer.body());
        assertEquals("401 Bearer resource_metadata=\"https://bedrock-agentcore.us-west-2.amazonaws.com"
                + Vectors.PATH.replaceFirst("/ws$", "/invocations") + "/.well-known/oauth-protected-resource?qualifier=DEFAULT\"",
                answer.status() + " " + answer.headers().get("WWW-Authenticate"));
    }

    @Test
    void takesSignaturesOrTokensButNeverBoth() throws Exception {
        String mismatch = "Authorization method mismatch";
        sends(Vectors.V1).is(403, "AccessDeniedException", mismatch);
        sends(Vectors.V3).is(403, "AccessDeniedException", mismatch);
        sends(Vectors.V3 + "Authorization: Bearer " + token + "\n").is(403, "AccessDeniedException", mismatch);
        sends(Vectors.V1 + browserForm(token)).is(403, "AccessDeniedException", mismatch);
        door.close();
        door = FrontDoor.before(container.uri()).time(time).credentials(Vectors.KEY, Vectors.SECRET, null).open();
        sends(GET + "Authorization: Bearer " + token + "\n").is(403, "AccessDeniedException", mismatch);
        sends(Vectors.V3 + "Authorization: Bearer " + token + "\n").is(403, "AccessDeniedException", mismatch);
        sends(Vectors.V1 + browserForm(token)).is(403, "AccessDeniedException", mismatch);
        assertTrue(container.sawNothing());
    }

    @Test
    void refusesASecretThatIsTooShort() {
        assertEquals("secret: 31 bytes (expected: 32 at least)", assertThrows(IllegalArgumentException.class,
                () -> TokenVerifier.hs256(new byte[31], "https://issuer.example", Set.of(), Set.of())).getMessage());
        assertThrows(IllegalArgumentException.class, () -> TokenVerifier.hs256(new byte[32], " ", Set.of(), Set.of()));
    }
}
