package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer.Link;
import io.bargein.loadtest.run.FloorPeer;
import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.ServerMessage.Chunk;
import io.bargein.protocol.ServerMessage.Complete;
import io.bargein.protocol.ServerMessage.Failure;
import io.bargein.protocol.ServerMessage.Interrupted;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client asks, and what it hears, over a real socket. */
class RuntimeClientTest {
    private final Peer peer = new Peer();
    private final HandMovedTimer time = new HandMovedTimer();
    private final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    private RuntimeClient client;

    @AfterEach
    void stop() {
        peer.close(); // First: it does not answer a goodbye, which would be waited for.
        client.close();
    }

    @Test
    void hearsChunksAndTheOneEndOfAnAnswer() throws Exception {
        Link link = open();
        Heard turn = ask("Hello \"\\ world");
        link.expectPrompt("Hello \\\"\\\\ world");
        link.send("{\"type\":\"chunk\",\"data\":\"Once \"}");
        link.send("{\"data\":\"upon \\u00e9\",\"new\":[{\"x\":1}],\"type\":\"chunk\"}");
        link.send("{\"type\":\"metrics\",\"tokens\":3}");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"Once upon é\"}");
        turn.expect(new Chunk("Once "), new Chunk("upon é"), new Complete("Once upon é"));
        turn.assertOver();
    }

    @Test
    void interruptsByAskingAgainAndTellsEachTurnItsOwn() throws Exception {
        Link link = open();
        Heard one = ask("one");
        link.expectPrompt("one");
        link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
        one.expect(new Chunk("a"));
        Heard two = ask("two");
        link.expectPrompt("two");
        link.send("{\"type\":\"chunk\",\"data\":\"b\"}");
        link.send("{\"type\":\"interrupted\",\"partialResponse\":\"ab\"}");
        link.send("{\"type\":\"chunk\",\"data\":\"c\"}");
        link.send("{\"error\":\"model: gone\"}");
        one.expect(new Chunk("b"), new Interrupted("ab"));
        two.expect(new Chunk("c"), new Failure(ErrorType.INTERNAL, "model: gone"));
        one.assertOver();
        two.assertOver();
    }

    @Test
    void takesBadInputForTheNewestPromptsEnd() throws Exception {
        Link link = open();
        Heard one = ask("one");
        Heard two = ask("two");
        link.expectPrompt("one");
        link.expectPrompt("two");
        link.send("{\"error\":\"inputText: 70000 bytes (expected: at most 65536)\"}");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        two.expect(new Failure(ErrorType.INVALID_INPUT, "inputText: 70000 bytes (expected: at most 65536)"));
        one.expect(new Complete(""));
    }

    @Test
    void ignoresWhatAnswersNoPrompt() throws Exception {
        Link link = open();
        link.send("{\"type\":\"ready\"}");
        link.send("{\"type\":\"chunk\",\"data\":\"unasked\"}");
        link.send("{\"error\":\"unasked\"}");
        link.frame(0x89, new byte[0]);
        assertEquals(10, link.frame().opcode()); // All of it has been read.
        Heard turn = ask("one");
        link.expectPrompt("one");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        turn.expect(new Complete(""));
    }

    @Test
    void deliversAsManyMessagesAsAreAskedFor() throws Exception {
        Link link = open();
        Subscriber subscriber = new Subscriber();
        client.ask("one").subscribe(subscriber);
        link.expectPrompt("one");
        link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
        link.send("{\"type\":\"chunk\",\"data\":\"b\"}");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"ab\"}");
        subscriber.request(1);
        subscriber.expect(new Chunk("a"));
        subscriber.assertQuiet(time);
        subscriber.request(2);
        subscriber.expect(new Chunk("b"), new Complete("ab"), "complete");
        subscriber.assertQuiet(time);
    }

    @Test
    void stopsReadingWhileNobodyAsksForMore() throws Exception {
        Link link = open();
        Subscriber subscriber = new Subscriber();
        client.ask("one").subscribe(subscriber);
        link.expectPrompt("one");
        int chunks = 600;
        byte[] chunk = ("{\"type\":\"chunk\",\"data\":\"" + "x".repeat(60_000) + "\"}").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < chunks; i++) {
            link.frame(0x81, chunk);
        }
        subscriber.request(1);
        subscriber.expectSome(1);
        // A client that read on would come to a stand only once it had taken all of it.
        assertTrue(link.pendingBytesAtAStand() > 15_000_000, "not taken: " + link.pendingBytes() + " bytes");
        subscriber.request(Long.MAX_VALUE);
        subscriber.expectSome(chunks - 1);
        assertEquals(0, link.pendingBytes());
    }

    @Test
    void readsTheNewAnswerThoughNobodyTakesTheRestOfTheOldOne() throws Exception {
        Link link = open();
        Subscriber one = new Subscriber();
        client.ask("one").subscribe(one);
        link.expectPrompt("one");
        link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
        Heard two = ask("two");
        link.expectPrompt("two");
        link.send("{\"type\":\"interrupted\",\"partialResponse\":\"a\"}");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        two.expect(new Complete(""));
        one.request(2);
        one.expect(new Chunk("a"), new Interrupted("a"), "complete");
    }

    @Test
    void hearsNoMoreOnceItHasCancelled() throws Exception {
        Link link = open();
        Subscriber one = new Subscriber();
        client.ask("one").subscribe(one);
        one.request(1);
        link.expectPrompt("one");
        link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
        one.expect(new Chunk("a"));
        one.cancel();
        link.send("{\"type\":\"chunk\",\"data\":\"b\"}");
        link.send("{\"type\":\"complete\",\"fullResponse\":\"ab\"}");
        link.frame(0x89, new byte[0]);
        assertEquals(10, link.frame().opcode()); // All of it has been read, by which reading goes on.
        one.assertQuiet(time);
    }

    @Test
    void keepsToTheRulesOfPublishers() throws Exception {
        open();
        Turn turn = client.ask("one");
        assertEquals("one", turn.text());
        Subscriber first = new Subscriber();
        Subscriber second = new Subscriber();
        turn.subscribe(first);
        turn.subscribe(second);
        assertInstanceOf(IllegalStateException.class, second.next());
        first.request(0);
        assertInstanceOf(IllegalArgumentException.class, first.next());
        assertThrows(NullPointerException.class, () -> turn.subscribe((Flow.Subscriber<ServerMessage>) null));
    }

    @Test
    void refusesWhatNoServerTakes() throws Exception {
        open();
        for (String bad : new String[] {" \n", "\ud800", "x".repeat(1 << 20)}) {
            assertThrows(IllegalArgumentException.class, () -> client.ask(bad));
        }
        for (int i = 0; i < Turns.MAX; i++) {
            client.ask("one");
        }
        assertTrue(ask("too many").lost().getMessage().contains("64 prompts have no answer yet"));
    }

    @Test
    void sendsASessionIdOfItsOwnOrTheOneThatItIsGiven() throws Exception {
        Link link = open();
        assertTrue(link.head().contains("\r\nX-Amzn-Bedrock-AgentCore-Runtime-Session-Id: " + client.sessionId() + "\r\n"), link.head());
        try (RuntimeClient other = RuntimeClient.builder(RuntimeTarget.of(peer.url())).sessionId("mine").build()) {
            other.connect();
            Link mine = peer.open();
            assertTrue(mine.head().contains("-Session-Id: mine\r\n"));
            assertNotEquals(client.sessionId(), other.sessionId());
            mine.close(1_000, "");
        }
        RuntimeTarget deployed = RuntimeTarget.builder(RuntimeEndpoint.ofArn("arn:aws:bedrock-agentcore:us-west-2:1:runtime/a")).build();
        assertThrows(IllegalArgumentException.class, () -> RuntimeClient.builder(deployed).sessionId("mine"));
    }

    @Test
    void saysGoodbyeAndLeavesNoTurnWithoutAnEnd() throws Exception {
        Link link = open();
        Heard turn = ask("one");
        link.expectPrompt("one");
        var closing = client.closeAsync();
        Peer.Frame close = link.frame();
        assertEquals(8, close.opcode());
        assertEquals(1_000, (close.payload()[0] & 0xFF) << 8 | close.payload()[1] & 0xFF);
        link.send("{\"type\":\"chunk\",\"data\":\"last\"}");
        link.close(1_000, "");
        turn.expect(new Chunk("last"));
        assertTrue(turn.lost().getMessage().contains("the client is closed"));
        closing.get(20, TimeUnit.SECONDS);
        assertTrue(time.loop().isTerminated());
        assertTrue(ask("late").lost().getMessage().contains("the client is closed"));
        assertTrue(client.ask("late").text().equals("late"));
    }

    @Test
    void isNotConnectedBeforeItConnects() throws Exception {
        build();
        assertTrue(ask("early").lost().getMessage().contains("not connected"));
    }

    /** A name that can be none, and so is asked of nobody, fails within the call to connect; a port that nobody has, later. */
    @ParameterizedTest
    @ValueSource(strings = {"ws://127.0.0.1:1/ws", "ws://a234567890123456789012345678901234567890123456789012345678901234:1/ws"})
    void failsWhereNobodyListensWithoutTryingAgain(String url) {
        client = RuntimeClient.builder(RuntimeTarget.of(URI.create(url))).build();
        Throwable why = assertThrows(ExecutionException.class, () -> client.connect().get(20, TimeUnit.SECONDS)).getCause();
        assertInstanceOf(RuntimeClientException.class, why);
        assertTrue(why.getMessage().startsWith("connect: " + url + ": "), why.getMessage());
    }

    @Test
    void asksForATokenAtEachHandshakeOffItsLoop() throws Exception {
        Map<String, Integer> threads = new ConcurrentHashMap<>();
        RuntimeTarget target = RuntimeTarget.builder(RuntimeEndpoint.ofUrl(peer.url())).auth(RuntimeAuth.bearer(() -> {
            return "token-" + threads.merge(Thread.currentThread().getName().replaceAll("-\\d+", ""), 1, Integer::sum);
        })).build();
        ConnectionEvents events = new ConnectionEvents();
        client = RuntimeClient.builder(target).listener(events).time(time::on, () -> 0.5).build();
        client.connect();
        Link link = peer.open();
        assertTrue(link.head().contains("\r\nAuthorization: Bearer token-1\r\n"), link.head());
        events.expect("connected");
        link.cut();
        time.advance(events.expectReconnecting());
        assertTrue(peer.open().head().contains("\r\nAuthorization: Bearer token-2\r\n"));
        assertEquals(Map.of("bargein-signer", 2), threads);
    }

    @Test
    void canBeClosedWhileCredentialsAreAskedFor() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Thread[] signer = new Thread[1];
        RuntimeTarget target = RuntimeTarget.builder(RuntimeEndpoint.ofUrl(peer.url())).auth(RuntimeAuth.bearer(() -> {
            signer[0] = Thread.currentThread();
            signer[0].setUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
            asked.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return "token";
        })).build();
        client = RuntimeClient.builder(target).build();
        client.connect();
        assertTrue(asked.await(20, TimeUnit.SECONDS));
        client.close();
        answer.countDown();
        signer[0].join(20_000);
        assertFalse(signer[0].isAlive());
        assertEquals(List.of(), List.copyOf(uncaught));
        assertTrue(peer.isQuiet());
    }

    @Test
    void talksToAPeerThatAnswersByItself() throws Exception {
        try (FloorPeer floor = new FloorPeer()) {
            client = RuntimeClient.builder(RuntimeTarget.of(floor.url())).build();
            client.connect().get(20, TimeUnit.SECONDS);
            Heard one = ask("sim chunks=1000000 delay_ms=5");
            ServerMessage first = one.next();
            StringBuilder text = new StringBuilder(assertInstanceOf(Chunk.class, first).data());
            Heard two = ask("sim chunks=3 bytes=16");
            for (ServerMessage next = one.next(); ; next = one.next()) {
                if (next instanceof Interrupted interrupted) {
                    assertEquals(text.toString(), interrupted.partialResponse());
                    break;
                }
                text.append(assertInstanceOf(Chunk.class, next).data());
            }
            two.expect(new Chunk("0 aaaaaaaaaaaaaz"), new Chunk("1 aaaaaaaaaaaaaz"), new Chunk("2 aaaaaaaaaaaaaz"),
                    new Complete("0 aaaaaaaaaaaaaz1 aaaaaaaaaaaaaz2 aaaaaaaaaaaaaz"));
            one.assertOver();
        }
    }

    private void build() {
        client = RuntimeClient.builder(RuntimeTarget.of(peer.url())).closeTimeout(Duration.ofMinutes(1)).time(time::on, () -> 0.5).build();
    }

    private Link open() throws Exception {
        build();
        var connected = client.connect();
        Link link = peer.open();
        assertEquals(client, connected.get(20, TimeUnit.SECONDS));
        return link;
    }

    private Heard ask(String text) {
        Heard heard = new Heard();
        client.ask(text, heard);
        return heard;
    }
}
