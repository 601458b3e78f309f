package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer.Link;
import io.bargein.protocol.ServerMessage.Chunk;
import io.bargein.protocol.ServerMessage.Complete;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which ends of a connection are followed by another connection, when, and what becomes of prompts. Time is moved by hand. */
class ReconnectTest {
    private final Peer peer = new Peer();
    private final HandMovedTimer time = new HandMovedTimer();
    private final ConnectionEvents events = new ConnectionEvents();
    private final RuntimeClient client = RuntimeClient.builder(RuntimeTarget.of(peer.url())).listener(events).time(time::on, () -> 0.5).build();
    private final CompletableFuture<RuntimeClient> connected = client.connect();

    @AfterEach
    void stop() {
        peer.close(); // First: it does not answer a goodbye, which would be waited for.
        client.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1001, draining",
        "1006, ",
        "1008, Policy violated: Max connection duration of 1 hour is exceeded",
    })
    void goesOnWithTheSameSessionAfterAnEndThatPasses(int code, String reason) throws Exception {
        Link first = open();
        if (code == 1006) {
            first.cut();
        } else {
            first.close(code, reason);
        }
        assertEquals(Duration.ofSeconds(1), events.expectReconnecting());
        assertTrue(peer.isQuiet());
        time.advance(Duration.ofSeconds(1));
        Link second = peer.open();
        events.expect("connected again");
        assertTrue(second.head().contains("-Session-Id: " + client.sessionId() + "\r\n"));
        assertTrue(first.head().contains("-Session-Id: " + client.sessionId() + "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "1000, , the server has ended it",
        "1002, , RFC 6455",
        "1008, slow reader, did not take its messages",
        "1008, no pong, 250 frames a second",
        "1009, , above the server's limit",
        "1011, , its log says more",
        "4000, taken over, a newer connection",
    })
    void endsForGoodAfterAnyOther(int code, String reason, String check) throws Exception {
        Link link = open();
        Heard turn = ask("one");
        link.expectPrompt("one");
        link.close(code, reason == null ? "" : reason);
        ConnectionLostException why = assertInstanceOf(ConnectionLostException.class, events.expectEnd());
        assertEquals(code, why.code());
        assertEquals(reason == null ? "" : reason, why.reason());
        assertTrue(why.getMessage().contains(check), why.getMessage());
        assertEquals(why, turn.lost());
        assertEquals(why.getMessage(), ask("two").lost().getMessage());
        assertTrue(peer.isQuiet());
    }

    @Test
    void waitsLongerAndLonger() throws Exception {
        open().cut();
        for (double seconds : new double[] {1, 2, 4, 8, 15, 15}) {
            assertEquals(Duration.ofMillis((long) (seconds * 1_000)), events.expectReconnecting());
            time.advance(Duration.ofMillis((long) (seconds * 1_000)));
            peer.accept().refuse(503, "", "");
        }
        events.expectReconnecting();
        time.advance(Duration.ofSeconds(15));
        // One that held for long is a good one: it begins anew.
        Link good = peer.open();
        events.expect("connected again");
        time.advance(Duration.ofSeconds(19));
        time.advance(Duration.ofSeconds(11));
        good.cut();
        assertEquals(Duration.ofSeconds(1), events.expectReconnecting());
    }

    @Test
    void spreadsItsAttemptsByAQuarter() {
        for (double at : new double[] {0, 0.5, 1}) {
            Backoff backoff = new Backoff(() -> at);
            List<Long> millis = List.of(1, 2, 3, 4, 5, 6).stream().map(i -> TimeUnit.NANOSECONDS.toMillis(backoff.nextNanos())).toList();
            List<Long> expected = List.of(1_000, 2_000, 4_000, 8_000, 15_000, 15_000).stream().map(n -> (long) (n * (0.75 + 0.5 * at))).toList();
            assertEquals(expected, millis);
        }
    }

    @Test
    void givesUpInTheEnd() throws Exception {
        open().cut();
        for (Duration waited = Duration.ZERO; waited.toSeconds() < 900;) {
            Duration delay = events.expectReconnecting();
            waited = waited.plus(delay);
            time.advance(delay);
            peer.accept().refuse(424, "", "");
        }
        assertTrue(events.expectEnd().getMessage().startsWith("connection: none for 900 s: handshake: 424"));
    }

    @Test
    void endsAtARefusalThatWillNotPass() throws Exception {
        open().cut();
        time.advance(events.expectReconnecting());
        peer.accept().refuse(403, "x-amzn-ErrorType: AccessDeniedException\r\n", "");
        assertEquals(403, assertInstanceOf(HandshakeException.class, events.expectEnd()).status());
    }

    @Test
    void goesOnTryingWhereNobodyAnswers() throws Exception {
        Link link = open();
        link.cut();
        time.advance(events.expectReconnecting());
        peer.accept().cut();
        assertEquals(Duration.ofSeconds(2), events.expectReconnecting());
        time.advance(Duration.ofSeconds(2));
        peer.open();
        events.expect("connected again");
    }

    @Test
    void sitsOutAConflictFromTheBeginning() throws Exception {
        peer.accept().refuse(409, "x-amzn-ErrorType: RetryableConflictException\r\n", "{}");
        time.advance(events.expectReconnecting());
        peer.open();
        assertEquals(client, connected.get(20, TimeUnit.SECONDS));
        events.expect("connected");
    }

    @ParameterizedTest
    @CsvSource({"409, ConflictException", "403, AccessDeniedException", "424, RuntimeClientError", "503, ''"})
    void isRefusedAtOnceOtherwise(int status, String type) throws Exception {
        peer.accept().refuse(status, "x-amzn-ErrorType: " + type + "\r\n", "{}");
        Throwable why = assertThrows(ExecutionException.class, () -> connected.get(20, TimeUnit.SECONDS)).getCause();
        assertEquals(status, assertInstanceOf(HandshakeException.class, why).status());
        assertEquals(why, events.expectEnd());
        assertTrue(peer.isQuiet());
    }

    @Test
    void neverSendsAPromptTwice() throws Exception {
        Link first = open();
        Heard turn = ask("one");
        first.expectPrompt("one");
        first.send("{\"type\":\"chunk\",\"data\":\"a\"}");
        turn.expect(new Chunk("a"));
        first.cut();
        assertTrue(turn.lost().getMessage().startsWith("the answer is lost with its connection (the prompt is not sent again by itself"));
        Duration delay = events.expectReconnecting();
        Heard held = ask("two");
        time.advance(delay);
        Link second = peer.open();
        // What had not been sent yet is the one thing that is, and once.
        second.expectPrompt("two");
        second.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        held.expect(new Complete(""));
        second.frame(0x89, new byte[0]);
        assertEquals(10, second.frame().opcode());
        assertTrue(second.isQuiet());
    }

    @Test
    void keepsTheConnectionAliveAndNoticesWhenItIsDead() throws Exception {
        Link link = open();
        for (int i = 0; i < 3; i++) {
            time.advance(Duration.ofSeconds(20));
            assertEquals(9, link.frame().opcode());
            link.frame(0x8A, new byte[0]);
            link.frame(0x89, new byte[0]);
            assertEquals(10, link.frame().opcode()); // The pong before it has been read.
        }
        time.advance(Duration.ofSeconds(20));
        assertEquals(9, link.frame().opcode());
        time.advance(Duration.ofSeconds(20));
        assertTrue(link.awaitEnd());
        time.advance(events.expectReconnecting());
        peer.open();
        events.expect("connected again");
    }

    @Test
    void endsWhereWhatComesIsNoJson() throws Exception {
        Link link = open();
        Heard turn = ask("one");
        link.expectPrompt("one");
        link.send("hello");
        assertTrue(events.expectEnd().getMessage().startsWith("message: not JSON"));
        assertTrue(turn.lost().getMessage().startsWith("message: not JSON"));
        assertTrue(link.awaitEnd());
    }

    @Test
    void canBeClosedWhileItWaits() throws Exception {
        open().cut();
        events.expectReconnecting();
        Heard held = ask("one");
        client.close();
        events.expect("closed");
        assertTrue(held.lost().getMessage().contains("the client is closed"));
        assertTrue(peer.isQuiet());
    }

    @Test
    void canBeClosedWhileItConnects() throws Exception {
        Link link = peer.accept();
        client.close();
        events.expect("closed");
        assertThrows(ExecutionException.class, () -> connected.get(20, TimeUnit.SECONDS));
        assertTrue(link.awaitEnd());
    }

    private Link open() throws Exception {
        Link link = peer.open();
        events.expect("connected");
        return link;
    }

    private Heard ask(String text) {
        Heard heard = new Heard();
        client.ask(text, heard);
        return heard;
    }
}
