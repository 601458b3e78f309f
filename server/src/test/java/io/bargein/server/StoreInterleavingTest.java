package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Conversations of many interrupts, reconnections and invocations, over a store that answers at random times and fails at random: what it
 * has in the end, and what the model was asked, is what the clients saw, each turn once and in order.
 */
class StoreInterleavingTest {
    private static final int CONVERSATIONS = 200;
    private static final String CHUNK = "{\"type\":\"chunk\"";

    private final RandomStore store = new RandomStore();
    private final RecordingModel model = new RecordingModel();
    private BargeinServer server;

    @AfterEach
    void stop() {
        server.close();
        store.timer.shutdownNow();
    }

    @Test
    void keepsEachTurnThatAClientHasSeenOnceAndInOrder() throws Exception {
        server = BargeinServer.builder().model(model).host("127.0.0.1").port(0).conversationStore(store).start();
        List<List<Message>> expected = new ArrayList<>();
        for (int seed = 0; seed < CONVERSATIONS; seed++) {
            expected.add(converse(seed));
        }
        for (int seed = 0; seed < CONVERSATIONS; seed++) {
            String id = "s" + seed;
            List<Message> seen = expected.get(seed);
            Awaitility.await("seed " + seed).pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertEquals(seen, store.kept(id), id));
        }
        assertEquals(0, store.overlaps.get(), "calls of one conversation at the same time");
        assertTrue(store.failures.get() > 50 && model.asked.size() > CONVERSATIONS * 9 / 10,
                () -> "too little happened: " + store.failures + " failures, " + model.asked.size() + " conversations");
    }

    /** Returns the history as the client knows it. */
    private List<Message> converse(int seed) throws IOException {
        Random random = new Random(seed);
        List<Message> seen = new ArrayList<>();
        int prompts = 0;
        for (int visit = 1 + random.nextInt(3); visit > 0; visit--) {
            if (random.nextInt(3) == 0) {
                invoke(seed, "sim chunks=2 bytes=16 delay_ms=0 #" + prompts++, seen);
                continue;
            }
            try (RawPeer peer = RawPeer.upgraded(server.address(), 0, session(seed))) {
                List<String> sent = new ArrayList<>();
                List<String> messages = new ArrayList<>();
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    boolean last = i == 1;
                    sent.add("sim chunks=" + (last ? 2 : 1_000) + " bytes=16 delay_ms=1 #" + prompts++);
                    peer.prompt(sent.get(sent.size() - 1));
                    // Cut in at once, or after a piece or two; what waits for its history is cut in on before it is asked.
                    for (int pieces = random.nextInt(3); pieces > 0 && !last && terminals(messages) < sent.size(); pieces--) {
                        messages.add(peer.readMessage());
                    }
                }
                while (terminals(messages) < sent.size()) {
                    String message = peer.readMessage();
                    assertTrue(message != null, "closed, seed " + seed);
                    messages.add(message);
                }
                add(sent, messages, seen, seed);
            }
        }
        return seen;
    }

    private static long terminals(List<String> messages) {
        return messages.stream().filter(message -> !message.startsWith(CHUNK)).count();
    }

    private void add(List<String> sent, List<String> messages, List<Message> seen, int seed) {
        StringBuilder text = new StringBuilder();
        int turn = 0;
        for (String message : messages) {
            if (message.startsWith(CHUNK)) {
                text.append(Turn.chunk(message));
            } else {
                boolean failed = message.startsWith("{\"error\":\"history: ");
                assertTrue(failed || message.startsWith("{\"type\":\"interrupted\"") || message.startsWith("{\"type\":\"complete\""), message);
                if (!failed) {
                    answered(sent.get(turn), text.toString(), seen, message.startsWith("{\"type\":\"complete\""), seed);
                }
                text.setLength(0);
                turn++;
            }
        }
    }

    private void answered(String prompt, String answer, List<Message> seen, boolean complete, int seed) {
        seen.add(Message.user(prompt));
        if (complete) {
            assertEquals(flat(seen), flat(model.asked.get("s" + seed)), "asked, seed " + seed);
        }
        if (!answer.isBlank()) {
            seen.add(Message.assistant(answer));
        }
    }

    private void invoke(int seed, String prompt, List<Message> seen) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            String body = "{\"prompt\":\"" + prompt + "\"}";
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\n" + session(seed) + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            String response = peer.readResponse();
            if (response.startsWith("HTTP/1.1 200 ")) {
                String answer = response.substring(response.indexOf("{\"response\":\"") + 13, response.indexOf("\",\"stop_reason\""));
                answered(prompt, answer, seen, true, seed);
            } else {
                assertTrue(response.startsWith("HTTP/1.1 503 ") && response.contains("history: "), response);
            }
        }
    }

    private static String session(int seed) {
        return "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s" + seed + "\r\n";
    }

    /** Role and text, whoever has joined what. */
    private static List<String> flat(List<Message> messages) {
        return messages.stream().flatMap(m -> m.content().stream().map(block -> m.role() + ((ContentBlock.Text) block).text())).toList();
    }

    /** Takes effect at the time it answers, or fails without effect; the first calls of a conversation more often than not take their time. */
    private static final class RandomStore implements ConversationStore {
        private final Map<String, List<Message>> kept = new ConcurrentHashMap<>();
        private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
        private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
        private final Random random = new Random(1);
        final AtomicInteger overlaps = new AtomicInteger();
        final AtomicInteger failures = new AtomicInteger();

        List<Message> kept(String id) {
            return kept.getOrDefault(id, List.of());
        }

        @Override
        public CompletionStage<List<Message>> load(String sessionId) {
            return answer(sessionId, 40, () -> kept(sessionId));
        }

        @Override
        public CompletionStage<Void> append(String sessionId, List<Message> messages) {
            return answer(sessionId, 6, () -> {
                kept.merge(sessionId, messages, (before, more) -> Stream.concat(before.stream(), more.stream()).toList());
                return null;
            });
        }

        private <T> CompletionStage<T> answer(String id, int oneInFails, Supplier<T> effect) {
            AtomicInteger mine = running.computeIfAbsent(id, absent -> new AtomicInteger());
            if (mine.incrementAndGet() > 1) {
                overlaps.incrementAndGet();
            }
            int how;
            int delayMicros;
            synchronized (random) {
                how = random.nextInt(oneInFails);
                delayMicros = random.nextInt(4) == 0 ? 0 : random.nextInt(8_000);
            }
            if (how == 0) {
                failures.incrementAndGet();
                mine.decrementAndGet();
                return delayMicros % 2 == 0 ? null : CompletableFuture.failedStage(new IOException("down"));
            }
            CompletableFuture<T> answer = new CompletableFuture<>();
            timer.schedule(() -> {
                T value = effect.get();
                mine.decrementAndGet();
                answer.complete(value);
            }, delayMicros, TimeUnit.MICROSECONDS);
            return answer;
        }
    }

    /** The demo, with what each conversation was last asked. */
    private static final class RecordingModel implements Model {
        private final Model demo = new DemoModel();
        final Map<String, List<Message>> asked = new ConcurrentHashMap<>();

        @Override
        public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
            asked.put(request.context().sessionId(), request.messages());
            return demo.start(request, listener);
        }

        @Override
        public void close() {
            demo.close();
        }
    }
}
