package io.bargein.server.conversation;

import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The way to a store: calls it on threads where it may block, and makes one thing of all the ways in which it may fail. Safe for use
 * by many threads.
 */
public final class StoreAccess {

    /** How long a prompt waits for its history, unless something else is said. */
    public static final Duration DEFAULT_HISTORY_WAIT = Duration.ofSeconds(2);

    /** How long a call may take before it counts as failed. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    private final ConversationStore store;
    private final Duration historyWait;
    private final ExecutorService threads;
    private final ScheduledExecutorService timer;

    /**
     * Takes charge of a store's threads, and ends them with {@link Conversations#close}.
     *
     * @param store where histories are kept
     * @param historyWait how long a prompt waits for its history before it gets an error: 10 ms to 1 min
     * @param threads runs calls, which may block
     * @param timer tells when a call has taken too long, or is to be tried again; never blocked
     * @throws IllegalArgumentException if the wait is out of range, as "historyWait: PT0S (expected: 10ms to 1m)"
     */
    public StoreAccess(ConversationStore store, Duration historyWait, ExecutorService threads, ScheduledExecutorService timer) {
        this.store = store;
        this.historyWait = checked(historyWait);
        this.threads = threads;
        this.timer = timer;
    }

    /**
     * Checks a wait.
     *
     * @param historyWait 10 ms to 1 min
     * @return the same
     * @throws IllegalArgumentException if it is out of range
     */
    public static Duration checked(Duration historyWait) {
        if (historyWait.compareTo(Duration.ofMillis(10)) < 0 || historyWait.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("historyWait: " + historyWait + " (expected: 10ms to 1m)");
        }
        return historyWait;
    }

    Duration historyWait() {
        return historyWait;
    }

    /** Reads a history; {@code then} hears what became of that, as of {@link #append}. */
    void load(String sessionId, BiConsumer<List<Message>, Throwable> then) {
        call(() -> store.load(sessionId), then);
    }

    /**
     * Adds to a history; {@code then} hears what became of that, on any thread: the failure or null. After a failure for lack of time it
     * may hear of the success as well.
     */
    void append(String sessionId, List<Message> messages, BiConsumer<Void, Throwable> then) {
        call(() -> store.append(sessionId, messages), then);
    }

    /** Runs a task later; null if that will never be. */
    Future<?> later(long millis, Runnable task) {
        try {
            return timer.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return null;
        }
    }

    /** No further call is made, and nothing is heard of those that run. */
    void close() {
        threads.shutdownNow();
        timer.shutdownNow();
    }

    private <T> void call(Supplier<CompletionStage<T>> call, BiConsumer<T, Throwable> then) {
        // A wait longer than the limit is somebody's wish to hear the store out.
        long limitMillis = Math.max(historyWait.toMillis(), CALL_LIMIT.toMillis());
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            Future<?> calling = threads.submit(() -> ask(call, answer));
            Future<?> limit = timer.schedule(() -> {
                calling.cancel(true);
                then.accept(null, new TimeoutException("no answer within " + limitMillis + " ms"));
            }, limitMillis, TimeUnit.MILLISECONDS);
            answer.whenComplete((value, failure) -> {
                limit.cancel(false);
                then.accept(value, failure);
            });
        } catch (RejectedExecutionException e) {
            // Closed: what was not kept has been logged.
        }
    }

    private static <T> void ask(Supplier<CompletionStage<T>> call, CompletableFuture<T> answer) {
        try {
            Objects.requireNonNull(call.get(), "the store returned null").whenComplete((value, failure) -> {
                if (failure == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (Throwable e) {
            // Whatever it is, the conversation goes on.
            answer.completeExceptionally(e);
        }
    }
}
