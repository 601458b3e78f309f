package io.bargein.server.backend.demo;

import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * One answer of the demo. {@link #step} does all the talking; it runs on the demo's threads, one at a time, whenever something may have
 * changed: there is demand, a piece is due, or nobody wants to hear more.
 */
final class DemoGeneration implements Generation {
    /** How many pieces leave in one go before other answers get the thread. */
    private static final int PIECES_A_STEP = 256;
    /** Timers go off on whole ticks, so that all answers with a piece due by then share one waking of a thread. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ScheduledExecutorService threads;
    private final GenerationListener listener;
    private final int pieces;
    private final long delayNanos;
    private final IntFunction<String> piece;
    /** What it asks for behind the pieces, or null. */
    private final ToolUse toolUse;

    private final AtomicLong demand = new AtomicLong();
    /** How often a step was asked for since the running one began; at 0 none runs. */
    private final AtomicInteger stepsWanted = new AtomicInteger();
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private volatile boolean cancelled;

    /** Used by the running step alone, as all below. */
    private int next;
    /** When the first piece left; the others are due from there, so that one that is late makes none later. */
    private long startNanos;
    private boolean ended;
    /** Whether a timer runs that will want a step. Written by the step that sets it and by the timer. */
    private volatile boolean timerSet;

    DemoGeneration(ScheduledExecutorService threads, GenerationListener listener, int pieces, int delayMillis,
            IntFunction<String> piece, ToolUse toolUse) {
        this.threads = threads;
        this.listener = listener;
        this.pieces = pieces;
        this.delayNanos = TimeUnit.MILLISECONDS.toNanos(delayMillis);
        this.piece = piece;
        this.toolUse = toolUse;
    }

    @Override
    public void request(long n) {
        demand.getAndAccumulate(n, (have, more) -> have + more < 0 ? Long.MAX_VALUE : have + more);
        wantStep();
    }

    @Override
    public CompletionStage<Void> cancel() {
        cancelled = true;
        wantStep();
        return released;
    }

    private void wantStep() {
        if (stepsWanted.getAndIncrement() == 0) {
            post();
        }
    }

    private void post() {
        try {
            threads.execute(this::run);
        } catch (RejectedExecutionException e) {
            // The model has been closed.
            released.complete(null);
        }
    }

    private void run() {
        int seen = stepsWanted.get();
        boolean again = step();
        if (again) {
            post();
        } else if (stepsWanted.addAndGet(-seen) > 0) {
            post();
        }
    }

    /** Says what may be said now; true if there is more that others' pieces should not wait for. */
    private boolean step() {
        if (cancelled) {
            ended = true;
            released.complete(null);
            return false;
        }
        for (int i = 0; i < PIECES_A_STEP && !ended && !cancelled; i++) {
            if (next == events()) {
                end();
            } else if (demand.get() == 0 || !isDue()) {
                return false;
            } else {
                demand.decrementAndGet();
                say(next++);
            }
        }
        return !ended || cancelled;
    }

    private int events() {
        return toolUse == null ? pieces : pieces + 1;
    }

    private void say(int event) {
        if (event < pieces) {
            listener.onText(piece.apply(event));
        } else {
            listener.onToolUse(toolUse);
        }
    }

    private boolean isDue() {
        long now = System.nanoTime();
        if (next == 0) {
            startNanos = now;
        }
        long wait = startNanos + next * delayNanos - now;
        if (wait <= 0) {
            return true;
        }
        if (!timerSet) {
            timerSet = true;
            threads.schedule(() -> {
                timerSet = false;
                wantStep();
            }, wait + Math.floorMod(-(now + wait), TICK_NANOS), TimeUnit.NANOSECONDS);
        }
        return false;
    }

    private void end() {
        ended = true;
        listener.onEnd(new GenerationEnd(toolUse == null ? GenerationEnd.END_TURN : GenerationEnd.TOOL_USE, null));
        released.complete(null);
    }
}
