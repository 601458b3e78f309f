package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.RequestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /invocations} over real sockets: the answer in its two forms, byte by byte. */
class InvocationAnswerTest extends InvocationTestBase {

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
    @EnumSource(ModelException.Kind.class)
    void answers500ToATurnThatFailsBeforeTheFirstByte(ModelException.Kind kind) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            int turns = 0;
            for (String accept : new String[] {"", EVENTS, ""}) {
                peer.send(post(accept, "{\"prompt\":\"one\"}"));
                answer(++turns).fails(kind, "model: \"no\"");
                String response = peer.readResponse();
                assertTrue(response.startsWith("HTTP/1.1 500 Internal Server Error\r\n"), response);
                assertTrue(response.contains("content-type: application/json\r\n"), response);
                assertTrue(response.endsWith("\r\n\r\n{\"error\":\"model: \\\"no\\\"\"}"), response);
            }
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
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Yes.\"}\n\ndata: {\"type\":\"complete\",\"fullResponse\":\"Yes.\"}\n\n",
                    peer.readAll());
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

    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void endsARunningTurnWithWhatThereIsWhenTheServerStops(String accept) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address()); RawPeer idle = RawPeer.connect(server.address())) {
            assertServes(idle);
            peer.send(post(accept, "{\"prompt\":\"one\"}"));
            answer(1).emits("Once");
            await(() -> answer(1).requested() > 0);
            if (!accept.isEmpty()) {
                peer.readHead();
                peer.readChunk();
            }
            server.close();
            String rest = peer.readAll();
            assertTrue(rest.contains(accept.isEmpty() ? "\"stop_reason\":\"interrupted\""
                    : "\"type\":\"interrupted\",\"partialResponse\":\"Once\""), rest);
            assertTrue(idle.atEnd());
            await(() -> answer(1).isCancelled());
        }
    }
}
