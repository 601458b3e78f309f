package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /invocations} over real sockets, before the server is warm and while it stops (contract C15, C16). */
class InvocationDrainTest extends InvocationTestBase {
    private static final String DRAINING = "{\"error\":\"server: draining (expected: a new connection, with the same session id)\"}";
    /** So many events that the session has heard all of them once it asks for more than it did at first. */
    private static final int HEARD_EVENTS = 128;

    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void refusesAnInvocationUntilTheServerIsWarm(String accept) throws Exception {
        server.health.warmingUp();
        assertRefused("{\"error\":\"" + Admission.WARMING_UP + "\"}", accept);
        server.health.warm();
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(accept, "{\"prompt\":\"one\"}"));
            answer(1).ends();
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void refusesAnInvocationWhileTheServerDrainsAndAnswersPings(String accept) throws Exception {
        try (RawPeer kept = RawPeer.connect(server.address())) {
            assertServes(kept);
            server.drain();
            assertServes(kept);
            kept.send(post(accept, "{\"prompt\":\"one\"}"));
            assertRefusal(DRAINING, kept);
        }
        assertRefused(DRAINING, accept);
        assertEquals(0, server.model.started());
    }

    @Test
    void letsAnInvocationThatRunsEndWhileTheServerDrains() throws Exception {
        try (RawPeer json = RawPeer.connect(server.address()); RawPeer events = RawPeer.connect(server.address())) {
            json.send(post(session("a"), "{\"prompt\":\"one\"}") + post(session("a"), "{\"prompt\":\"pipelined\"}"));
            answer(1).emits("Once ");
            events.send(post(EVENTS, "{\"prompt\":\"two\"}"));
            answer(2).emits("Yes");
            assertTrue(events.readHead().startsWith("HTTP/1.1 200 "));
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Yes\"}\n\n", events.readChunk());

            server.drain();
            assertTrue(send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").contains("\"HealthyBusy\""));
            answer(1).emits("upon a time");
            answer(1).ends();
            String response = json.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 200 ")
                    && response.endsWith("{\"response\":\"Once upon a time\",\"stop_reason\":\"end_turn\",\"usage\":null}"), response);
            assertRefusal(DRAINING, json);
            answer(2).emits(".");
            assertEquals("data: {\"type\":\"chunk\",\"data\":\".\"}\n\n", events.readChunk());
            answer(2).ends();
            assertEquals("data: {\"type\":\"complete\",\"fullResponse\":\"Yes.\"}\n\n", events.readChunk());
            assertEquals(null, events.readChunk());
        }
        assertEquals(2, server.model.started());
    }

    /** P3, P5: what there is of it counts, and the model is stopped. */
    @Test
    void interruptsWhatStillRunsAtTheDeadlineWithItsPartialText() throws Exception {
        String text = IntStream.range(0, HEARD_EVENTS).mapToObj(i -> i + " ").collect(Collectors.joining());
        try (RawPeer json = RawPeer.connect(server.address()); RawPeer events = RawPeer.connect(server.address());
                RawPeer waiting = RawPeer.connect(server.address())) {
            json.send(post(session("a"), "{\"prompt\":\"one\"}"));
            long first = answer(1).requested();
            Arrays.stream(text.split("(?<= )")).forEach(answer(1)::emits);
            await(() -> answer(1).requested() > first);
            events.send(post(EVENTS, "{\"prompt\":\"two\"}"));
            answer(2).emits("Once");
            events.readHead();
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Once\"}\n\n", events.readChunk());
            waiting.send(post(session("a"), "{\"prompt\":\"three\"}"));
            await(() -> server.health.status().runningTurns() == 3);

            server.drain();
            server.close();
            assertInterrupted(text, json);
            assertInterrupted("", waiting);
            assertEquals("data: {\"type\":\"interrupted\",\"partialResponse\":\"Once\"}\n\n", events.readChunk());
            assertEquals(null, events.readChunk());
            assertTrue(events.atEnd());
            // The one that waited may have been given its conversation on the way.
            await(() -> IntStream.rangeClosed(1, server.model.started()).allMatch(number -> answer(number).isCancelled()));
        }
    }

    /** It was let in before, but its turn has not begun. */
    @Test
    void refusesAnInvocationWhoseBodyIsNotWholeWhenTheServerBeginsToDrain() throws Exception {
        String body = "{\"prompt\":\"one\"}";
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + body.length() + "\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", peer.readHead());
            server.drain();
            peer.send(body);
            assertRefusal(DRAINING, peer);
        }
        assertEquals(0, server.model.started());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesAnInvocationWhoseBodyIsNotWholeWhenTheServerStops(boolean drained) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 16\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", peer.readHead());
            if (drained) {
                server.drain();
            }
            server.close();
            assertRefusal(DRAINING, peer);
        }
    }

    /** Its turn has ended, and the channel has all of the answer, but the kernel does not. */
    @Test
    void cutsNoAnswerShortThatIsOnItsWay() throws Exception {
        server.close();
        server = new TestServer(TestServer.with(new OutputSettings(0, OutputSettings.Merging.NEVER, 1 << 20, 1 << 20, 1 << 10)));
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1).emits("x".repeat(500_000));
            answer(1).ends();
            await(() -> server.model.started() == 1 && server.health.status().runningTurns() == 0);
            Thread closing = new Thread(() -> server.closeWithin(Duration.ofSeconds(20)));
            closing.start();
            String response = peer.readAll();
            assertTrue(response.endsWith("x\",\"stop_reason\":\"end_turn\",\"usage\":null}"), () -> response.length() + " chars");
            closing.join(20_000);
        }
    }

    private void assertRefused(String error, String accept) throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post(accept, "{\"prompt\":\"one\"}"));
            assertRefusal(error, peer);
        }
    }

    private static void assertRefusal(String error, RawPeer peer) throws Exception {
        String response = peer.readResponse();
        assertTrue(response.startsWith("HTTP/1.1 503 Service Unavailable\r\n") && response.contains("connection: close\r\n")
                && response.contains("retry-after: 1\r\n") && response.endsWith("\r\n\r\n" + error), response);
        assertTrue(peer.atEnd());
    }

    private static void assertInterrupted(String partial, RawPeer peer) throws Exception {
        String response = peer.readResponse();
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.contains("connection: close\r\n")
                && response.endsWith("{\"response\":\"" + partial + "\",\"stop_reason\":\"interrupted\",\"usage\":null}"), response);
        assertTrue(peer.atEnd());
    }
}
