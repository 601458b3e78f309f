package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is answered before anything is upgraded, over real sockets. */
class HttpTest {
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersPingsOnOneConnectionWithAnUnchangingTime() throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            long since = server.health.status().sinceEpochSecond();
            for (int i = 0; i < 3; i++) {
                peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
                String response = peer.readResponse();
                assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
                assertTrue(response.contains("content-type: application/json\r\n"), response);
                assertTrue(response.endsWith("\r\n\r\n{\"status\":\"Healthy\",\"time_of_last_update\":" + since + "}"), response);
            }
        }
    }

    @Test
    void answersPipelinedPingsInOrder() throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nHEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /ping HTTP/1.0\r\n\r\n");
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 404 "));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            assertTrue(peer.readResponse().contains("connection: close"));
            assertTrue(peer.atEnd());
        }
    }

    @Test
    void saysBusyWhileATurnRunsAndWhenThatChanged() throws IOException {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            await(() -> server.model.started() == 1);
            assertTrue(get("/ping").endsWith("{\"status\":\"HealthyBusy\",\"time_of_last_update\":"
                    + server.health.status().sinceEpochSecond() + "}"));

            server.model.last().ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            assertTrue(get("/ping").contains("\"Healthy\""));
        }
    }

    @ParameterizedTest
    @CsvSource({"GET /nowhere,404", "GET /wsextra,404", "GET /,404", "POST /ping,405", "POST /ws,405", "GET /ws,426",
        "POST /invocations/,404", "POST /Invocations,404",
        "GET /ws?x=1,426", "DELETE /ws,405", "GET http://host/ping,200", "HEAD /nowhere,404"})
    void answersByPathAndMethod(String request, int status) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request + " HTTP/1.1\r\nHost: x\r\n\r\n");
            String head = peer.readHead();
            assertTrue(head.startsWith("HTTP/1.1 " + status + " "), head);
            if (status == 405) {
                assertTrue(head.contains("allow: GET"), head);
            }
            if (status == 426) {
                assertTrue(head.contains("upgrade: websocket\r\n") && head.contains("sec-websocket-version: 13\r\n"), head);
            }
        }
    }

    @Test
    void takesTheLongestRequestLineAndHeaderThatAreAllowedAndNoLonger() throws IOException {
        assertTrue(get("/" + "x".repeat(4_096 - "GET / HTTP/1.1".length())).startsWith("HTTP/1.1 404 "));
        assertTrue(get("/" + "x".repeat(4_097)).startsWith("HTTP/1.1 414 "));
        assertTrue(send("GET /ping HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(8_000) + "\r\n\r\n").startsWith("HTTP/1.1 200 "));
        assertTrue(send("GET /ping HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(8_200) + "\r\n\r\n").startsWith("HTTP/1.1 431 "));
    }

    @Test
    void dropsABodyThatNobodyWantsAndRefusesALongOne() throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
        String refused = send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + "z".repeat(70_000));
        assertTrue(refused.startsWith("HTTP/1.1 413 "), refused);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "GET /ping HTTP/1.1\r\n\r\n", // no Host (T10)
        "GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost : x\r\n\r\n",
        "\u0001\u0002\u0003\r\n\r\n"})
    void refusesWhatIsNotWellFormedAndClosesTheConnection(String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request);
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 400 "), response);
            assertTrue(response.contains("{\"error\":\""), response);
            assertTrue(peer.atEnd());
        }
        assertStillServes();
    }

    @Test
    void refusesOtherVersionsOfHttp() throws IOException {
        assertTrue(send("GET /ping HTTP/3.0\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1 505 "));
        assertTrue(send("GET /ping HTTP/0.9\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1 505 "));
    }

    /** T8: no byte now and then buys more time. */
    @Test
    void closesAConnectionWhoseRequestIsNotWholeInTime() throws Exception {
        restart(Duration.ofMillis(300), Duration.ofSeconds(60));
        try (RawPeer silent = RawPeer.connect(server.address()); RawPeer slow = RawPeer.pinged(server.address())) {
            slow.socket.setSoTimeout(50);
            slow.send("GET /ping HTTP/1.1\r\n");
            String[] response = {""};
            await(() -> {
                try {
                    slow.send("X: y\r\n");
                } catch (IOException e) {
                    // Closed by now: what was said of it is still to be read.
                }
                try {
                    response[0] = slow.readHead();
                    return true;
                } catch (SocketTimeoutException e) {
                    return false;
                }
            });
            assertTrue(response[0].startsWith("HTTP/1.1 408 "), response[0]);
            assertTrue(silent.atEnd());
        }
    }

    @Test
    void closesAConnectionThatIsIdleForTooLong() throws Exception {
        restart(Duration.ofSeconds(10), Duration.ofMillis(300));
        try (RawPeer idle = RawPeer.connect(server.address())) {
            idle.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(idle.readResponse().startsWith("HTTP/1.1 200 "));
            assertTrue(idle.atEnd());
        }
    }

    private void restart(Duration requestTimeout, Duration keepAliveTimeout) throws IOException {
        server.close();
        server = new TestServer(TestServer.with(new HttpSettings(4_096, 8_192, requestTimeout, keepAliveTimeout, false,
                InvocationSettings.DEFAULT)));
    }

    /** T4 and T5: who is not upgraded. */
    @ParameterizedTest
    @CsvSource({
        "Sec-WebSocket-Version: 8,426", "Sec-WebSocket-Version: 7,426", "Sec-WebSocket-Version: 0,426",
        "Sec-WebSocket-Version: x,426", "Sec-WebSocket-Version: 13;13,426", "NoVersion: 1,426"})
    void upgradesNoOtherVersion(String version, int status) throws IOException {
        String head = send(RawPeer.handshake("/ws", "").replace("Sec-WebSocket-Version: 13", version));
        assertTrue(head.startsWith("HTTP/1.1 " + status + " ") && head.contains("sec-websocket-version: 13\r\n"), head);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-WebSocket-Key: ", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", "Sec-WebSocket-Key: !!!!",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==", "NoKey: 1",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="})
    void upgradesNobodyWithoutExactlyOneProperKey(String key) throws IOException {
        String head = send(RawPeer.handshake("/ws", "").replace("Sec-WebSocket-Key: " + RawPeer.KEY, key));
        assertTrue(head.startsWith("HTTP/1.1 400 "), head);
    }

    @Test
    void upgradesNobodyOverHttp10OrWithABody() throws IOException {
        assertTrue(send(RawPeer.handshake("/ws", "").replace("HTTP/1.1", "HTTP/1.0")).startsWith("HTTP/1.1 400 "));
        assertTrue(send(RawPeer.handshake("/ws", "Content-Length: 2\r\n") + "hi").startsWith("HTTP/1.1 400 "));
        assertTrue(send(RawPeer.handshake("/ws", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n").startsWith("HTTP/1.1 400 "));
    }

    /** T6: the path is compared, not the whole target. */
    @Test
    void upgradesWithAQueryInTheTarget() throws IOException {
        String head = send(RawPeer.handshake("/ws?qualifier=DEFAULT", ""));
        assertTrue(head.startsWith("HTTP/1.1 101 "), head);
        assertTrue(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), head);
        assertTrue(send(RawPeer.handshake("/wsextra", "")).startsWith("HTTP/1.1 404 "));
        assertTrue(send(RawPeer.handshake("/WS", "")).startsWith("HTTP/1.1 404 "));
    }

    @Test
    void saysWhichSessionItIsSoThatAClientCanComeBack() throws IOException {
        assertTrue(send(RawPeer.handshake("/ws", UpgradeHandler.SESSION_ID + ": my-session\r\n"))
                .contains(UpgradeHandler.SESSION_ID + ": my-session\r\n"));
        assertTrue(send(RawPeer.handshake("/ws", "")).matches("(?s).*" + UpgradeHandler.SESSION_ID + ": [0-9a-f-]{36}\r\n.*"));
    }

    @Test
    void refusesASessionIdThatIsNone() throws IOException {
        for (String id : new String[] {"", "a b", "é", "x".repeat(257), "a\r\n" + UpgradeHandler.SESSION_ID + ": b"}) {
            String head = send(RawPeer.handshake("/ws", UpgradeHandler.SESSION_ID + ": " + id + "\r\n"));
            assertTrue(head.startsWith("HTTP/1.1 400 "), head);
        }
        assertTrue(send(RawPeer.handshake("/ws", UpgradeHandler.SESSION_ID + ": " + "x".repeat(256) + "\r\n")).contains(" 101 "));
    }

    @Test
    void refusesConnectionsPastTheLimitAndGoesOnAnsweringPings() throws Exception {
        server.close();
        server = new TestServer(TestServer.withMaxConnections(2));
        RawPeer first = RawPeer.upgraded(server.address());
        try (RawPeer second = RawPeer.upgraded(server.address())) {
            String head = send(RawPeer.handshake("/ws", ""));
            assertTrue(head.startsWith("HTTP/1.1 503 ") && head.contains("retry-after: 1\r\n"), head);
            assertTrue(get("/ping").startsWith("HTTP/1.1 200 "));

            first.close();
            await(() -> {
                try {
                    return send(RawPeer.handshake("/ws", "")).startsWith("HTTP/1.1 101 ");
                } catch (IOException e) {
                    return false;
                }
            });
            second.prompt("one");
            await(() -> server.model.started() == 1);
        }
    }

    private void assertStillServes() throws IOException {
        assertTrue(get("/ping").startsWith("HTTP/1.1 200 "));
    }

    private String get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    private String send(String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request.getBytes(StandardCharsets.UTF_8));
            String response = peer.readResponse();
            assertFalse(response.isEmpty(), "closed without an answer");
            return response;
        }
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
