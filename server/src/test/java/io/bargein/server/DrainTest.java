package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.operations.NeverStops;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.transport.RawPeer;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How the server stops (contract C16): by real signals to a real process, and as embedders do it. */
class DrainTest {
    private static final String REFUSED = "server: draining (expected: a new connection, with the same session id)";
    private static final String EVENTS = "Accept: text/event-stream\r\n";
    /** More than the kernel takes for a client that reads none of it, with whatever transport. */
    private static final String UNTIL_READ = "sim chunks=5000 bytes=1000 delay_ms=0";
    private static final int LITTLE = 4_096;

    @Test
    void exitsWith0AtOnceWhenNothingRuns() throws Exception {
        try (ServerProcess server = ServerProcess.server(Map.of(), "--backend=demo");
                RawPeer idle = RawPeer.upgraded(server.address())) {
            server.signal("TERM");
            assertClosed(1001, "server is stopping", idle);
            assertEquals(0, server.awaitExit());
            assertTrue(server.output().stream().anyMatch(line -> line.contains("\"SIGTERM: stopping\"")), server.output()::toString);
        }
    }

    @Test
    void obeysSigintAsSigterm() throws Exception {
        try (ServerProcess server = ServerProcess.server(Map.of(), "--backend=demo")) {
            server.signal("INT");
            assertEquals(0, server.awaitExit());
        }
    }

    @Test
    void letsARunningTurnEndAndTakesNoOther() throws Exception {
        try (ServerProcess server = ServerProcess.server(Map.of(), "--backend=demo", "--max-answer-bytes=8MiB", "--drain-deadline=50s");
                RawPeer running = RawPeer.upgraded(server.address(), LITTLE, ""); RawPeer idle = RawPeer.upgraded(server.address());
                RawPeer pings = RawPeer.connect(server.address()); RawPeer posted = RawPeer.connect(server.address(), LITTLE)) {
            assertTrue(ping(pings).contains("\"Healthy\""));
            running.prompt(UNTIL_READ);
            assertTrue(running.readMessage().startsWith("{\"type\":\"chunk\""));
            posted.send(post(EVENTS, UNTIL_READ));
            assertTrue(posted.readHead().startsWith("HTTP/1.1 200 "));

            server.signal("TERM");
            assertClosed(1001, "server is stopping", idle);
            String refusedPost = exchange(server.address(), post("", "two"));
            assertTrue(refusedPost.startsWith("HTTP/1.1 503 ") && refusedPost.contains("connection: close\r\n")
                    && refusedPost.endsWith("{\"error\":\"" + REFUSED + "\"}"), refusedPost);
            String refusal = exchange(server.address(), RawPeer.handshake("/ws", ""));
            assertTrue(refusal.startsWith("HTTP/1.1 503 ") && refusal.contains("connection: close\r\n")
                    && refusal.endsWith("{\"error\":\"" + REFUSED + "\"}"), refusal);
            // On the old connection, and on a new one: the port goes on listening.
            assertTrue(ping(pings).contains("\"HealthyBusy\""));
            assertTrue(exchange(server.address(), "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").contains("\"HealthyBusy\""));
            running.prompt("one more thing");

            boolean refused = false;
            String message = running.readMessage();
            for (; !message.startsWith("{\"type\":\"complete\""); message = running.readMessage()) {
                refused |= message.equals("{\"error\":\"" + REFUSED + "\"}");
                assertTrue(refused || message.startsWith("{\"type\":\"chunk\""), message);
            }
            assertTrue(refused);
            assertClosed(1001, "server is stopping", running);
            String last = lastEvent(posted);
            assertTrue(last.startsWith("data: {\"type\":\"complete\",\"fullResponse\":\""), last);
            assertEquals(0, server.awaitExit());
            assertEquals(2, server.output().stream().filter(line -> line.contains("\"outcome\":\"complete\"")).count(), server.output()::toString);
        }
    }

    /** P5. */
    @Test
    void interruptsWhatStillRunsAtTheDeadlineAndAbortsItAtBedrock() throws Exception {
        CountDownLatch answering = new CountDownLatch(3);
        BlockingQueue<SessionListener.TurnEnd> ends = new LinkedBlockingQueue<>();
        SessionListener listener = new SessionListener() {
            @Override
            public void firstDelta(Turn turn, Duration sincePrompt) {
                answering.countDown();
            }

            @Override
            public void turnEnded(TurnEnd end) {
                ends.add(end);
            }
        };
        try (BedrockStandIn standIn = BedrockStandIn.builder().start();
                BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(TestModels.h2c(standIn).build())
                        .listener(listener).start();
                RawPeer running = RawPeer.upgraded(server.address()); RawPeer json = RawPeer.connect(server.address());
                RawPeer events = RawPeer.connect(server.address())) {
            running.prompt("sim chunks=100000 delay_ms=10 #endless");
            json.send(post("", "sim chunks=100000 delay_ms=10 #json"));
            events.send(post(EVENTS, "sim chunks=100000 delay_ms=10 #events"));
            assertTrue(events.readHead().startsWith("HTTP/1.1 200 "));
            assertTrue(answering.await(20, TimeUnit.SECONDS));
            assertFalse(server.drain(Duration.ofMillis(200)));
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            String message = running.readMessage();
            while (message.startsWith("{\"type\":\"chunk\"")) {
                message = running.readMessage();
            }
            assertTrue(message.startsWith("{\"type\":\"interrupted\",\"partialResponse\":\"0 "), message);
            assertClosed(1001, "server is stopping", running);
            String response = json.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.contains("connection: close\r\n")
                    && response.contains("{\"response\":\"0 ") && response.endsWith("\",\"stop_reason\":\"interrupted\",\"usage\":null}"), response);
            assertTrue(json.atEnd());
            assertTrue(lastEvent(events).startsWith("data: {\"type\":\"interrupted\",\"partialResponse\":\"0 "));
            assertTrue(events.atEnd());
            closing.get(20, TimeUnit.SECONDS);
            for (String tag : List.of("endless", "json", "events")) {
                RequestRecord aborted = standIn.awaitRecord(r -> r.tag().equals(tag) && r.outcome() != Outcome.RUNNING, Duration.ofSeconds(20));
                assertEquals(Outcome.ABORTED, aborted.outcome());
                assertEquals(8, aborted.abortCode());
                SessionListener.TurnEnd end = ends.poll(20, TimeUnit.SECONDS);
                assertEquals(SessionListener.Outcome.INTERRUPTED, end.outcome());
                assertNotNull(end.upstreamAbort());
            }
        }
    }

    @Test
    void exitsWith0WhenATurnStillRunsAtTheDeadline() throws Exception {
        try (ServerProcess server = ServerProcess.server(Map.of(), "--backend=demo", "--drain-deadline=200ms");
                RawPeer running = RawPeer.upgraded(server.address())) {
            running.prompt("sim chunks=1000000 delay_ms=10");
            running.readMessage();
            server.signal("TERM");
            assertEquals(0, server.awaitExit());
        }
    }

    @Test
    void exitsAtOnceAtASecondSignal() throws Exception {
        try (ServerProcess server = ServerProcess.server(Map.of(), "--backend=demo", "--drain-deadline=1h");
                RawPeer running = RawPeer.upgraded(server.address())) {
            running.prompt("sim chunks=1000000 delay_ms=10");
            running.readMessage();
            server.signal("TERM");
            server.awaitLine(line -> line.contains("SIGTERM: stopping"));
            server.signal("TERM");
            assertEquals(0, server.awaitExit());
            assertFalse(closedInOrder(running), "the first signal was waited out");
        }
    }

    /** C16: whatever happens. */
    @Test
    void exitsWith0ThoughStoppingNeverEnds() throws Exception {
        try (ServerProcess process = ServerProcess.start(NeverStops.class, Map.of(), List.of("PT0.2S"))) {
            process.awaitLine(line -> line.equals("installed"));
            process.signal("TERM");
            assertEquals(0, process.awaitExit());
            assertTrue(process.output().contains("log flushed"), process.output()::toString);
        }
    }

    @Test
    void isDrainedByAnEmbedderToo() throws Exception {
        ScriptedModel model = new ScriptedModel();
        try (BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(model).start();
                RawPeer running = RawPeer.upgraded(server.address()); RawPeer idle = RawPeer.upgraded(server.address())) {
            assertEquals("Healthy", server.health().now().word());
            running.prompt("one");
            await().atMost(Duration.ofSeconds(20)).until(() -> model.started() == 1);
            assertFalse(server.drain(Duration.ZERO));
            assertClosed(1001, "server is stopping", idle);
            model.last().emits("Yes.");
            model.last().ends();
            assertTrue(server.drain(Duration.ofSeconds(20)));
            assertEquals("{\"type\":\"chunk\",\"data\":\"Yes.\"}", running.readMessage());
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Yes.\"}", running.readMessage());
            assertClosed(1001, "server is stopping", running);
            assertTrue(exchange(server.address(), RawPeer.handshake("/ws", "")).startsWith("HTTP/1.1 503 "));
        }
    }

    private static void assertClosed(int code, String reason, RawPeer peer) throws IOException {
        byte[] payload = peer.readClose().payload();
        assertEquals(code, (payload[0] & 0xFF) << 8 | payload[1] & 0xFF);
        assertArrayEquals(reason.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(payload, 2, payload.length));
        peer.send(RawPeer.closeFrame(code));
    }

    private static String post(String moreHeaders, String prompt) {
        String body = "{\"prompt\":\"" + prompt + "\"}";
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + moreHeaders + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** The event that ends a stream; those before it are chunks. */
    private static String lastEvent(RawPeer peer) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String piece = peer.readChunk(); piece != null; piece = peer.readChunk()) {
            all.append(piece);
        }
        String[] events = all.toString().split("\n\n");
        for (int i = 0; i < events.length - 1; i++) {
            assertTrue(events[i].startsWith("data: {\"type\":\"chunk\""), events[i]);
        }
        return events[events.length - 1];
    }

    private static String ping(RawPeer peer) throws IOException {
        peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        return peer.readResponse();
    }

    private static String exchange(InetSocketAddress server, String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server)) {
            peer.send(request);
            return peer.readResponse();
        }
    }

    private static boolean closedInOrder(RawPeer peer) throws IOException {
        try {
            peer.readClose();
            return true;
        } catch (EOFException | SocketException e) {
            return false;
        }
    }
}
