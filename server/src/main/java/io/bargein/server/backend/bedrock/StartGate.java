package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Lets few calls at a time be started on an upstream loop; the others wait their turn here, where letting go of them costs nothing. A call
 * counts as started once the loop has come round to what the SDK handed it: so starts go as fast as the loop does, and one that lags is not
 * buried under calls that will be cut in on before they are answered (docs/decisions.md).
 *
 * <p>Safe for use by many threads; never blocks.
 */
final class StartGate {

    /** More than one, so that the loop need not wait for a call to be built and signed; few, as cancels stand behind them. */
    static final int AT_A_TIME = 2;

    /** A call to be started. */
    interface Start {
        /** Builds and sends the request. */
        void start();

        /** It will not be started. */
        void refused(ModelException why);
    }

    private record Waiting(Start start, Future<?> timeout) {}

    private final Executor loop;
    private final Executor starters;
    private final ScheduledExecutorService timers;
    private final Duration patience;

    /** By whom they belong to, the oldest first. Guarded by this. */
    private final Map<Object, Waiting> waiting = new LinkedHashMap<>();
    /** Calls that the loop has not come round to. Guarded by this. */
    private int starting;

    /**
     * @param loop runs each task behind all it was given before
     * @param starters starts the calls that had to wait
     * @param timers ends the waiting of those that wait for too long; has to drop what is cancelled
     * @param patience how long a call may wait
     */
    StartGate(Executor loop, Executor starters, ScheduledExecutorService timers, Duration patience) {
        this.loop = loop;
        this.starters = starters;
        this.timers = timers;
        this.patience = patience;
    }

    /** Starts a call: on this thread at once, or on a starter's when its turn has come. At most one an owner waits. */
    void enter(Object owner, Start start) {
        try {
            synchronized (this) {
                if (starting == AT_A_TIME) {
                    Waiting before = waiting.put(owner, new Waiting(start,
                            timers.schedule(() -> refuse(owner), patience.toNanos(), TimeUnit.NANOSECONDS)));
                    assert before == null : "two calls of one owner";
                    return;
                }
                starting++;
            }
        } catch (RejectedExecutionException e) {
            // The model has been closed.
            start.refused(ModelErrors.of(ModelException.Kind.UNAVAILABLE));
            return;
        }
        run(start);
    }

    /** Forgets an owner's call if it still waits; false if none does. */
    boolean withdraw(Object owner) {
        return remove(owner) != null;
    }

    private void refuse(Object owner) {
        Start overdue = remove(owner);
        if (overdue != null) {
            overdue.refused(ModelErrors.of(ModelException.Kind.BUSY));
        }
    }

    private Start remove(Object owner) {
        Waiting removed;
        synchronized (this) {
            removed = waiting.remove(owner);
        }
        if (removed == null) {
            return null;
        }
        removed.timeout().cancel(false);
        return removed.start();
    }

    private void run(Start start) {
        try {
            start.start();
        } finally {
            leaveBehindTheLoop();
        }
    }

    private void leaveBehindTheLoop() {
        try {
            loop.execute(this::leave);
        } catch (RejectedExecutionException e) {
            // The model has been closed: nothing more is to be started.
        }
    }

    private void leave() {
        Waiting next;
        synchronized (this) {
            Iterator<Waiting> oldest = waiting.values().iterator();
            if (!oldest.hasNext()) {
                starting--;
                return;
            }
            next = oldest.next();
            oldest.remove();
        }
        next.timeout().cancel(false);
        try {
            starters.execute(() -> run(next.start()));
        } catch (RejectedExecutionException e) {
            next.start().refused(ModelErrors.of(ModelException.Kind.BUSY));
            leaveBehindTheLoop();
        }
    }
}
