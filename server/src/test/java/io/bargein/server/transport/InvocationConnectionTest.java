package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.session.ScriptedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /invocations} over real sockets: clients that pipeline, hang up or do not read. */
class InvocationConnectionTest extends InvocationTestBase {

    /** Its deadline is all that ends the connection of a client that stays. */
    @Test
    void doesNotLingerWithAClientThatWasRefusedThoughTheWholeRequestHasCome() throws Exception {
        restart(new HttpSettings(4_096, 8_192, Duration.ofMillis(200), Duration.ofSeconds(60), false, InvocationSettings.DEFAULT));
        try (RawPeer peer = RawPeer.pinged(server.address())) {
            peer.send(post(session("no such id!"), "{\"prompt\":\"one\"}"));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 400 "));
            assertTrue(peer.atEnd());
            await(() -> {
                try {
                    peer.send("x");
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
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

    /** More than the codec would let wait by itself. */
    @Test
    void answersHundredsOfPipelinedRequestsThatCameInOneSegment() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("", "{\"prompt\":\"one\"}") + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000));
            answer(1).ends();
            assertTrue(peer.readResponse().endsWith("\"stop_reason\":\"end_turn\",\"usage\":null}"));
            for (int i = 0; i < 2_000; i++) {
                assertTrue(peer.readResponse().endsWith("}"), "ping " + i);
            }
            peer.send(post("", "{\"prompt\":\"two\"}"));
            answer(2).ends();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void readsNoMorePipelinedRequestsThanAFewWhileOneIsAnswered() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.socket.setSendBufferSize(16 << 10);
            peer.send(post("", "{\"prompt\":\"one\"}"));
            answer(1);
            String ping = "GET /ping HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(4_000) + "\r\n\r\n";
            AtomicLong sent = new AtomicLong();
            Thread writer = new Thread(() -> {
                try {
                    while (sent.get() < 10_000) {
                        peer.send(ping);
                        sent.incrementAndGet();
                    }
                } catch (IOException e) {
                    // It ends when the test does.
                }
            });
            writer.start();
            // 40 MB that the server does not take: the writer stands still.
            long before = sent.get();
            while (grows(sent::get, before)) {
                before = sent.get();
            }
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
            await(() -> answer.requested() > 0);
            String text = "x".repeat(500);
            int emitted = 0;
            while (true) {
                long demanded = answer.requested();
                if (emitted < demanded) {
                    answer.emits(text);
                    emitted++;
                } else if (!grows(answer::requested, demanded)) {
                    break;
                }
                assertTrue(emitted < 1_900, "the model was never paused");
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
            int[] emitted = {0};
            await(() -> {
                // No more than is asked for, or the answer would end at its limit.
                for (; emitted[0] < answer.requested(); emitted[0]++) {
                    answer.emits("x".repeat(500));
                }
                return answer.isCancelled();
            });
            assertTrue(emitted[0] < 1_900, "the answer was too long, not its reader too slow");
        }
        await(() -> server.health.status().runningTurns() == 0);
        assertPlacesAreFree();
    }

    /** P7: the channel is handed no more than it takes. */
    @Test
    void sendsALongAnswerPieceByPieceToASlowReader() throws Exception {
        try (RawPeer first = RawPeer.upgraded(server.address()); RawPeer second = RawPeer.upgraded(server.address());
                RawPeer peer = RawPeer.connect(server.address(), 4 << 10)) {
            peer.send(post("", "{\"prompt\":\"one\"}"));
            for (int i = 0; i < 31; i++) {
                answer(1).emits("\u0001".repeat(32 << 10));
            }
            answer(1).ends();
            int length = 6 * 31 * (32 << 10) + 53;
            String head = peer.readHead();
            assertTrue(head.contains("content-length: " + length + "\r\n"), head);
            // Its place is taken until the channel has all of it.
            assertTrue(send(RawPeer.handshake("/ws", "")).startsWith("HTTP/1.1 503 "));
            String body = new String(peer.socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
            assertTrue(body.endsWith("\\u0001\",\"stop_reason\":\"end_turn\",\"usage\":null}"));
            assertServes(peer);
            server.close();
            assertEquals(1001, first.readClose().closeCode());
            assertEquals(1001, second.readClose().closeCode());
        }
    }
}
