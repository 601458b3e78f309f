package io.bargein.server.session;

import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The model's side of one session. Calls are started one after the other, off the event loop: each start waits a moment until
 * the call before it has let go of its connection, so that interrupts do not multiply connections, and only the newest start
 * waits at all, so that a prompt that is overtaken in time never reaches the model (promise P5).
 *
 * <p>{@link #start} and {@link #cancel} are called on the session's event loop and never block it.
 */
final class Upstream {
    private final Model model;
    private final Executor executor;
    private final long releaseWaitNanos;

    /** The start that waits; at most one, the newest. Guarded by this. */
    private Call waiting;
    /** Whether a task is posted, or runs, that will look at {@link #waiting}. Guarded by this. */
    private boolean starterPosted;
    /** Completes when the call that was last cancelled has let go. Guarded by this. */
    private CompletionStage<Void> released = CompletableFuture.completedStage(null);

    Upstream(Model model, Executor executor, Duration releaseWait) {
        this.model = model;
        this.executor = executor;
        this.releaseWaitNanos = releaseWait.toNanos();
    }

    void start(Call call) {
        CompletionStage<Void> before;
        synchronized (this) {
            assert waiting == null : "two starts at once";
            waiting = call;
            if (starterPosted) {
                return;
            }
            starterPosted = true;
            before = released;
        }
        postStarter(before);
    }

    /** Stops a call; completes when the model has let go of it. Null if it never came to the model. */
    CompletionStage<Void> cancel(Call call) {
        synchronized (this) {
            if (waiting == call) {
                waiting = null;
                return null;
            }
        }
        CompletionStage<Void> letGo = call.cancel();
        synchronized (this) {
            released = letGo;
        }
        return letGo;
    }

    private void postStarter(CompletionStage<Void> before) {
        CompletableFuture<Void> gate = before.toCompletableFuture();
        if (gate.isDone()) {
            post();
        } else {
            // A copy, so that the time-out completes nobody else's future.
            gate.copy().completeOnTimeout(null, releaseWaitNanos, TimeUnit.NANOSECONDS)
                    .whenComplete((done, failure) -> post());
        }
    }

    private void post() {
        try {
            executor.execute(this::startWaiting);
        } catch (RejectedExecutionException e) {
            Call refused;
            synchronized (this) {
                refused = waiting;
                waiting = null;
                starterPosted = false;
            }
            if (refused != null) {
                refused.onError(new ModelException(ModelException.Kind.UNAVAILABLE,
                        "server: too busy to ask the model (expected: a free upstream thread; try again)", e));
            }
        }
    }

    private void startWaiting() {
        Call call;
        synchronized (this) {
            call = waiting;
            waiting = null;
            if (call == null) {
                starterPosted = false;
                return;
            }
        }
        call.start(model);
        CompletionStage<Void> before;
        synchronized (this) {
            if (waiting == null) {
                starterPosted = false;
                return;
            }
            before = released;
        }
        postStarter(before);
    }
}
