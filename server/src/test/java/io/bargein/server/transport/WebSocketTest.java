package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.bargein.protocol.Limits;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.RequestContext;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The upgraded connection against peers that behave and peers that do not, over real sockets. */
class WebSocketTest {
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void restart(TransportSettings settings) throws IOException {
        server.close();
        server = new TestServer(settings);
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void streamsAndIsCutInOnOverEveryTransportThatWorksHere(TransportKind kind) throws Exception {
        assumeTrue(kind.unavailability() == null, () -> kind + " does not work on this machine");
        restart(TestServer.with(kind));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            answer(1).emits("Once upon");
            assertEquals("{\"type\":\"chunk\",\"data\":\"Once upon\"}", peer.readMessage());
            peer.prompt("two");
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once upon\"}", peer.readMessage());
            answer(2).emits("Yes.");
            answer(2).ends();
            assertEquals("{\"type\":\"chunk\",\"data\":\"Yes.\"}", peer.readMessage());
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Yes.\"}", peer.readMessage());
            assertTrue(answer(1).isCancelled());
        }
    }

    @Test
    void tellsTheModelWhatTheHandshakeSaid() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address(), 0, UpgradeHandler.SESSION_ID + ": s-1\r\nx-amzn-requestid: r-1\r\n"
                + "WorkloadAccessToken: t\r\nX-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant: blue\r\n")) {
            peer.prompt("one");
            RequestContext context = answer(1).request().context();
            assertEquals(RequestContext.Kind.WS, context.kind());
            assertEquals("s-1", context.sessionId());
            assertEquals("r-1", context.requestId());
            assertEquals("t", context.workloadAccessToken());
            assertEquals("blue", context.headers().get("X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant"));
        }
    }

    /** C87. */
    @Test
    void unwrapsTheFirstMessage() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.sendText("{\"body\":\"{\\\"inputText\\\":\\\"one\\\"}\"}");
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            peer.sendText("{\"body\":\"{\\\"inputText\\\":\\\"two\\\"}\"}");
            assertTrue(peer.readMessage().startsWith("{\"error\":\"inputText: missing"));
        }
    }

    /** P1, P2: two interrupts in one segment. */
    @Test
    void givesEachOfSeveralPromptsInOneSegmentItsTerminal() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            answer(1).emits("Once");
            assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", peer.readMessage());
            peer.send(RawPeer.join(RawPeer.frame(0x81, "{\"inputText\":\"two\"}".getBytes(StandardCharsets.UTF_8)),
                    RawPeer.frame(0x81, "{\"inputText\":\"three\"}".getBytes(StandardCharsets.UTF_8))));
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once\"}", peer.readMessage());
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", peer.readMessage());
            // The second may have reached the model before it was overtaken; the third has both in it.
            await(() -> server.model.last().request().messages().size() == 3 && server.model.last().request().messages().get(2).content().size() == 2);
            server.model.last().ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        }
    }

    @Test
    void answersTheLastOfAThousandPromptsInARow() throws Exception {
        restart(TestServer.with(new OutputSettings(0, OutputSettings.Merging.WHEN_WAITING, 16 << 10, 32 << 10, 16 << 10)));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            ByteArrayOutputStream prompts = new ByteArrayOutputStream();
            for (int i = 1; i <= 1_000; i++) {
                prompts.writeBytes(RawPeer.frame(0x81, ("{\"inputText\":\"prompt " + i + "\"}").getBytes(StandardCharsets.UTF_8)));
            }
            peer.send(prompts.toByteArray());
            for (int i = 1; i < 1_000; i++) {
                assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", peer.readMessage());
            }
            await(() -> server.model.started() > 0 && server.model.last().request().messages().get(0).content().size() == 1_000);
            server.model.last().ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            for (int i = 1; i < server.model.started(); i++) {
                assertTrue(answer(i).isCancelled(), "call " + i);
            }
        }
    }

    /** Wherever a peer breaks off, nothing of it is left: no descriptor, no place among the connections. */
    @Test
    void losesNothingToPeersThatBreakOffAtAnyByte() throws Exception {
        restart(TestServer.withMaxConnections(2));
        byte[] all = RawPeer.join(RawPeer.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII),
                RawPeer.frame(0x81, "{\"inputText\":\"one\"}".getBytes(StandardCharsets.UTF_8)));
        // What the process opens for the first connection and keeps is no loss.
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            peer.send(RawPeer.closeFrame(1000));
            peer.readClose();
            assertNull(peer.readFrame());
        }
        long before = openDescriptors();
        for (int length = 0; length <= all.length; length++) {
            RawPeer peer = RawPeer.connect(server.address());
            peer.send(Arrays.copyOf(all, length));
            if (length % 2 == 0) {
                peer.reset();
            } else {
                peer.close();
            }
        }
        await(() -> openDescriptors() <= before);
        await(() -> server.health.status().runningTurns() == 0);
        await(() -> {
            try (RawPeer one = RawPeer.upgraded(server.address()); RawPeer two = RawPeer.upgraded(server.address())) {
                return one.socket.isConnected() && two.socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static long openDescriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    @Test
    void refusesBadInputAndGoesOnWithTheTurn() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            answer(1).emits("Once");
            assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", peer.readMessage());
            peer.prompt(" ");
            assertEquals("{\"error\":\"inputText: missing or empty (expected: a non-empty string)\"}", peer.readMessage());
            peer.send(RawPeer.frame(0x82, new byte[] {1, 2, 3}));
            assertEquals("{\"error\":\"frame: binary (expected: a text frame with a JSON object)\"}", peer.readMessage());
            // An echo of our own (contract C85) is dropped without a word.
            peer.sendText("{\"type\":\"chunk\",\"data\":\"Once\"}");
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Once\"}", peer.readMessage());
        }
    }

    /** T9: bytes that come with the handshake. */
    @Test
    void takesAPromptThatComesInTheSameSegmentAsTheHandshake() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(RawPeer.join(RawPeer.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII),
                    RawPeer.frame(0x81, "{\"inputText\":\"one\"}".getBytes(StandardCharsets.UTF_8))));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        }
    }

    /** The handshake and a prompt, byte by byte. */
    @Test
    void takesEverythingOneByteAtATime() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            for (byte b : RawPeer.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII)) {
                peer.send(new byte[] {b});
            }
            assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
            for (byte b : RawPeer.frame(0x81, "{\"inputText\":\"日本\"}".getBytes(StandardCharsets.UTF_8))) {
                peer.send(new byte[] {b});
            }
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        }
    }

    /** T2: exactly one Close frame, with the code of what was wrong, and then the end. */
    @ParameterizedTest
    @ValueSource(strings = {"unmasked", "reserved bit", "reserved opcode", "continuation of nothing", "text in a text",
        "fragmented ping", "long ping", "bad utf-8", "close of one byte", "close with bad utf-8"})
    void sendsOneCloseForEachViolation(String violation) throws Exception {
        byte[] a = {'a'};
        byte[] bad = {(byte) 0xC0, (byte) 0xAF};
        byte[] bytes = switch (violation) {
            case "unmasked" -> new byte[] {(byte) 0x81, 1, 'a'};
            case "reserved bit" -> RawPeer.frame(0xC1, a);
            case "reserved opcode" -> RawPeer.frame(0x83, a);
            case "continuation of nothing" -> RawPeer.frame(0x80, a);
            case "text in a text" -> RawPeer.join(RawPeer.frame(0x01, a), RawPeer.frame(0x81, a));
            case "fragmented ping" -> RawPeer.frame(0x09, a);
            case "long ping" -> RawPeer.frame(0x89, new byte[126]);
            case "bad utf-8" -> RawPeer.frame(0x81, bad);
            case "close of one byte" -> RawPeer.frame(0x88, a);
            default -> RawPeer.frame(0x88, new byte[] {3, (byte) 0xE8, bad[0], bad[1]});
        };
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(bytes);
            RawPeer.Frame close = peer.readClose();
            assertEquals(violation.contains("utf-8") ? 1007 : 1002, close.closeCode(), close.closeReason());
            assertNull(peer.readFrame());
        }
    }

    /** T3: close codes that may not be sent. */
    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535})
    void answersACloseCodeThatMayNotBeSentWith1002(int code) throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.closeFrame(code));
            assertEquals(1002, peer.readClose().closeCode());
            assertNull(peer.readFrame());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999})
    void answersACloseWithItsOwnCode(int code) throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.closeFrame(code));
            assertEquals(code, peer.readClose().closeCode());
            assertNull(peer.readFrame());
        }
    }

    @Test
    void answersACloseWithoutACodeWithoutACode() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.frame(0x88, new byte[0]));
            assertEquals(0, peer.readClose().payload().length);
            assertNull(peer.readFrame());
        }
    }

    /** P7: the message limit, at its boundary, whole and in fragments. */
    @Test
    void takesAMessageOfTheLimitAndClosesWith1009PastIt() throws Exception {
        restart(TestServer.with(new Limits(10_000, 10_000, 32_000, 16)));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.sendText("{\"inputText\":\"" + "x".repeat(10_000 - 16) + "\"}");
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            peer.sendText("y".repeat(10_001));
            assertEquals(1009, peer.readClose().closeCode());
        }
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.frame(0x01, "z".repeat(6_000).getBytes(StandardCharsets.US_ASCII)));
            peer.send(RawPeer.frame(0x80, "z".repeat(4_001).getBytes(StandardCharsets.US_ASCII)));
            assertEquals(1009, peer.readClose().closeCode());
        }
    }

    /** It is the header that is refused: not a byte of such a frame has to come. */
    @Test
    void closesWith1009AsSoonAsAFrameAnnouncesTooMuch() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(new byte[] {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4});
            assertEquals(1009, peer.readClose().closeCode());
        }
    }

    /** T7: fragments without end, and a message that never ends. */
    @Test
    void closesWith1008PastTheFragmentLimit() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            byte[] empty = RawPeer.frame(0x00, new byte[0]);
            byte[] many = new byte[empty.length * 16_384];
            for (int i = 0; i < 16_384; i++) {
                System.arraycopy(empty, 0, many, i * empty.length, empty.length);
            }
            peer.send(RawPeer.frame(0x01, new byte[0]));
            peer.send(many);
            RawPeer.Frame close = peer.readClose();
            assertEquals(1008, close.closeCode());
            assertEquals("message of over 16384 fragments", close.closeReason());
        }
    }

    @Test
    void takesAMessageOfJustAsManyFragmentsAsAreAllowed() throws Exception {
        restart(TestServer.with(new Limits(10_000, 10_000, 32_000, 19)));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            byte[] text = "{\"inputText\":\"one\"}".getBytes(StandardCharsets.US_ASCII);
            assertEquals(19, text.length);
            for (int i = 0; i < text.length; i++) {
                peer.send(RawPeer.frame((i == 0 ? 0x01 : 0x00) | (i == text.length - 1 ? 0x80 : 0), Arrays.copyOfRange(text, i, i + 1)));
            }
            answer(1).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        }
    }

    @Test
    void closesWith1008WhenAMessageTakesTooLong() throws Exception {
        restart(TestServer.with(new LivenessSettings(Duration.ZERO, Duration.ofSeconds(20), Duration.ofSeconds(30),
                Duration.ofMillis(200), Duration.ofSeconds(5))));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.frame(0x01, new byte[] {'a'}));
            RawPeer.Frame close = peer.readClose();
            assertEquals(1008, close.closeCode());
            assertEquals("message took over 200 ms", close.closeReason());
        }
    }

    /** T1: pings without end from a peer that does not read cost a bounded amount of memory, and serve nobody ill. */
    @Test
    void holdsNextToNothingForAPeerThatPingsAndNeverReads() throws Exception {
        Duration never = Duration.ofHours(1);
        restart(TestServer.with(new LivenessSettings(Duration.ZERO, never, never, never, Duration.ofSeconds(5))));
        try (RawPeer peer = RawPeer.upgraded(server.address(), 4_096, "")) {
            byte[] ping = RawPeer.frame(0x89, new byte[125]);
            byte[] many = new byte[ping.length * 1_000];
            for (int i = 0; i < 1_000; i++) {
                System.arraycopy(ping, 0, many, i * ping.length, ping.length);
            }
            long before = usedDirectMemory();
            for (int i = 0; i < 200; i++) {
                peer.send(many);
            }
            long grown = usedDirectMemory() - before;
            assertTrue(grown < 16 << 20, () -> "grew by " + grown + " bytes for 26 MB of pings");
            try (RawPeer other = RawPeer.upgraded(server.address())) {
                other.prompt("one");
                answer(1).ends();
                assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", other.readMessage());
            }
        }
    }

    @Test
    void answersAPing() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.send(RawPeer.frame(0x89, "are you there?".getBytes(StandardCharsets.US_ASCII)));
            RawPeer.Frame pong = peer.readFrame();
            assertEquals(10, pong.opcode());
            assertEquals("are you there?", pong.text());
        }
    }

    /** T12: no extension is taken up, so nothing inflates. */
    @Test
    void negotiatesNoCompression() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(RawPeer.handshake("/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
            assertFalse(peer.readHead().toLowerCase(Locale.ROOT).contains("sec-websocket-extensions"));
            peer.send(RawPeer.frame(0xC1, new byte[] {1}));
            assertEquals(1002, peer.readClose().closeCode());
        }
    }

    /** P5: whoever goes away stops the model. */
    @ParameterizedTest
    @ValueSource(strings = {"reset", "end of stream", "close"})
    void cancelsTheAnswerOfAPeerThatGoesAway(String how) throws Exception {
        RawPeer peer = RawPeer.upgraded(server.address());
        peer.prompt("one");
        answer(1).emits("Once");
        assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", peer.readMessage());
        switch (how) {
            case "reset" -> peer.reset();
            case "close" -> peer.send(RawPeer.closeFrame(1000));
            default -> peer.close();
        }
        await(() -> answer(1).isCancelled());
        await(() -> server.health.status().runningTurns() == 0);
        peer.close();
    }

    /** P4: neither a model that takes its time to start, nor one that takes its time to let go, holds an interrupt up. */
    @Test
    void interruptsWhileTheModelIsStillStarting() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayStart = new CountDownLatch(1);
        server.model.duringStart(() -> {
            started.countDown();
            try {
                assertTrue(mayStart.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            assertTrue(started.await(20, TimeUnit.SECONDS));
            peer.prompt("two");
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", peer.readMessage());
            mayStart.countDown();
            answer(2).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
            assertTrue(answer(1).isCancelled());
        }
    }

    /** P4, P7: a slow reader pauses the model, and its interrupt is heard while output waits. */
    @Test
    void pausesTheModelForASlowReaderAndHearsItsInterruptAllTheSame() throws Exception {
        // Merged, all that waits could be begun as one message, and what is begun counts as sent.
        restart(TestServer.with(new OutputSettings(0, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 16 << 10)));
        try (RawPeer peer = RawPeer.upgraded(server.address(), 4_096, "")) {
            peer.prompt("one");
            await(() -> answer(1).requested() > 0);
            long emitted = 0;
            String chunk = "x".repeat(1_000);
            while (true) {
                long demanded = answer(1).requested();
                if (emitted < demanded) {
                    answer(1).emits(chunk);
                    emitted++;
                } else if (!grows(() -> answer(1).requested(), demanded)) {
                    break;
                }
                assertTrue(emitted < 1_000, "the model was never paused");
            }
            peer.prompt("two");
            await(() -> answer(1).isCancelled());

            StringBuilder seen = new StringBuilder();
            String message = peer.readMessage();
            while (message.startsWith("{\"type\":\"chunk\"")) {
                seen.append(message, "{\"type\":\"chunk\",\"data\":\"".length(), message.length() - 2);
                message = peer.readMessage();
            }
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"" + seen + "\"}", message);
            assertTrue(seen.length() < emitted * 1_000, "all of it was sent: nothing waited");
            answer(2).ends();
            assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        }
    }

    @Test
    void closesAPeerThatTakesNothing() throws Exception {
        restart(TestServer.with(new LivenessSettings(Duration.ZERO, Duration.ofSeconds(20), Duration.ofMillis(400),
                Duration.ofSeconds(15), Duration.ofMillis(200))));
        try (RawPeer peer = RawPeer.upgraded(server.address(), 4_096, "")) {
            peer.prompt("one");
            String chunk = "x".repeat(500);
            int[] emitted = {0};
            await(() -> {
                // No more than is asked for, or the answer would end at that.
                for (; emitted[0] < answer(1).requested(); emitted[0]++) {
                    answer(1).emits(chunk);
                }
                return answer(1).isCancelled();
            });
            assertTrue(emitted[0] < 1_900, "the answer was too long, not its reader too slow");
            await(() -> server.health.status().runningTurns() == 0);
            peer.socket.setSoTimeout(20_000);
            try {
                for (RawPeer.Frame frame = peer.readFrame(); frame != null; frame = peer.readFrame()) {
                    // What the kernel had taken for it, and the Close if there was room for that in time.
                    assertTrue(frame.opcode() != 8 || frame.closeReason().equals("slow reader"), frame::closeReason);
                }
            } catch (SocketException | EOFException e) {
                // Cut in the middle: it never read.
            }
        }
    }

    @Test
    void endsRunningTurnsAndClosesWith1001WhenTheServerStops() throws Exception {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            answer(1).emits("Once");
            assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", peer.readMessage());
            Thread stopping = new Thread(server::close);
            stopping.start();
            assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once\"}", peer.readMessage());
            stopping.join(20_000);
            assertFalse(stopping.isAlive());
            await(() -> answer(1).isCancelled());
        }
    }

    @Test
    void handsAConversationToTheNewerConnectionOfItsId() throws Exception {
        String id = UpgradeHandler.SESSION_ID + ": shared\r\n";
        try (RawPeer older = RawPeer.upgraded(server.address(), 0, id)) {
            older.prompt("one");
            answer(1).emits("Once");
            assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", older.readMessage());
            try (RawPeer newer = RawPeer.upgraded(server.address(), 0, id)) {
                newer.prompt("two");
                assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once\"}", older.readMessage());
                RawPeer.Frame close = older.readClose();
                assertEquals(4000, close.closeCode());
                assertEquals("taken over", close.closeReason());
                assertEquals(3, answer(2).request().messages().size());
            }
        }
    }

    private ScriptedModel.Answer answer(int number) {
        await(() -> server.model.started() >= number);
        return server.model.answer(number);
    }

    /** Whether the number rises above what it was within half a second. */
    private static boolean grows(Callable<Long> number, long was) {
        try {
            Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(Duration.ofMillis(500))
                    .until(() -> number.call() > was);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    /** What Netty's allocators hold off the heap: by their own count or, where they leave that to the JVM, by its. */
    private static long usedDirectMemory() {
        long byJvm = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
        return Math.max(byJvm, PlatformDependent.usedDirectMemory());
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
