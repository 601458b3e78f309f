package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.frontdoor.Caller.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Which requests go to the container, and with which headers. */
@Timeout(60)
class RequestTest {
    private static final TokenIssuer ISSUER = TokenIssuer.hs256("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII),
            "https://issuer.example", "my-audience", "my-client");
    private static final String BEARER =
            "Authorization: Bearer " + ISSUER.issue("me", Vectors.SIGNED, Duration.ofMinutes(10)) + "\n";
    private static final String INVOCATIONS = Vectors.PATH.replaceFirst("/ws$", "/invocations");
    private static final String SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";

    private final Container container = new Container();
    private final Caller caller = new Caller();
    private final HandMovedTime time = new HandMovedTime(Vectors.SIGNED);
    private FrontDoor door;

    private FrontDoorBuilder builder() {
        return FrontDoor.before(container.uri()).time(time).tokens(ISSUER.verifier());
    }

    @BeforeEach
    void open() throws IOException {
        door = builder().allowHeader("X-Tenant").allowHeader("traceparent").open();
    }

    @AfterEach
    void close() {
        door.close();
        caller.close();
        container.close();
    }

    private Answer upgrades(String pathAndQuery, String headers) throws Exception {
        return caller.sends(door.uri(), "GET " + pathAndQuery + " HTTP/1.1\n" + Vectors.UPGRADE + BEARER + headers);
    }

    private Answer invokes(String pathAndQuery, String headers) throws Exception {
        return caller.sends(door.uri(), "POST " + pathAndQuery + " HTTP/1.1\nHost: a\nContent-Length: 2\n" + BEARER + headers + "\n{}");
    }

    @Test
    void knowsTwoPathsAndTheirMethods() throws Exception {
        upgrades("/ws", "").is(404, "UnknownOperationException", "unknown path: /ws");
        upgrades(Vectors.PATH + "/shells?shellId=a", "").is(404, "UnknownOperationException", "unknown path: /runtimes/");
        invokes("/", "").is(404, "UnknownOperationException", "unknown path: /");
        upgrades(INVOCATIONS, "").is(405, "MethodNotAllowedException", "GET /invocations (expected: POST)");
        invokes(Vectors.PATH, "").is(405, "MethodNotAllowedException", "POST /ws (expected: GET)");
        upgrades(Vectors.PATH.replace("%3A", "%3"), "").is(400, "ValidationException", "not a URI");
        assertTrue(container.sawNothing());
    }

    @Test
    void knowsOneRuntimeByItsNameHoweverItIsWrittenAndItsEndpoints() throws Exception {
        String arn = "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234";
        assertEquals(101, upgrades("/runtimes/" + arn + "/ws?qualifier=DEFAULT", "").status());
        assertEquals("GET /ws", container.arrival().what());
        assertEquals(200, invokes(INVOCATIONS + "?qualifier=DEFAULT&accountId=123456789012", "").status());
        assertEquals("POST /invocations", container.arrival().what());
        assertEquals(200, invokes("/runtimes/my_agent-AbCdEf1234/invocations?accountId=123456789012", "").status());
        container.arrival();
        String notFound = "No endpoint or agent found with qualifier 'DEFAULT' for agent '" + arn.replace("my_", "our_") + "'";
        upgrades(Vectors.PATH.replace("my_", "our_"), "").is(404, "ResourceNotFoundException", notFound);
        upgrades(Vectors.PATH + "?qualifier=PROD", "").is(404, "ResourceNotFoundException", "qualifier 'PROD' for agent '" + arn + "'");
        invokes(INVOCATIONS + "?accountId=210987654321", "").is(404, "ResourceNotFoundException", arn);
        invokes(INVOCATIONS + "?accountId=1", "").is(400, "ValidationException", "accountId: 1 (expected: 12 digits)");
        assertTrue(container.sawNothing());
    }

    @Test
    void refusesAnUpgradeThatIsNone() throws Exception {
        String upgrade = "GET " + Vectors.PATH + " HTTP/1.1\n" + Vectors.UPGRADE + BEARER;
        for (String bad : new String[] {upgrade.replace("Version: 13", "Version: 8"), upgrade.replace("Upgrade: websocket\n", ""),
            upgrade.replace("Connection: Upgrade", "Connection: keep-alive"), upgrade.replaceAll("Sec-WebSocket-Key: .*\n", ""),
            upgrade + "Content-Length: 2\n\n{}"}) {
            caller.sends(door.uri(), bad).is(400, "ValidationException", "Not a WebSocket Upgrade Request");
        }
        caller.sends(door.uri(), "what\n").is(400, "ValidationException", "not HTTP");
        assertTrue(container.sawNothing());
    }

    @Test
    void showsTheContainerJustThePlatformsHeadersWhenTheCallerSendsNone() throws Exception {
        assertEquals(200, invokes(INVOCATIONS, "Accept: */*\nContent-Type: application/json\nUser-Agent: me\n").status());
        Map<String, String> invocation = container.arrival().headers();
        assertEquals(Set.of("accept", "baggage", "connection", "content-length", "content-type", "host", "x-amzn-trace-id", "x-amzn-requestid",
                "x-amzn-bedrock-agentcore-runtime-session-id"), invocation.keySet());
        assertEquals("*/* application/json", invocation.get("accept") + " " + invocation.get("content-type"));
        assertNotEquals("a", invocation.get("host"));

        assertEquals(101, upgrades(Vectors.PATH,
                "Accept: */*\nOrigin: https://a\nCookie: a=b\nSec-WebSocket-Extensions: permessage-deflate\n").status());
        assertEquals(Set.of("baggage", "connection", "host", "sec-websocket-key", "sec-websocket-version", "upgrade",
                "x-amzn-bedrock-agentcore-runtime-session-id", "x-amzn-requestid", "x-amzn-trace-id"), container.arrival().headers().keySet());
    }

    @Test
    void makesASessionAndATraceThatFitTogether() throws Exception {
        Answer answer = invokes(INVOCATIONS, "");
        Map<String, String> headers = container.arrival().headers();
        String session = headers.get("x-amzn-bedrock-agentcore-runtime-session-id");
        assertEquals(36, session.length());
        assertEquals(session, answer.headers().get(SESSION));
        assertEquals(headers.get("x-amzn-requestid"), answer.headers().get("x-amzn-RequestId"));
        String self = headers.get("x-amzn-trace-id").replaceFirst(".*;Self=", "");
        assertTrue(headers.get("x-amzn-trace-id").matches("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1;Self="
                + "1-[0-9a-f]{8}-[0-9a-f]{24}"));
        assertEquals("Self=" + self + ",session.id=" + session, headers.get("baggage"));

        invokes(INVOCATIONS, "X-Amzn-Trace-Id: Root=1-2-3\nBaggage: user=me, session.id=forged\n");
        headers = container.arrival().headers();
        assertTrue(headers.get("x-amzn-trace-id").startsWith("Root=1-2-3;Self=1-"));
        assertTrue(headers.get("baggage").matches("Self=[^,]+,session.id=[-0-9a-f]{36},user=me"), headers.get("baggage"));
    }

    @Test
    void takesTheSessionFromTheHeaderOrFromTheQueryAndChecksItsLength() throws Exception {
        String shortest = "s".repeat(33);
        String longest = "s".repeat(256);
        Answer answer = upgrades(Vectors.PATH + "?x-amzn-bedrock-agentcore-runtime-session-id=" + shortest, "");
        assertEquals("101 " + shortest, answer.status() + " " + answer.headers().get(SESSION));
        assertEquals(shortest, container.arrival().headers().get("x-amzn-bedrock-agentcore-runtime-session-id"));
        assertEquals(101, upgrades(Vectors.PATH, SESSION + ": " + longest + "\n").status());
        assertEquals(longest, container.arrival().headers().get("x-amzn-bedrock-agentcore-runtime-session-id"));
        String tooShort = "Member must have length greater than or equal to 33";
        upgrades(Vectors.PATH, SESSION + ": " + "s".repeat(32) + "\n").is(400, "ValidationException", tooShort);
        upgrades(Vectors.PATH + "?" + SESSION + "=s", "").is(400, "ValidationException", tooShort);
        invokes(INVOCATIONS, SESSION + ": s\n").is(400, "ValidationException", tooShort);
        invokes(INVOCATIONS, SESSION + ": " + longest + "s\n").is(400, "ValidationException", "less than or equal to 256");
        assertTrue(container.sawNothing());
    }

    @Test
    void letsCustomHeadersAndAllowedOnesThroughAndNothingElse() throws Exception {
        String custom = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-";
        assertEquals(101, upgrades(Vectors.PATH + "?" + custom + "Lang=en%20US%2F%C3%A9%2B1&other=2",
                custom + "Mood: fine\nX-Tenant: t1\nTraceparent: 00-1-2-01\nTracestate: a=b\nX-Other: o\nX-Amz-Thing: a\n"
                        + "WorkloadAccessToken: forged\nX-Amzn-Bedrock-AgentCore-Runtime-User-Id: u\n").status());
        Map<String, String> headers = container.arrival().headers();
        // The container's codec reads each byte as a character.
        assertEquals("en US/é+1", new String(headers.get(custom.toLowerCase(Locale.ROOT) + "lang").getBytes(StandardCharsets.ISO_8859_1),
                StandardCharsets.UTF_8));
        assertEquals("fine t1 00-1-2-01", headers.get(custom.toLowerCase(Locale.ROOT) + "mood") + " " + headers.get("x-tenant") + " "
                + headers.get("traceparent"));
        assertEquals(13, headers.size(), headers.toString());
        assertEquals(200, invokes(INVOCATIONS + "?" + custom + "Lang=en", "").status());
        assertEquals(null, container.arrival().headers().get(custom.toLowerCase(Locale.ROOT) + "lang"));
    }

    @Test
    void refusesHeadersThatAreNotOnes() throws Exception {
        String custom = Vectors.PATH + "?X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang=";
        upgrades(custom + "a%0d%0aB:c", "").is(400, "ValidationException", "header: ");
        upgrades(custom + "a".repeat(4_097), "").is(400, "ValidationException", "4097 bytes (expected: 4096 at most)");
        invokes(INVOCATIONS, "X-Tenant: " + "a".repeat(4_097) + "\n").is(400, "ValidationException", "4097 bytes (expected: 4096 at most)");
        assertTrue(container.sawNothing());
    }

    @Test
    void namesAUserOnlyForACallerThatSigns() throws Exception {
        door.close();
        door = FrontDoor.before(container.uri()).time(time).credentials(Vectors.KEY, Vectors.SECRET, null).workloadAccessToken("wat").open();
        String user = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id: ";
        assertEquals(101, caller.sends(door.uri(), Vectors.V1 + user + "u\n").status());
        Map<String, String> headers = container.arrival().headers();
        assertEquals("u wat", headers.get("x-amzn-bedrock-agentcore-runtime-user-id") + " " + headers.get("workloadaccesstoken"));
        caller.sends(door.uri(), Vectors.V1 + user + "u".repeat(1_025) + "\n").is(400, "ValidationException", "less than or equal to 1024");
    }

    @Test
    void tellsTheCallerThatTheContainerRefusedTheUpgrade() throws Exception {
        container.refusesUpgrades(HttpResponseStatus.FORBIDDEN);
        upgrades(Vectors.PATH, "").is(424, "RuntimeClientError", "Received error (403) from runtime");
        container.refusesUpgrades(HttpResponseStatus.OK);
        upgrades(Vectors.PATH, "").is(424, "RuntimeClientError", "Received error (200) from runtime");
    }

    @Test
    void countsSessions() throws Exception {
        door.close();
        door = builder().maxSessions(2).maxNewSessionsPerSecond(2).open();
        Peer one = upgrades(Vectors.PATH, SESSION + ": " + "1".repeat(33) + "\n").peer();
        Peer two = upgrades(Vectors.PATH, SESSION + ": " + "2".repeat(33) + "\n").peer();
        upgrades(Vectors.PATH, SESSION + ": " + "3".repeat(33) + "\n").is(402, "ServiceQuotaExceededException", "active sessions: 2");
        assertEquals(101, upgrades(Vectors.PATH, SESSION + ": " + "2".repeat(33) + "\n").status());
        container.peer().closes(1000, "");
        one.hears("close 1000 ");
        one.closes(1000, "");
        one.hears("gone");
        upgrades(Vectors.PATH, SESSION + ": " + "3".repeat(33) + "\n").is(429, "ThrottlingException", "2 new sessions a second");
        time.advance(Duration.ofSeconds(1));
        assertEquals(101, upgrades(Vectors.PATH, SESSION + ": " + "3".repeat(33) + "\n").status());
        two.hasHeardNoMore();
    }

    @Test
    void isNotOpenedOnWhatMakesNoSense() {
        refuses("target: https://127.0.0.1:1 (expected: http://host:port, without a path)",
                () -> FrontDoor.before(URI.create("https://127.0.0.1:1")));
        refuses("target: http://127.0.0.1:1/ws (expected: ", () -> FrontDoor.before(URI.create("http://127.0.0.1:1/ws")));
        refuses("port: 65536 (expected: 0 to 65535)", () -> builder().port(65_536));
        refuses("threads: 0 (expected: 1 to 64)", () -> builder().threads(0));
        refuses("runtimeArn: arn:aws:s3:::b (expected: arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID",
                () -> builder().runtimeArn("arn:aws:s3:::b"));
        refuses("maxDuration: PT0.999S (expected: PT1S to PT336H)", () -> builder().maxDuration(Duration.ofMillis(999)));
        refuses("maxIdle: PT0S (expected: PT1S to PT336H)", () -> builder().maxIdle(Duration.ZERO));
        refuses("maxFramesPerSecond: 0 (expected: 1 to 100000)", () -> builder().maxFramesPerSecond(0));
        refuses("maxPresign: PT169H (expected: PT1S to PT168H)", () -> builder().maxPresign(Duration.ofHours(169)));
        refuses("startLimit: PT0S (expected: PT1S to PT5M)", () -> builder().startLimit(Duration.ZERO));
        refuses("maxSessions: 0 (expected: 1 to ", () -> builder().maxSessions(0));
        refuses("maxNewSessionsPerSecond: 0 (expected: 1 to ", () -> builder().maxNewSessionsPerSecond(0));
        refuses("allowHeader: Cookie (expected: ", () -> builder().allowHeader("Cookie").open());
        refuses("allowHeader: X-Amzn-Trace-Id (expected: ", () -> builder().allowHeader("X-Amzn-Trace-Id").open());
        refuses("credentials: none (expected: a key that may sign, or a verifier of bearer tokens)", () -> FrontDoor.before(container.uri()).open());
    }

    private static void refuses(String complaint, Executable attempt) {
        String message = assertThrows(IllegalArgumentException.class, attempt).getMessage();
        assertTrue(message.startsWith(complaint), message);
    }
}
