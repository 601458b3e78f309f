package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.session.BusyPolicy;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invocations and WebSocket connections of one session id, in every order (contract C6): P1, P2, P3 and P6 hold across them. */
class SharedConversationTest {
    private static final String SESSION = UpgradeHandler.SESSION_ID + ": s\r\n";
    private static final String EVENTS = "Accept: text/event-stream\r\n";

    private TestServer server;

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(WhenBusy whileBusy) throws IOException {
        serve(new BusyPolicy(whileBusy, 64, Duration.ofSeconds(60)));
    }

    private void serve(BusyPolicy whileBusy) throws IOException {
        // A connection may be opened long before it is used.
        server = new TestServer(TestServer.with(new HttpSettings(4_096, 8_192, Duration.ofMinutes(5), Duration.ofSeconds(60), false,
                new InvocationSettings(10 << 20, 256 << 20, whileBusy))));
    }

    @ParameterizedTest
    @EnumSource(WhenBusy.class)
    void goesOnWithAConversationThroughWhicheverDoor(WhenBusy whileBusy) throws Exception {
        serve(whileBusy);
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address())) {
            ws.prompt("one");
            finish(1, "1");
            assertEquals(chunk("1"), ws.readMessage());
            assertEquals(complete("1"), ws.readMessage());
            http.send(post("two"));
            finish(2, "2");
            assertEquals(answer("2", "end_turn"), body(http));
            ws.prompt("three");
            finish(3, "3");
            assertEquals(chunk("3"), ws.readMessage());
            assertEquals(complete("3"), ws.readMessage());
            http.send(post("four"));
            assertEquals("u(one) a(1) u(two) a(2) u(three) a(3) u(four)", history(4));
            finish(4, "4");
            assertEquals(answer("4", "end_turn"), body(http));
        }
    }

    @Test
    void letsAnInvocationWaitForTheEndOfTheConnectionsTurn() throws Exception {
        serve(WhenBusy.WAIT);
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address())) {
            ws.prompt("one");
            emit(1, "Once");
            assertEquals(chunk("Once"), ws.readMessage());
            http.send(post("two"));
            await(() -> server.health.status().runningTurns() == 2);
            // The connection's own interrupt does not let the invocation in between.
            ws.prompt("one more");
            assertEquals(interrupted("Once"), ws.readMessage());
            finish(2, "Yes.");
            assertEquals(chunk("Yes."), ws.readMessage());
            assertEquals(complete("Yes."), ws.readMessage());
            assertEquals("u(one) a(Once) u(one more) a(Yes.) u(two)", history(3));
            finish(3, "2");
            assertEquals(answer("2", "end_turn"), body(http));
        }
    }

    @Test
    void letsAnInvocationCutInOnTheConnectionsTurn() throws Exception {
        serve(WhenBusy.INTERRUPT);
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address())) {
            ws.prompt("one");
            emit(1, "Once");
            assertEquals(chunk("Once"), ws.readMessage());
            http.send(post("two"));
            assertEquals(interrupted("Once"), ws.readMessage());
            await(() -> server.model.answer(1).isCancelled());
            assertEquals("u(one) a(Once) u(two)", history(2));
            server.model.answer(1).emits("stale");
            finish(2, "2");
            assertEquals(answer("2", "end_turn"), body(http));
            ws.prompt("three");
            finish(3, "3");
            assertEquals(chunk("3"), ws.readMessage());
            assertEquals(complete("3"), ws.readMessage());
        }
    }

    @Test
    void refusesAnInvocationWhileAnyTurnRunsIfItIsToldTo() throws Exception {
        serve(WhenBusy.REJECT);
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address()); RawPeer other = RawPeer.connect(server.address())) {
            ws.prompt("one");
            emit(1, "Once");
            assertEquals(chunk("Once"), ws.readMessage());
            http.send(post("two"));
            assertConflict(http.readResponse());
            server.model.answer(1).ends();
            assertEquals(complete("Once"), ws.readMessage());

            http.send(post("three"));
            started(2);
            other.send(post(EVENTS, "four"));
            assertConflict(other.readResponse());
            finish(2, "3");
            assertEquals(answer("3", "end_turn"), body(http));
            other.send(post("five"));
            assertEquals("u(one) a(Once) u(three) a(3) u(five)", history(3));
            finish(3, "5");
            assertEquals(answer("5", "end_turn"), body(other));
        }
    }

    private static void assertConflict(String response) {
        assertTrue(response.startsWith("HTTP/1.1 409 Conflict\r\n"), response);
        assertTrue(response.endsWith("{\"error\":\"conversation: busy (expected: no running turn, or another --invocation-while-busy)\"}"),
                response);
    }

    /** Whatever invocations do, a connection's prompt interrupts. The partial answer is in its history. */
    @ParameterizedTest
    @CsvSource({"WAIT,false", "WAIT,true", "INTERRUPT,false", "INTERRUPT,true", "REJECT,false", "REJECT,true"})
    void letsTheConnectionCutInOnAnInvocation(WhenBusy whileBusy, boolean events) throws Exception {
        serve(whileBusy);
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address())) {
            http.send(post(events ? EVENTS : "", "one"));
            emit(1, "Once upon");
            if (events) {
                assertTrue(http.readHead().startsWith("HTTP/1.1 200 "));
                assertEquals("data: " + chunk("Once upon") + "\n\n", http.readChunk());
            } else {
                // The session has heard it.
                await(() -> server.model.answer(1).requested() > 0);
                emit(1, " a");
            }
            ws.prompt("two");
            String seen;
            if (events) {
                seen = "Once upon";
                assertEquals("data: " + interrupted(seen) + "\n\n", http.readChunk());
                assertEquals(null, http.readChunk());
            } else {
                String body = body(http);
                seen = body.contains("Once upon a") ? "Once upon a" : body.contains("Once upon") ? "Once upon" : "";
                assertEquals(answer(seen, "interrupted"), body);
            }
            assertEquals(seen.isEmpty() ? "u(one+two)" : "u(one) a(" + seen + ") u(two)", history(2));
            await(() -> server.model.answer(1).isCancelled());
            server.model.answer(1).emits("stale");
            finish(2, "2");
            assertEquals(chunk("2"), ws.readMessage());
            assertEquals(complete("2"), ws.readMessage());
        }
    }

    /** A connection's prompt does not wait behind invocations that do. */
    @Test
    void takesTheConnectionsPromptBeforeTheInvocationsThatWait() throws Exception {
        serve(WhenBusy.WAIT);
        try (RawPeer ws = ws(); RawPeer first = RawPeer.connect(server.address()); RawPeer second = RawPeer.connect(server.address())) {
            first.send(post("one"));
            started(1);
            second.send(post("two"));
            await(() -> server.health.status().runningTurns() == 2);
            ws.prompt("three");
            assertEquals(answer("", "interrupted"), body(first));
            assertEquals("u(one+three)", history(2));
            finish(2, "3");
            assertEquals(chunk("3"), ws.readMessage());
            assertEquals(complete("3"), ws.readMessage());
            assertEquals("u(one+three) a(3) u(two)", history(3));
            finish(3, "2");
            assertEquals(answer("2", "end_turn"), body(second));
        }
    }

    /** C6: all of them succeed, each with the ones before it in its history. */
    @Test
    void answersThirtyInvocationsOfOneSessionOneAfterTheOther() throws Exception {
        serve(WhenBusy.WAIT);
        List<RawPeer> peers = new ArrayList<>();
        try {
            for (int i = 1; i <= 30; i++) {
                RawPeer peer = RawPeer.connect(server.address());
                peers.add(peer);
                peer.send(post(i % 2 == 0 ? EVENTS : "", "q" + i));
            }
            List<String> asked = new ArrayList<>();
            for (int i = 1; i <= 30; i++) {
                started(i);
                assertEquals(i, server.model.started());
                List<Message> messages = server.model.answer(i).request().messages();
                // Those of all turns before, as many as are remembered.
                assertEquals(Math.min(2 * i - 1, 39), messages.size());
                asked.add(text(messages.get(messages.size() - 1)));
                finish(i, "a" + i);
            }
            assertEquals(IntStream.rangeClosed(1, 30).mapToObj(i -> "q" + i).sorted().toList(), asked.stream().sorted().toList());
            for (RawPeer peer : peers) {
                assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            }
        } finally {
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
    }

    /** The newest wins: all others end with interrupted, and what they asked is in the history. */
    @Test
    void answersTheLastOfThirtyInvocationsThatInterrupt() throws Exception {
        serve(WhenBusy.INTERRUPT);
        List<RawPeer> peers = new ArrayList<>();
        try (RawPeer last = RawPeer.connect(server.address())) {
            for (int i = 1; i < 30; i++) {
                RawPeer peer = RawPeer.connect(server.address());
                peers.add(peer);
                peer.send(post("q" + i));
            }
            await(() -> server.health.status().runningTurns() == 1 && asked(29).isPresent());
            last.send(post("last"));
            await(() -> asked(30).isPresent());
            ScriptedModel.Answer newest = asked(30).get();
            assertEquals(1, newest.request().messages().size());
            newest.emits("Yes.");
            newest.ends();
            assertEquals(answer("Yes.", "end_turn"), body(last));
            for (RawPeer peer : peers) {
                assertEquals(answer("", "interrupted"), body(peer));
            }
        } finally {
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
    }

    /** The call that so many prompts came to; of calls that start at a time any may be the last. */
    private Optional<ScriptedModel.Answer> asked(int prompts) {
        return IntStream.rangeClosed(1, server.model.started()).mapToObj(server.model::answer)
                .filter(answer -> answer.request().messages().get(0).content().size() == prompts).findAny();
    }

    @Test
    void refusesAnInvocationThatFindsTheQueueFull() throws Exception {
        serve(new BusyPolicy(WhenBusy.WAIT, 1, Duration.ofSeconds(60)));
        try (RawPeer running = RawPeer.connect(server.address()); RawPeer waiting = RawPeer.connect(server.address());
                RawPeer refused = RawPeer.connect(server.address())) {
            running.send(post("one"));
            started(1);
            waiting.send(post("two"));
            await(() -> server.health.status().runningTurns() == 2);
            refused.send(post("three"));
            String response = refused.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 429 Too Many Requests\r\n") && response.contains("retry-after: 1\r\n"), response);
            assertTrue(response.endsWith("{\"error\":\"conversation: 1 turns wait already (expected: fewer at a time, "
                    + "or a higher --invocation-queue)\"}"), response);
            finish(1, "1");
            finish(2, "2");
            assertEquals("u(one) a(1) u(two)", history(2));
            assertEquals(answer("1", "end_turn"), body(running));
            assertEquals(answer("2", "end_turn"), body(waiting));
        }
    }

    @Test
    void refusesAnInvocationThatHasWaitedForTooLong() throws Exception {
        serve(new BusyPolicy(WhenBusy.WAIT, 64, Duration.ofMillis(100)));
        try (RawPeer running = RawPeer.connect(server.address()); RawPeer waiting = RawPeer.connect(server.address())) {
            running.send(post("one"));
            started(1);
            waiting.send(post("two"));
            String response = waiting.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 503 Service Unavailable\r\n") && response.contains("retry-after: 1\r\n"), response);
            assertTrue(response.endsWith("{\"error\":\"conversation: busy for over 100 ms (expected: a free one by then, "
                    + "or a longer --invocation-wait)\"}"), response);
            finish(1, "1");
            assertEquals(answer("1", "end_turn"), body(running));
            waiting.send(post("three"));
            assertEquals("u(one) a(1) u(three)", history(2));
            finish(2, "3");
            assertEquals(answer("3", "end_turn"), body(waiting));
        }
    }

    /** Nothing of it is left in the way of those behind it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passesByAWaitingInvocationWhoseClientHangsUp(boolean reset) throws Exception {
        serve(WhenBusy.WAIT);
        try (RawPeer running = RawPeer.connect(server.address()); RawPeer gone = RawPeer.connect(server.address());
                RawPeer waiting = RawPeer.connect(server.address())) {
            running.send(post("one"));
            started(1);
            gone.send(post("two"));
            await(() -> server.health.status().runningTurns() == 2);
            waiting.send(post("three"));
            await(() -> server.health.status().runningTurns() == 3);
            if (reset) {
                gone.reset();
            } else {
                gone.socket.close();
            }
            await(() -> server.health.status().runningTurns() == 2);
            finish(1, "1");
            assertEquals("u(one) a(1) u(three)", history(2));
            finish(2, "3");
            assertEquals(answer("1", "end_turn"), body(running));
            assertEquals(answer("3", "end_turn"), body(waiting));
        }
    }

    @Test
    void givesTheNextItsTurnWhenARunningOneFailsOrItsClientHangsUp() throws Exception {
        serve(WhenBusy.WAIT);
        try (RawPeer failing = RawPeer.connect(server.address()); RawPeer gone = RawPeer.connect(server.address());
                RawPeer last = RawPeer.connect(server.address())) {
            failing.send(post("one"));
            started(1);
            gone.send(post("two"));
            await(() -> server.health.status().runningTurns() == 2);
            last.send(post("three"));
            await(() -> server.health.status().runningTurns() == 3);
            server.model.answer(1).fails(ModelException.Kind.UNAVAILABLE, "model: unavailable");
            assertTrue(failing.readResponse().startsWith("HTTP/1.1 500 "));
            assertEquals("u(two)", history(2));
            gone.reset();
            assertEquals("u(two+three)", history(3));
            finish(3, "3");
            assertEquals(answer("3", "end_turn"), body(last));
        }
    }

    /** The WebSocket's rule holds beside invocations: the newer connection has the conversation, the older is closed. */
    @Test
    void closesTheOlderConnectionForANewerOneButNeverForAnInvocation() throws Exception {
        serve(WhenBusy.INTERRUPT);
        try (RawPeer older = ws(); RawPeer http = RawPeer.connect(server.address())) {
            older.prompt("one");
            emit(1, "Once");
            assertEquals(chunk("Once"), older.readMessage());
            http.send(post("two"));
            assertEquals(interrupted("Once"), older.readMessage());
            started(2);
            try (RawPeer newer = ws()) {
                RawPeer.Frame close = older.readClose();
                assertEquals(4000, close.closeCode());
                assertEquals("taken over", close.closeReason());
                // The invocation goes on: it is no connection.
                finish(2, "2");
                assertEquals(answer("2", "end_turn"), body(http));
                newer.prompt("three");
                assertEquals("u(one) a(Once) u(two) a(2) u(three)", history(3));
                finish(3, "3");
                assertEquals(chunk("3"), newer.readMessage());
                assertEquals(complete("3"), newer.readMessage());
            }
        }
    }

    /** A newer connection's prompt waits for the older one's turn to end, which is interrupted by the take-over itself. */
    @Test
    void interruptsTheOlderConnectionsTurnForANewerOne() throws Exception {
        serve(WhenBusy.WAIT);
        try (RawPeer older = ws()) {
            older.prompt("one");
            emit(1, "Once");
            assertEquals(chunk("Once"), older.readMessage());
            try (RawPeer newer = ws()) {
                assertEquals(interrupted("Once"), older.readMessage());
                assertEquals(4000, older.readClose().closeCode());
                newer.prompt("two");
                assertEquals("u(one) a(Once) u(two)", history(2));
                finish(2, "2");
                assertEquals(chunk("2"), newer.readMessage());
                assertEquals(complete("2"), newer.readMessage());
            }
        }
    }

    /** Both doors at once, many times: every prompt gets its one end, and the model only ever histories that it accepts. */
    @ParameterizedTest
    @EnumSource(value = WhenBusy.class, names = {"WAIT", "INTERRUPT"})
    void givesEveryPromptItsOneEndWhenBothDoorsAreBusy(WhenBusy whileBusy) throws Exception {
        serve(whileBusy);
        int rounds = 200;
        AtomicBoolean allInterruptsAreOut = new AtomicBoolean();
        Thread model = new Thread(() -> answer(allInterruptsAreOut));
        model.start();
        try (RawPeer ws = ws(); RawPeer http = RawPeer.connect(server.address())) {
            for (int i = 0; i < rounds; i++) {
                http.send(post("h" + i));
                ws.prompt("w" + i);
                ws.prompt("v" + i);
            }
            StringBuilder seen = new StringBuilder();
            for (int ends = 0; ends < 2 * rounds;) {
                allInterruptsAreOut.set(ends == 2 * rounds - 1);
                String message = ws.readMessage();
                assertNotNull(message);
                if (message.startsWith("{\"type\":\"chunk\"")) {
                    seen.append(message, "{\"type\":\"chunk\",\"data\":\"".length(), message.length() - 2);
                } else {
                    assertTrue(message.equals(complete(seen.toString())) || message.equals(interrupted(seen.toString())),
                            () -> message + " after " + seen);
                    seen.setLength(0);
                    ends++;
                }
            }
            for (int i = 0; i < rounds; i++) {
                String body = body(http);
                assertTrue(body.matches("\\{\"response\":\"(a\\d+)?\",\"stop_reason\":\"(end_turn|interrupted)\",\"usage\":null}"), body);
            }
        } finally {
            model.interrupt();
            model.join(20_000);
        }
        assertFalse(model.isAlive());
        for (int i = 1; i <= server.model.started(); i++) {
            List<Message> messages = server.model.answer(i).request().messages();
            for (int m = 0; m < messages.size(); m++) {
                assertEquals(m % 2 == 0 ? Message.Role.USER : Message.Role.ASSISTANT, messages.get(m).role());
                assertFalse(messages.get(m).content().isEmpty());
            }
            assertEquals(Message.Role.USER, messages.get(messages.size() - 1).role());
        }
    }

    /** Answers every call with a word; every third goes on until it is cut in on, as long as somebody does. */
    private void answer(AtomicBoolean allInterruptsAreOut) {
        ScriptedModel.Answer unended = null;
        for (int answered = 0; !Thread.currentThread().isInterrupted();) {
            if (server.model.started() > answered) {
                ScriptedModel.Answer next = server.model.answer(++answered);
                next.emits("a" + answered);
                if (answered % 3 == 0) {
                    unended = next;
                } else {
                    next.ends();
                }
            } else if (unended != null && allInterruptsAreOut.get()) {
                unended.ends();
                unended = null;
            } else {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private RawPeer ws() throws IOException {
        return RawPeer.upgraded(server.address(), 0, SESSION);
    }

    private static String post(String prompt) {
        return post("", prompt);
    }

    private static String post(String moreHeaders, String prompt) {
        String body = "{\"prompt\":\"" + prompt + "\"}";
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + SESSION + moreHeaders + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String body(RawPeer peer) throws IOException {
        String response = peer.readResponse();
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }

    private void started(int number) {
        await(() -> server.model.started() >= number);
    }

    private void emit(int number, String text) {
        started(number);
        server.model.answer(number).emits(text);
    }

    private void finish(int number, String text) {
        emit(number, text);
        server.model.answer(number).ends();
    }

    /** What the model was asked, as in {@code u(one) a(Once) u(two)}. */
    private String history(int number) {
        started(number);
        return server.model.answer(number).request().messages().stream()
                .map(m -> (m.role() == Message.Role.USER ? "u(" : "a(") + text(m) + ")").collect(Collectors.joining(" "));
    }

    private static String text(Message message) {
        return message.content().stream().map(block -> ((ContentBlock.Text) block).text()).collect(Collectors.joining("+"));
    }

    private static String chunk(String data) {
        return "{\"type\":\"chunk\",\"data\":\"" + data + "\"}";
    }

    private static String complete(String full) {
        return "{\"type\":\"complete\",\"fullResponse\":\"" + full + "\"}";
    }

    private static String interrupted(String partial) {
        return "{\"type\":\"interrupted\",\"partialResponse\":\"" + partial + "\"}";
    }

    private static String answer(String response, String stopReason) {
        return "{\"response\":\"" + response + "\",\"stop_reason\":\"" + stopReason + "\",\"usage\":null}";
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
