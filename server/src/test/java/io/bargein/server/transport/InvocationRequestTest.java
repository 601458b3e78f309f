package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.session.BusyPolicy;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /invocations} over real sockets: which requests and bodies are taken, and what the others are told. */
class InvocationRequestTest extends InvocationTestBase {

    /** C25 and what is no prompt; each leaves the connection as it was. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "~~ | {\"error\":\"Invalid JSON\",\"details\":\"message: empty (expected: a JSON object)\"}",
        "{\"prompt\" | {\"error\":\"Invalid JSON\",\"details\":\"message: cut short (expected: a whole JSON object)\"}",
        "hello | {\"error\":\"Invalid JSON\",\"details\":\"message: malformed at byte 0 (expected: a JSON object)\"}",
        "\u00ff | {\"error\":\"Invalid encoding\",\"details\":\"message: invalid UTF-8 at byte 0 (expected: RFC 3629)\"}",
        "{\"prompt\":\"\u00c0\u0080\"} | {\"error\":\"Invalid encoding\",\"details\":\"message: invalid UTF-8 at byte 11 (expected: RFC 3629)\"}",
        "[] | {\"error\":\"message: an array (expected: a JSON object)\"}",
        "{} | {\"error\":\"inputText or prompt: missing or empty (expected: a non-empty string)\"}",
        "{\"prompt\":\" \"} | {\"error\":\"prompt: missing or empty (expected: a non-empty string)\"}",
        "{\"prompt\":7} | {\"error\":\"prompt: a number (expected: a non-empty string)\"}",
        "{\"prompt\":\"a\",\"inputText\":\"b\"} | {\"error\":\"inputText and prompt: both (expected: one of them)\"}",
        "{\"inputText\":\"\\ud800\"} | {\"error\":\"inputText: a lone surrogate (expected: whole code points)\"}"})
    void refusesABodyThatIsNoPromptAndGoesOn(String body, String expected) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + EVENTS + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 400 Bad Request\r\n"), response);
            assertTrue(response.contains("content-type: application/json\r\n"), response);
            assertTrue(response.endsWith("\r\n\r\n" + expected), response);
            assertEquals(0, server.model.started());
            assertServes(peer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "OPTIONS", "HEAD"})
    void takesNoOtherMethod(String method) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(method + " /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
            String head = peer.readHead();
            assertTrue(head.startsWith("HTTP/1.1 405 ") && head.contains("allow: POST\r\n"), head);
        }
    }

    @Test
    void takesAQueryInTheTarget() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}").replace("/invocations", "/invocations?qualifier=DEFAULT"));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void refusesASessionIdThatIsNone() throws Exception {
        for (String id : new String[] {"", "a b", "é", "x".repeat(257), "a\r\n" + UpgradeHandler.SESSION_ID + ": b"}) {
            try (RawPeer peer = RawPeer.connect(server.address())) {
                peer.send(post(session(id), "{\"prompt\":\"one\"}").getBytes(StandardCharsets.UTF_8));
                String response = peer.readResponse();
                assertTrue(response.startsWith("HTTP/1.1 400 ") && response.contains("1 to 256 visible ASCII characters"), response);
                assertTrue(peer.atEnd());
            }
        }
        assertEquals(0, server.model.started());
    }

    @Test
    void takesAChunkedBodyHoweverItIsCutUp() throws Exception {
        byte[] body = "{\"prompt\":\"日本の歴史\"}".getBytes(StandardCharsets.UTF_8);
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (byte b : body) {
                peer.send(RawPeer.join("1\r\n".getBytes(StandardCharsets.US_ASCII), new byte[] {b, '\r', '\n'}));
            }
            peer.send("0\r\nTrailer: x\r\n\r\n");
            assertEquals("日本の歴史", text(answer(1).request().messages().get(0)));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertServes(peer);
        }
    }

    @Test
    void refusesAChunkedBodyThatIsMalformed() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nxyz\r\n");
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 400 "));
            assertTrue(peer.atEnd());
        }
        assertPlacesAreFree();
    }

    @Test
    void takesTheLongestBodyThatIsAllowedAndNoLonger() throws Exception {
        restart(http(new InvocationSettings(1 << 20, 1 << 20, BusyPolicy.CUT_IN)));
        String head = "{\"prompt\":\"one\",\"x\":\"";
        String longest = head + "x".repeat((1 << 20) - head.length() - 2) + "\"}";
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", longest));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
        for (String length : new String[] {"Content-Length: 1048577\r\n\r\n" + longest + " ",
            "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + longest + " \r\n0\r\n\r\n"}) {
            try (RawPeer peer = RawPeer.connect(server.address())) {
                peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + length);
                String response = peer.readResponse();
                assertTrue(response.startsWith("HTTP/1.1 413 Request Entity Too Large\r\n"), response);
                assertTrue(response.endsWith("{\"error\":\"body: over 1048576 bytes (expected: at most that; see --max-invocation-bytes)\"}"),
                        response);
                assertTrue(peer.atEnd());
            }
        }
        assertEquals(1, server.model.started());
        assertPlacesAreFree();
        // Nor are the refused bodies' bytes kept: there is room for just one of that length.
        assertTrue(send(post("", " ".repeat(1 << 20))).startsWith("HTTP/1.1 400 "));
    }

    /** Off the event loop, and with what a body of that length may hold. */
    @Test
    void decodesALongBodyToo() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"x\":\"" + "y".repeat(9 << 20) + "\",\"prompt\":\"one\"}"));
            assertEquals("one", text(answer(1).request().messages().get(0)));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            peer.send(post("", "{\"x\":\"" + "y".repeat(9 << 20)));
            assertTrue(peer.readResponse().contains("cut short"));
            peer.send(post("", "{\"prompt\":\"" + "y".repeat(2 << 20) + "\"}"));
            assertTrue(peer.readResponse().endsWith("{\"error\":\"prompt: 2097152 bytes (expected: at most 1048576)\"}"));
        }
    }

    @Test
    void refusesBodiesThatAreTogetherMoreThanTheirLimit() throws Exception {
        // On one event loop: what the refused one held is given back before the other goes on, so that just one is refused.
        server.close();
        server = new TestServer(TestServer.onOneEventLoop(TestServer.with(http(new InvocationSettings(1 << 20, 1 << 20,
                BusyPolicy.CUT_IN)), PLACES)));
        try (RawPeer first = RawPeer.connect(server.address()); RawPeer second = RawPeer.connect(server.address())) {
            // Each would be let in alone; whichever passes the limit is refused.
            String most = "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(800_000);
            first.send(most);
            second.send(most);
            await(() -> first.hasInput() || second.hasInput());
            RawPeer refused = first.hasInput() ? first : second;
            RawPeer kept = refused == first ? second : first;
            assertTrue(refused.readResponse().startsWith("HTTP/1.1 503 "));
            assertTrue(!kept.hasInput());
            kept.reset();
            // What the lost peer had sent is given back: there is room for another.
            await(() -> {
                try (RawPeer probe = RawPeer.connect(server.address())) {
                    probe.send(post("", " ".repeat(400_000)));
                    return probe.readResponse().startsWith("HTTP/1.1 400 ");
                }
            });
        }
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void saysContinueBeforeTheBodyOrRefusesAtOnce() throws Exception {
        String body = "{\"prompt\":\"one\"}";
        String expect = "Expect: 100-continue\r\n";
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + expect + "Content-Length: " + body.length() + "\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", peer.readHead());
            peer.send(body + "HEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            answer(1).emits("Yes.");
            answer(1).ends();
            assertTrue(peer.readResponse().endsWith("{\"response\":\"Yes.\",\"stop_reason\":\"end_turn\",\"usage\":null}"));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
        }
        assertTrue(send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + expect + "Content-Length: 99999999\r\n\r\n").startsWith("HTTP/1.1 413 "));
        assertTrue(send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + expect + session("a b") + "Content-Length: 9\r\n\r\n")
                .startsWith("HTTP/1.1 400 "));
        assertTrue(send("POST /invocations HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 9\r\n\r\n").startsWith("HTTP/1.1 417 "));
        assertTrue(send("GET /invocations HTTP/1.1\r\nHost: x\r\n" + expect + "\r\n").startsWith("HTTP/1.1 417 "));
    }

    @Test
    void refusesInvocationsPastTheLimitOfConnections() throws Exception {
        server.close();
        server = new TestServer(TestServer.withMaxConnections(2));
        try (RawPeer ws = RawPeer.upgraded(server.address()); RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1);
            String refused = send(post("", "{\"prompt\":\"two\"}"));
            assertTrue(refused.startsWith("HTTP/1.1 503 ") && refused.contains("retry-after: 1\r\n")
                    && refused.contains("connection: close\r\n"), refused);
            assertTrue(send(RawPeer.handshake("/ws", "")).startsWith("HTTP/1.1 503 "));
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            peer.send(post("", "{\"prompt\":\"three\"}"));
            answer(2).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            ws.prompt("four");
            answer(3);
        }
    }
}
