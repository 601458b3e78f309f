package io.bargein.server.conversation;

import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A store in memory that answers at once, or when and how the test says. Safe for use by many threads. */
public final class ScriptedStore implements ConversationStore {
    private final Map<String, List<Message>> kept = new HashMap<>();
    private final List<Call> calls = new ArrayList<>();
    private boolean holdsOn;
    private Supplier<CompletionStage<?>> failure;

    /** A call, as the store sees it. */
    public final class Call {
        final String sessionId;
        /** What it is to append; null if it is to load. */
        final List<Message> messages;
        private final CompletableFuture<Object> answer = new CompletableFuture<>();

        Call(String sessionId, List<Message> messages) {
            this.sessionId = sessionId;
            this.messages = messages;
        }

        /** The store does what it was called for, and says so. */
        public void succeeds() {
            answer.complete(takeEffect());
        }

        public void fails() {
            answer.completeExceptionally(new IllegalStateException("down"));
        }

        private Object takeEffect() {
            synchronized (ScriptedStore.this) {
                if (messages != null) {
                    kept.computeIfAbsent(sessionId, absent -> new ArrayList<>()).addAll(messages);
                    return null;
                }
                return List.copyOf(kept.getOrDefault(sessionId, List.of()));
            }
        }
    }

    @Override
    public CompletionStage<List<Message>> load(String sessionId) {
        return called(new Call(sessionId, null));
    }

    @Override
    public CompletionStage<Void> append(String sessionId, List<Message> messages) {
        return called(new Call(sessionId, messages));
    }

    @SuppressWarnings("unchecked")
    private <T> CompletionStage<T> called(Call call) {
        Supplier<CompletionStage<?>> fails;
        synchronized (this) {
            calls.add(call);
            fails = failure;
            if (fails == null && holdsOn) {
                return (CompletionStage<T>) call.answer;
            }
        }
        if (fails != null) {
            return (CompletionStage<T>) fails.get();
        }
        return (CompletionStage<T>) CompletableFuture.completedStage(call.takeEffect());
    }

    /** From now on calls wait for the test to answer them. */
    public synchronized void holdOn() {
        holdsOn = true;
    }

    /** From now on calls are answered at once, but for those that wait. */
    public synchronized void works() {
        holdsOn = false;
        failure = null;
    }

    /** From now on calls fail in that way. */
    public synchronized void failsBy(Supplier<CompletionStage<?>> way) {
        failure = way;
    }

    /** How many calls there have been. */
    public synchronized int calls() {
        return calls.size();
    }

    public synchronized Call last() {
        return calls.get(calls.size() - 1);
    }

    public synchronized Call call(int number) {
        return calls.get(number - 1);
    }

    public synchronized List<Message> kept(String sessionId) {
        return List.copyOf(kept.getOrDefault(sessionId, List.of()));
    }
}
