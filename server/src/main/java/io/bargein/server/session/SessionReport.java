package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.SessionListener.Outcome;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of one connection's turns: to the listeners, and to the client what they took. Confined to the session's event loop, but for the end
 * of a turn that is told when that loop is gone.
 */
final class SessionReport {
    private static final Logger log = LoggerFactory.getLogger(Session.class);

    /** How long the end of an interrupted turn is held back for a model that does not let go of it. */
    static final Duration LET_GO_LIMIT = Duration.ofSeconds(10);

    private final RequestContext context;
    private final SessionListener listener;
    private final EventExecutor loop;
    private final Duration letGoLimit;
    private final long startNanos;
    private int turns;
    private long chunks;
    private long bytes;

    /** @param letGoLimit {@link #LET_GO_LIMIT}, or another in tests */
    SessionReport(RequestContext context, SessionListener listener, EventExecutor loop, Duration letGoLimit) {
        this.context = context;
        this.listener = listener;
        this.loop = loop;
        this.letGoLimit = letGoLimit;
        this.startNanos = now();
    }

    void started(Turn turn) {
        listener.turnStarted(described(turn));
    }

    void firstDelta(Turn turn) {
        listener.firstDelta(described(turn), Duration.ofNanos(turn.firstDeltaNanos));
    }

    /** A turn's terminal was sent. */
    ServerMessage.Metrics ended(Turn turn, ServerMessage terminal) {
        count(turn);
        boolean complete = terminal instanceof ServerMessage.Complete;
        String answer = complete ? ((ServerMessage.Complete) terminal).fullResponse() : turn.seen();
        tell(turn, complete ? Outcome.COMPLETE : Outcome.ERROR, answer, now() - turn.startNanos, -1,
                terminal instanceof ServerMessage.Failure failure ? failure.error() : null);
        return new ServerMessage.Metrics(turn.id, turn.firstDeltaNanos, -1, -1);
    }

    /**
     * A turn was left without its terminal, or with {@code interrupted}.
     *
     * @param letGo completes when the upstream has let go of the turn's call; null if there was none
     * @param metrics takes what it took, on the loop
     */
    void left(Turn turn, CompletionStage<Void> letGo, Consumer<ServerMessage.Metrics> metrics) {
        count(turn);
        String answer = turn.partialResponse == null ? turn.seen() : turn.partialResponse;
        long leftNanos = now();
        if (letGo == null) {
            tellLeft(turn, answer, leftNanos, -1, metrics);
            return;
        }
        // No timer of the loop's: that may be an application's, which outlives the server, or be gone before the time is up.
        letGo.handle((done, failure) -> now() - leftNanos).toCompletableFuture()
                .completeOnTimeout(-1L, letGoLimit.toNanos(), TimeUnit.NANOSECONDS)
                .thenAccept(abortNanos -> onLoop(() -> tellLeft(turn, answer, leftNanos, abortNanos, metrics)));
    }

    private void tellLeft(Turn turn, String answer, long leftNanos, long abortNanos, Consumer<ServerMessage.Metrics> metrics) {
        tell(turn, turn.partialResponse == null ? Outcome.DISCONNECTED : Outcome.INTERRUPTED, answer, leftNanos - turn.startNanos, abortNanos, null);
        if (loop.inEventLoop()) {
            metrics.accept(new ServerMessage.Metrics(turn.id, turn.firstDeltaNanos, turn.interruptNanos, abortNanos));
        }
    }

    void connectionEnded(int code, String reason, String by) {
        listener.connectionEnded(new SessionListener.ConnectionEnd(
                context, code, reason, by, Duration.ofNanos(now() - startNanos), turns, chunks, bytes));
    }

    void moved(State from, State to, String why) {
        if (log.isTraceEnabled()) {
            log.trace("session {}: {} -> {}: {}", context.sessionId(), from.getClass().getSimpleName(), to.getClass().getSimpleName(), why);
        }
    }

    private void count(Turn turn) {
        turns++;
        chunks += turn.chunksSent;
        bytes += turn.bytesSent();
    }

    private void tell(Turn turn, Outcome outcome, String answer, long durationNanos, long abortNanos, String error) {
        listener.turnEnded(new SessionListener.TurnEnd(described(turn), outcome, answer, Duration.ofNanos(durationNanos),
                durationOrNull(turn.firstDeltaNanos), durationOrNull(turn.interruptNanos), durationOrNull(abortNanos),
                turn.chunksSent, turn.bytesSent(), turn.stopReason, turn.stopReason == null ? null : turn.usage(),
                error, error == null || turn.failure == null ? null : turn.failure.getCause()));
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The event loop has been shut down: nobody else is on it.
            task.run();
        }
    }

    private SessionListener.Turn described(Turn turn) {
        return new SessionListener.Turn(context, turn.id.number(), turn.id.ofClient(), turn.prompt);
    }

    private static Duration durationOrNull(long nanos) {
        return nanos < 0 ? null : Duration.ofNanos(nanos);
    }

    private long now() {
        return loop.ticker().nanoTime();
    }
}
