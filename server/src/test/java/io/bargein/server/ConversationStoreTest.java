package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static io.bargein.server.Turn.readTurn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.conversation.ScriptedStore;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ServerHealth;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.example.store.FileConversationStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a conversation store, over real sockets. */
class ConversationStoreTest {
    private static final String SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: ";
    private static final String UNREADABLE = "history: could not be loaded (expected: a conversation store that answers; try again)";

    @TempDir
    private Path directory;
    private final ScriptedModel model = new ScriptedModel();
    private BargeinServer server;
    /** What was answered last. */
    private ScriptedModel.Answer finished;

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(ConversationStore store, Duration historyWait) throws IOException {
        server = BargeinServer.builder().model(model).host("127.0.0.1").port(0).conversationStore(store).historyWait(historyWait).start();
    }

    private void serve(ConversationStore store) throws IOException {
        serve(store, Duration.ofSeconds(20));
    }

    @Test
    void remembersAConversationAcrossARestart() throws Exception {
        serve(new FileConversationStore(directory));
        try (RawPeer ws = ws("a"); RawPeer http = RawPeer.connect(server.address())) {
            ws.prompt("one");
            finish("One.");
            readTurn(ws, "");
            ws.prompt("two");
            await(() -> model.started() == 2);
            model.last().emits("Tw");
            assertEquals("Tw", chunk(ws.readMessage()));
            ws.prompt("three");
            await(() -> model.started() == 3);
            finish("Three.");
            assertEquals("interrupted", readTurn(ws, "Tw").type);
            assertEquals("complete", readTurn(ws, "").type);
            http.send(post("a", "four"));
            finish("Four.");
            assertTrue(http.readResponse().startsWith("HTTP/1.1 200 "));
            ws.prompt("five");
            await(() -> model.started() == 5);
            model.last().emits("Fi");
            assertEquals("Fi", chunk(ws.readMessage()));
            // A turn that runs is cut off, and what was seen of it is kept before the server is closed.
            server.close();
        }
        serve(new FileConversationStore(directory));
        try (RawPeer ws = ws("a"); RawPeer other = ws("b")) {
            ws.prompt("six");
            assertEquals("u(one) a(One.) u(two) a(Tw) u(three) a(Three.) u(four) a(Four.) u(five) a(Fi) u(six)", asked(6));
            other.prompt("one");
            assertEquals("u(one)", asked(7));
        }
    }

    /** Nor does anyone who speaks to the model wait for it: all its threads are stuck. */
    @Test
    void makesNoTurnWaitForAStoreThatDoesNotTakeTheLastOne() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger appending = new AtomicInteger();
        ScriptedStore kept = new ScriptedStore();
        serve(new ConversationStore() {
            @Override
            public CompletionStage<List<Message>> load(String sessionId) {
                return kept.load(sessionId);
            }

            @Override
            public CompletionStage<Void> append(String sessionId, List<Message> messages) {
                appending.incrementAndGet();
                waitFor(stuck);
                return kept.append(sessionId, messages);
            }
        });
        List<RawPeer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                peers.add(ws("s" + i));
                turn(peers.get(i), "one", "1");
                int stuckByNow = i + 1;
                await(() -> appending.get() == stuckByNow);
            }
            for (int i = 0; i < 8; i++) {
                turn(peers.get(i), "two", "2");
                assertEquals("u(one) a(1) u(two)", asked(9 + i));
            }
            stuck.countDown();
            for (int i = 0; i < 8; i++) {
                String id = "s" + i;
                await(() -> render(kept.kept(id)).equals("u(one) a(1) u(two) a(2)"));
            }
        } finally {
            stuck.countDown();
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
    }

    /** Without its history none may begin, not even where the store has no thread left to look for it. */
    @Test
    void failsATurnWhoseHistoryDoesNotComeInTimeAndGoesOnOnceItHasCome() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger loading = new AtomicInteger();
        CompletableFuture<List<Message>> history = new CompletableFuture<>();
        serve(new ConversationStore() {
            @Override
            public CompletionStage<List<Message>> load(String sessionId) {
                loading.incrementAndGet();
                waitFor(stuck);
                return sessionId.equals("last") ? history : CompletableFuture.completedStage(List.of());
            }

            @Override
            public CompletionStage<Void> append(String sessionId, List<Message> messages) {
                return CompletableFuture.completedStage(null);
            }
        }, Duration.ofMillis(100));
        List<RawPeer> peers = new ArrayList<>();
        try {
            for (int i = 0; i <= 8; i++) {
                peers.add(ws(i == 8 ? "last" : "s" + i));
                peers.get(i).prompt("one");
                assertEquals("{\"error\":\"history: not loaded within 100 ms (expected: the conversation store to answer by then;"
                        + " try again)\"}", peers.get(i).readMessage());
            }
            await(() -> loading.get() == 8);
            assertEquals(0, model.started());
            stuck.countDown();
            await(() -> history.getNumberOfDependents() > 0);
            history.complete(List.of(Message.user("zero"), Message.assistant("0")));
            turn(peers.get(8), "two", "2");
            assertEquals("u(zero) a(0) u(two)", asked(1));
        } finally {
            stuck.countDown();
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failsATurnWhoseHistoryCannotBeReadAndGoesOnOnceItCan() throws Exception {
        ScriptedStore store = new ScriptedStore();
        store.append("a", List.of(Message.user("zero"), Message.assistant("0")));
        store.failsBy(() -> CompletableFuture.failedStage(new IOException("down")));
        serve(store);
        try (RawPeer ws = ws("a"); RawPeer http = RawPeer.connect(server.address())) {
            ws.prompt("one");
            assertEquals("{\"error\":\"" + UNREADABLE + "\"}", ws.readMessage());
            http.send(post("b", "one"));
            String response = http.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 503 ") && response.endsWith("{\"error\":\"" + UNREADABLE + "\"}"), response);
            assertEquals(ServerHealth.Status.HEALTHY, server.health().now());
            store.works();
            turn(ws, "two", "2");
            assertEquals("u(zero) a(0) u(two)", asked(1));
            http.send(post("b", "two"));
            finish("2");
            assertTrue(http.readResponse().startsWith("HTTP/1.1 200 "));
            await(() -> render(store.kept("a")).equals("u(zero) a(0) u(two) a(2)"));
            await(() -> render(store.kept("b")).equals("u(two) a(2)"));
        }
    }

    @Test
    void losesNoTurnToAStoreThatIsDownForAWhile() throws Exception {
        ScriptedStore store = new ScriptedStore();
        serve(store);
        try (RawPeer ws = ws("a")) {
            turn(ws, "one", "1");
            await(() -> store.kept("a").size() == 2);
            store.failsBy(() -> null);
            turn(ws, "two", "2");
        }
        // Nobody is connected, and it is still there.
        int calls = store.calls();
        await(() -> store.calls() > calls + 1);
        try (RawPeer ws = ws("a")) {
            turn(ws, "three", "3");
            assertEquals("u(one) a(1) u(two) a(2) u(three)", asked(3));
            store.works();
            await(() -> render(store.kept("a")).equals("u(one) a(1) u(two) a(2) u(three) a(3)"));
        }
    }

    @Test
    void endsTheStoresThreadsWhenItIsClosed() throws Exception {
        ScriptedStore store = new ScriptedStore();
        serve(store);
        try (RawPeer ws = ws("a")) {
            turn(ws, "one", "1");
        }
        server.close();
        assertEquals(2, store.kept("a").size());
        await(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().startsWith("bargein-store")));
    }

    /** Each load waits for all the others: none is answered where fewer may block at a time. */
    @Test
    void letsAsManyCallsBlockAsItIsTold() throws Exception {
        CountDownLatch blocked = new CountDownLatch(9);
        ScriptedStore memory = new ScriptedStore();
        ConversationStore store = new ConversationStore() {
            @Override
            public CompletionStage<List<Message>> load(String sessionId) {
                blocked.countDown();
                waitFor(blocked);
                return memory.load(sessionId);
            }

            @Override
            public CompletionStage<Void> append(String sessionId, List<Message> messages) {
                return memory.append(sessionId, messages);
            }
        };
        server = BargeinServer.builder().model(model).host("127.0.0.1").port(0).conversationStore(store).historyWait(Duration.ofSeconds(20))
                .storeThreads(9).start();
        List<RawPeer> all = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            RawPeer ws = ws("s" + i);
            all.add(ws);
            ws.prompt("one");
        }
        await(() -> model.started() == 9);
        for (RawPeer ws : all) {
            ws.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 60_001, 0, -1})
    void refusesAWaitThatIsOutOfRange(long millis) throws IOException {
        server = BargeinServer.builder().model(model).host("127.0.0.1").port(0).historyWait(Duration.ofMillis(10)).start();
        BargeinServerBuilder builder = BargeinServer.builder().historyWait(Duration.ofMinutes(1));
        assertEquals("historyWait: " + Duration.ofMillis(millis) + " (expected: 10ms to 1m)",
                assertThrows(IllegalArgumentException.class, () -> builder.historyWait(Duration.ofMillis(millis))).getMessage());
    }

    private RawPeer ws(String id) throws IOException {
        return RawPeer.upgraded(server.address(), 0, SESSION + id + "\r\n");
    }

    private static String post(String id, String prompt) {
        String body = "{\"prompt\":\"" + prompt + "\"}";
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + SESSION + id + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** A prompt and its whole answer. */
    private void turn(RawPeer ws, String prompt, String answer) throws IOException {
        ws.prompt(prompt);
        finish(answer);
        Turn turn = readTurn(ws, "");
        assertEquals("complete " + answer, turn.type + " " + turn.seen);
    }

    /** Answers the newest call, once it is there. */
    private void finish(String text) {
        await(() -> model.started() > 0 && !model.last().isCancelled() && model.last() != finished);
        finished = model.last();
        finished.emits(text);
        finished.ends();
    }

    /** What the model was asked, as in {@code u(one) a(Once) u(two)}. */
    private String asked(int number) {
        await(() -> model.started() >= number);
        return render(model.answer(number).request().messages());
    }

    private static String render(List<Message> messages) {
        return messages.stream().map(m -> (m.role() == Message.Role.USER ? "u(" : "a(") + m.content().stream()
                .map(block -> ((ContentBlock.Text) block).text()).collect(Collectors.joining("+")) + ")").collect(Collectors.joining(" "));
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
