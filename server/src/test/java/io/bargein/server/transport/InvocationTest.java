package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.session.BusyPolicy;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.RequestContext;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /invocations} over real sockets: what is taken, and the answer in its two forms, byte by byte. */
class InvocationTest {
    private static final String EVENTS = "Accept: text/event-stream\r\n";
    /** So few connections that one which is not given back is missed. */
    private static final int PLACES = 3;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(TestServer.with(http(InvocationSettings.DEFAULT), PLACES));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void restart(HttpSettings settings) throws IOException {
        server.close();
        server = new TestServer(TestServer.with(settings, PLACES));
    }

    private static HttpSettings http(InvocationSettings settings) {
        return new HttpSettings(4_096, 8_192, Duration.ofSeconds(10), Duration.ofSeconds(60), settings);
    }

    @ParameterizedTest
    @ValueSource(strings = {"inputText", "prompt"})
    void answersWithJson(String name) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s-1"), "{\"" + name + "\":\"Hello\"}"));
            answer(1).emits("Once \"upon\"");
            answer(1).emits(" a\ntime 日");
            answer(1).ends();
            assertEquals("""
                    HTTP/1.1 200 OK\r
                    X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s-1\r
                    content-type: application/json\r
                    content-length: 78\r
                    \r
                    {"response":"Once \\"upon\\" a\\ntime 日","stop_reason":"end_turn","usage":null}""", peer.readResponse());
            assertEquals("Hello", text(answer(1).request().messages().get(0)));
        }
    }

    @Test
    void streamsEvents() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s-1") + EVENTS, "{\"prompt\":\"Hello\"}"));
            answer(1).emits("Once\n\t\"upon\"");
            assertEquals("""
                    HTTP/1.1 200 OK\r
                    X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s-1\r
                    content-type: text/event-stream; charset=utf-8\r
                    transfer-encoding: chunked\r
                    \r
                    """, peer.readHead());
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Once\\n\\t\\\"upon\\\"\"}\n\n", peer.readChunk());
            answer(1).emits(" 日😀");
            assertEquals("data: {\"type\":\"chunk\",\"data\":\" 日😀\"}\n\n", peer.readChunk());
            answer(1).ends();
            assertEquals("data: {\"type\":\"complete\",\"fullResponse\":\"Once\\n\\t\\\"upon\\\" 日😀\"}\n\n", peer.readChunk());
            assertEquals(null, peer.readChunk());
        }
    }

    @Test
    void saysWhatTheModelSaidOfItsEnd() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"Hello\"}"));
            answer(1).ends("max_tokens", 12, 34);
            assertTrue(peer.readResponse().endsWith("{\"response\":\"\",\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":12,"
                    + "\"output_tokens\":34,\"cache_read_input_tokens\":0,\"cache_write_input_tokens\":0}}"));
        }
    }

    @Test
    void namesTheSessionThatIsNewSoThatItCanGoOn() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1).emits("Yes.");
            answer(1).ends();
            String response = peer.readResponse();
            String id = response.replaceAll("(?s).*Session-Id: ([0-9a-f-]{36})\r\n.*", "$1");
            peer.send(post(session(id), "{\"prompt\":\"two\"}"));
            assertEquals(3, answer(2).request().messages().size());
            assertEquals("Yes.", text(answer(2).request().messages().get(1)));
            answer(2).ends();
            assertTrue(peer.readResponse().contains(id));
        }
    }

    @Test
    void tellsTheModelWhatTheRequestSaid() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s-1") + "x-amzn-requestid: r-1\r\nbaggage: a=b%20c\r\nAuthorization: Bearer t\r\n", "{\"prompt\":\"one\"}"));
            RequestContext context = answer(1).request().context();
            assertEquals(RequestContext.Kind.INVOCATION, context.kind());
            assertEquals("s-1", context.sessionId());
            assertEquals("r-1", context.requestId());
            assertEquals("b c", context.baggage().get("a"));
            assertEquals("Bearer t", context.headers().get("authorization"));
        }
    }

    /** C26. */
    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void answers500ToATurnThatFailsBeforeTheFirstByte(String accept) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(accept, "{\"prompt\":\"one\"}"));
            answer(1).fails(ModelException.Kind.THROTTLED, "model: \"busy\"");
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 500 Internal Server Error\r\n"), response);
            assertTrue(response.contains("content-type: application/json\r\n"), response);
            assertTrue(response.endsWith("\r\n\r\n{\"error\":\"model: \\\"busy\\\"\"}"), response);
            peer.send(post(accept, "{\"prompt\":\"two\"}"));
            answer(2).ends();
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
        }
    }

    /** The client has seen nothing of it: the next turn's history does not know of it. */
    @Test
    void forgetsATurnThatFailedAfterTextThatAJsonAnswerHadCollected() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s"), "{\"prompt\":\"one\"}"));
            answer(1).emits("Once");
            answer(1).fails(ModelException.Kind.TRUNCATED, "model: cut short");
            assertTrue(peer.readResponse().endsWith("{\"error\":\"model: cut short\"}"));
            peer.send(post(session("s"), "{\"prompt\":\"two\"}"));
            assertEquals(1, answer(2).request().messages().size());
            assertEquals("two", text(answer(2).request().messages().get(0)));
        }
    }

    /** C29, and P6: what the client saw is in the history. */
    @Test
    void endsAStreamWithItsErrorWhenTheTurnFailsInTheMiddle() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s") + EVENTS, "{\"prompt\":\"one\"}"));
            answer(1).emits("Once");
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Once\"}\n\n", peer.readChunk());
            answer(1).fails(ModelException.Kind.TRUNCATED, "model: cut short");
            assertEquals("data: {\"error\":\"model: cut short\",\"error_type\":\"truncated\","
                    + "\"message\":\"An error occurred during streaming\"}\n\n", peer.readChunk());
            assertEquals(null, peer.readChunk());
            peer.send(post(session("s"), "{\"prompt\":\"two\"}"));
            assertEquals(3, answer(2).request().messages().size());
            assertEquals("Once", text(answer(2).request().messages().get(1)));
        }
    }

    @Test
    void endsAnAnswerThatGrowsPastItsLimit() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            for (int i = 0; i < 33; i++) {
                answer(1).emits("x".repeat(32 << 10));
            }
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 500 ") && response.contains("{\"error\":\"answer: over 1048576 bytes"), response);
            await(() -> answer(1).isCancelled());
        }
    }

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
        restart(http(new InvocationSettings(1 << 20, 1 << 20, BusyPolicy.CUT_IN)));
        try (RawPeer first = RawPeer.connect(server.address()); RawPeer second = RawPeer.connect(server.address())) {
            first.send("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(800_000));
            // Once so much has come that there is no room for as much again.
            await(() -> {
                try (RawPeer probe = RawPeer.connect(server.address())) {
                    probe.send(post("", " ".repeat(400_000)));
                    return probe.readResponse().startsWith("HTTP/1.1 503 ");
                }
            });
            first.reset();
            await(() -> {
                try (RawPeer probe = RawPeer.connect(server.address())) {
                    probe.send(post("", " ".repeat(400_000)));
                    return probe.readResponse().startsWith("HTTP/1.1 400 ");
                }
            });
            second.send(post("", "{\"prompt\":\"one\"}"));
            answer(1).ends();
            assertTrue(second.readResponse().startsWith("HTTP/1.1 200 "));
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

    /** RFC 9110, section 10.1.1: an old client knows nothing of it. */
    @Test
    void saysNoContinueToHttp10() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 16\r\n\r\n{\"prompt\":\"one\"}");
            answer(1).ends();
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 200 ") && response.contains("connection: close\r\n"), response);
            assertTrue(peer.atEnd());
        }
    }

    @Test
    void streamsToHttp10WithoutChunksUntilTheEndOfTheConnection() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.0\r\nConnection: keep-alive\r\n" + EVENTS + "Content-Length: 16\r\n\r\n{\"prompt\":\"one\"}");
            answer(1).emits("Yes.");
            answer(1).ends();
            String head = peer.readHead();
            assertTrue(head.contains("connection: close\r\n") && !head.contains("transfer-encoding"), head);
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Yes.\"}\n\ndata: {\"type\":\"complete\",\"fullResponse\":\"Yes.\"}\n\n", peer.readAll());
        }
    }

    @Test
    void keepsAConnectionAsItIsAsked() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}").replace("HTTP/1.1", "HTTP/1.0\r\nConnection: keep-alive"));
            answer(1).ends();
            assertTrue(peer.readResponse().contains("connection: keep-alive\r\n"));
            peer.send(post("Connection: close\r\n", "{\"prompt\":\"two\"}"));
            answer(2).ends();
            assertTrue(peer.readResponse().contains("connection: close\r\n"));
            assertTrue(peer.atEnd());
        }
    }

    /** T8 for bodies: progress buys time, a byte now and then does not. */
    @Test
    void waitsForABodyAsLongAsItComesAndNoLonger() throws Exception {
        restart(new HttpSettings(4_096, 8_192, Duration.ofMillis(500), Duration.ofSeconds(60), InvocationSettings.DEFAULT));
        int length = 40 * (16 << 10);
        String body = "{\"prompt\":\"one\"}" + " ".repeat(length - 16);
        try (RawPeer steady = RawPeer.connect(server.address()); RawPeer trickling = RawPeer.connect(server.address())) {
            steady.send("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n");
            trickling.send("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n");
            trickling.socket.setSoTimeout(50);
            String refused = "";
            int sent = 0;
            for (int i = 0; i < 400 && (refused.isEmpty() || sent < length); i++) {
                if (sent < length) {
                    steady.send(body.substring(sent, sent + (16 << 10)));
                    sent += 16 << 10;
                }
                try {
                    if (refused.isEmpty()) {
                        trickling.send(" ");
                        refused = trickling.readHead();
                    }
                } catch (SocketTimeoutException e) {
                    // Not yet.
                }
            }
            assertTrue(refused.startsWith("HTTP/1.1 408 "), refused);
            answer(1).ends();
            assertTrue(steady.readResponse().startsWith("HTTP/1.1 200 "));
        }
        assertPlacesAreFree();
    }

    /** An answer may take longer than any time-out of requests. */
    @Test
    void hasNoDeadlineForAnAnswer() throws Exception {
        restart(new HttpSettings(4_096, 8_192, Duration.ofMillis(200), Duration.ofMillis(200), InvocationSettings.DEFAULT));
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1);
            for (int i = 0; i < 3; i++) {
                // Connections that do nothing have their time-outs meanwhile, one after the other.
                try (RawPeer silent = RawPeer.connect(server.address())) {
                    assertTrue(silent.atEnd());
                }
            }
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertTrue(peer.atEnd(), "idle after its answer");
        }
    }

    @Test
    void answersPipelinedRequestsOneAfterTheOther() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("a"), "{\"prompt\":\"one\"}") + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
                    + post(session("b") + EVENTS, "{\"prompt\":\"two\"}") + post(session("c"), "{\"prompt\":\"three\"}")
                    + "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
            answer(1).emits("1");
            answer(1).ends();
            assertTrue(peer.readResponse().endsWith("{\"response\":\"1\",\"stop_reason\":\"end_turn\",\"usage\":null}"));
            assertTrue(peer.readResponse().endsWith("}"), "the ping");
            answer(2);
            assertEquals(2, server.model.started());
            answer(2).ends();
            assertTrue(peer.readHead().contains("text/event-stream"));
            assertEquals("data: {\"type\":\"complete\",\"fullResponse\":\"\"}\n\n", peer.readChunk());
            assertEquals(null, peer.readChunk());
            answer(3).ends();
            assertTrue(peer.readResponse().contains("Session-Id: c\r\n"));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 404 "));
        }
    }

    @Test
    void readsNoMorePipelinedRequestsThanAFewWhileOneIsAnswered() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.socket.setSendBufferSize(16 << 10);
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1);
            String ping = "GET /ping HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(4_000) + "\r\n\r\n";
            Thread writer = new Thread(() -> {
                try {
                    for (int i = 0; i < 10_000; i++) {
                        peer.send(ping);
                    }
                } catch (IOException e) {
                    // It ends when the test does.
                }
            });
            writer.start();
            // 40 MB that the server does not take: the writer stands still.
            await(() -> writer.getState() == Thread.State.RUNNABLE || writer.getState() == Thread.State.TERMINATED);
            assertTrue(writer.isAlive(), "the server took it all");
            answer(1).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertTrue(peer.readResponse().contains("Healthy"));
            peer.reset();
            writer.join(20_000);
            assertFalse(writer.isAlive());
        }
    }

    /** P5. */
    @ParameterizedTest
    @CsvSource({"false,false", "false,true", "true,false", "true,true"})
    void stopsTheModelWhenTheClientHangsUp(boolean events, boolean reset) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            // What is pipelined does not hide the end of the stream.
            peer.send(post(session("s") + (events ? EVENTS : ""), "{\"prompt\":\"one\"}") + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            answer(1).emits("Once");
            if (events) {
                assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
                assertEquals("data: {\"type\":\"chunk\",\"data\":\"Once\"}\n\n", peer.readChunk());
            }
            if (reset) {
                peer.reset();
            } else {
                peer.socket.close();
            }
            await(() -> answer(1).isCancelled());
        }
        await(() -> server.health.status().runningTurns() == 0);
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(session("s"), "{\"prompt\":\"two\"}"));
            // P6: of the JSON answer the client had seen nothing.
            assertEquals(events ? 3 : 1, answer(2).request().messages().size());
            answer(2).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
        assertPlacesAreFree();
    }

    @Test
    void losesNothingToPeersThatBreakOffAtAnyByte() throws Exception {
        byte[] all = post("", "{\"prompt\":\"one\"}").getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length <= all.length; length++) {
            try (RawPeer peer = RawPeer.connect(server.address())) {
                peer.send(Arrays.copyOf(all, length));
                if (length % 2 == 0) {
                    peer.reset();
                }
            }
        }
        assertPlacesAreFree();
    }

    /** P7: demand stops, and nothing piles up but what the kernel and the channel take. */
    @Test
    void asksTheModelForNoMoreThanASlowReaderOfEventsTakes() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.send(post(EVENTS, "{\"prompt\":\"one\"}"));
            ScriptedModel.Answer answer = answer(1);
            String text = "x".repeat(1_000);
            int emitted = 0;
            while (true) {
                long demanded = answer.requested();
                if (emitted < demanded) {
                    answer.emits(text);
                    emitted++;
                } else if (!grows(answer::requested, demanded)) {
                    break;
                }
                assertTrue(emitted < 900, "the model was never paused");
            }
            int taken = emitted;
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            int read = 0;
            while (read < taken * text.length()) {
                String event = readEvent(peer);
                read += event.length() - "data: {\"type\":\"chunk\",\"data\":\"\"}\n\n".length();
            }
            await(() -> answer.requested() > taken);
            answer.ends();
            String rest = readEvent(peer);
            while (rest.contains("\"chunk\"")) {
                rest = readEvent(peer);
            }
            assertEquals("data: {\"type\":\"complete\",\"fullResponse\":\"" + text.repeat(taken) + "\"}\n\n", rest);
            assertEquals(null, peer.readChunk());
        }
    }

    @Test
    void givesUpOnAReaderThatTakesNothing() throws Exception {
        server.close();
        server = new TestServer(TestServer.with(new LivenessSettings(Duration.ZERO, Duration.ofSeconds(20), Duration.ofMillis(200),
                Duration.ofSeconds(15), Duration.ofSeconds(5))));
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.send(post(EVENTS, "{\"prompt\":\"one\"}"));
            ScriptedModel.Answer answer = answer(1);
            await(() -> {
                if (answer.requested() > 0) {
                    answer.emits("x".repeat(1_000));
                }
                return answer.isCancelled();
            });
        }
        await(() -> server.health.status().runningTurns() == 0);
        assertPlacesAreFree();
    }

    @Test
    void sendsALongAnswerPieceByPieceToASlowReader() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            for (int i = 0; i < 31; i++) {
                answer(1).emits("\u0001".repeat(32 << 10));
            }
            answer(1).ends();
            String response = peer.readResponse();
            assertTrue(response.contains("content-length: " + (6 * 31 * (32 << 10) + 53) + "\r\n"), response.substring(0, 300));
            assertTrue(response.endsWith("\\u0001\",\"stop_reason\":\"end_turn\",\"usage\":null}"));
            assertServes(peer);
        }
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

    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void endsARunningTurnWithWhatThereIsWhenTheServerStops(String accept) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address()); RawPeer idle = RawPeer.connect(server.address())) {
            peer.send(post(accept, "{\"prompt\":\"one\"}"));
            answer(1).emits("Once");
            await(() -> answer(1).requested() > 0);
            if (!accept.isEmpty()) {
                peer.readHead();
                peer.readChunk();
            }
            server.close();
            String rest = peer.readAll();
            assertTrue(rest.contains(accept.isEmpty() ? "\"stop_reason\":\"interrupted\"" : "\"type\":\"interrupted\",\"partialResponse\":\"Once\""), rest);
            assertTrue(idle.atEnd());
            assertTrue(answer(1).isCancelled());
        }
    }

    private ScriptedModel.Answer answer(int number) {
        await(() -> server.model.started() >= number);
        return server.model.answer(number);
    }

    /** An event, put together from the chunks that a long one comes in. */
    private static String readEvent(RawPeer peer) throws IOException {
        StringBuilder event = new StringBuilder(peer.readChunk());
        while (!event.toString().endsWith("\n\n")) {
            event.append(peer.readChunk());
        }
        return event.toString();
    }

    private static String text(Message message) {
        return ((ContentBlock.Text) message.content().get(0)).text();
    }

    private static String session(String id) {
        return UpgradeHandler.SESSION_ID + ": " + id + "\r\n";
    }

    private static String post(String moreHeaders, String body) {
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + moreHeaders + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private String send(String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request);
            return peer.readResponse();
        }
    }

    private static void assertServes(RawPeer peer) throws IOException {
        peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
    }

    /** Nothing holds a place any more: as many connections as may be are let in. */
    private void assertPlacesAreFree() {
        await(() -> {
            List<RawPeer> peers = new ArrayList<>();
            try {
                for (int i = 0; i < PLACES; i++) {
                    peers.add(RawPeer.upgraded(server.address()));
                }
                return true;
            } catch (IOException e) {
                return false;
            } finally {
                for (RawPeer peer : peers) {
                    peer.close();
                }
            }
        });
    }

    private static boolean grows(Callable<Long> value, long from) {
        try {
            Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(1)).until(() -> value.call() > from);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
