package io.bargein.server.backend.bedrock;

import io.bargein.server.entropy.Entropy;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationEvent;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelException.Kind;
import io.bargein.server.spi.Usage;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One answer, over as many attempts as it takes to get its first event. Confined to its upstream loop, but for the two methods of
 * {@link Generation}, which post there.
 *
 * <p>Upstream is asked for one event more than the listener wants, and that one is held back: so the end of the stream is seen without
 * anyone asking for text.
 */
final class BedrockGeneration implements Generation, ConverseCall.Listener {

    /** How long a stream may go on after {@code messageStop}. */
    private static final long LINGER_MILLIS = 1_000;

    /** More than Bedrock sends behind {@code messageStop}. */
    private static final int EVENTS_AFTER_STOP = 16;

    /** Whose answer this is. Called on the loop; must not block. */
    interface Owner {
        /** Starts the next attempt, on a thread that may block; what comes of it is told to the call's listener. */
        void start(BedrockGeneration generation, ConverseCall call);

        /** Forgets a call that has not been started yet; false if there is none. Called on any thread. */
        boolean withdraw(BedrockGeneration generation);

        /** The answer is over. Called once. */
        void over(BedrockGeneration generation);
    }

    private enum Phase {
        /** A call runs, and has not been heard to the end. */
        ASKING,
        /** The last attempt failed in a way that may pass; a timer runs to the next. */
        BACKING_OFF,
        /** {@code messageStop} was seen; usage may follow. */
        STOPPED,
        /** The listener has heard the end, or wants to hear no more. */
        OVER
    }

    private final EventLoop loop;
    private final BedrockSettings settings;
    private final GenerationListener listener;
    private final Owner owner;
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    /** What {@link #request} was told since the loop last looked. */
    private final AtomicLong requested = new AtomicLong();

    private Phase phase = Phase.ASKING;
    private ConverseCall call;
    private int attempt = 1;
    private boolean delivered;
    private boolean cancelled;
    /** Events the listener still wants. */
    private long demand;
    /** The event held back because nobody wanted it yet, or null. */
    private Object held;
    private String stopReason;
    private Usage usage;
    private Future<?> timer;
    private Future<?> stallTimer;
    private long lastEventNanos;

    BedrockGeneration(EventLoop loop, BedrockSettings settings, GenerationListener listener, Owner owner) {
        this.loop = loop;
        this.settings = settings;
        this.listener = listener;
        this.owner = owner;
        this.call = new ConverseCall(loop, this);
    }

    /** The call of the first attempt, to be started by whoever asked for this answer. */
    ConverseCall firstCall() {
        return call;
    }

    @Override
    public void request(long n) {
        if (requested.getAndAdd(n) == 0) {
            post(this::takeDemand);
        }
    }

    @Override
    public CompletionStage<Void> cancel() {
        if (owner.withdraw(this)) {
            released.complete(null);
        }
        post(this::onCancel);
        return released;
    }

    private void post(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The model has been closed, and its connections with it.
            released.complete(null);
        }
    }

    private void takeDemand() {
        assert loop.inEventLoop();
        demand += requested.getAndSet(0);
        if (held != null && demand > 0 && phase != Phase.OVER) {
            Object event = held;
            held = null;
            deliver(event);
        }
        if (phase == Phase.ASKING) {
            lastEventNanos = System.nanoTime();
            watchForStall();
            replenish();
        }
    }

    private void onCancel() {
        assert loop.inEventLoop();
        if (cancelled) {
            return;
        }
        cancelled = true;
        boolean wasOver = phase == Phase.OVER;
        over();
        if (wasOver || call == null) {
            released.complete(null);
        } else {
            call.cancel().whenComplete((done, failure) -> released.complete(null));
        }
    }

    @Override
    public void onSubscribed(ConverseCall of) {
        if (of == call && phase == Phase.ASKING) {
            replenish();
        }
    }

    @Override
    public void onText(ConverseCall of, String text) {
        onEvent(of, text.isEmpty() ? null : text);
    }

    @Override
    public void onReasoning(ConverseCall of, String text) {
        onEvent(of, text.isEmpty() ? null : new GenerationEvent.Reasoning(text));
    }

    @Override
    public void onReasoningEnd(ConverseCall of, ContentBlock.Reasoning reasoning) {
        onEvent(of, reasoning);
    }

    @Override
    public void onToolUse(ConverseCall of, ContentBlock.ToolUse use) {
        onEvent(of, use);
    }

    @Override
    public void onNothing(ConverseCall of) {
        onEvent(of, null);
    }

    /** @param event what the listener may want to hear, or null for one that is none of its business */
    private void onEvent(ConverseCall of, Object event) {
        assert loop.inEventLoop();
        if (of != call || phase == Phase.OVER) {
            return;
        }
        lastEventNanos = System.nanoTime();
        if (event != null) {
            if (demand > 0) {
                deliver(event);
            } else {
                assert held == null : "two events more than were wanted";
                held = event;
            }
        }
        replenish();
    }

    @Override
    public void onMessageStop(ConverseCall of, String reason) {
        if (of == call && phase == Phase.ASKING) {
            stopReason = reason;
            phase = Phase.STOPPED;
            cancelTimers();
            timer = loop.schedule(this::lingered, LINGER_MILLIS, TimeUnit.MILLISECONDS);
            call.requestUpTo(EVENTS_AFTER_STOP);
        }
    }

    @Override
    public void onUsage(ConverseCall of, Usage used) {
        if (of == call) {
            usage = used;
        }
    }

    /** The stream is at its end, whether it was whole or not. */
    @Override
    public void onEnd(ConverseCall of) {
        assert loop.inEventLoop();
        if (of != call) {
            return;
        }
        if (phase == Phase.STOPPED) {
            finish();
        } else if (phase == Phase.ASKING) {
            onFailure(of, ModelErrors.of(Kind.TRUNCATED));
        }
    }

    @Override
    public void onFailure(ConverseCall of, Throwable failure) {
        assert loop.inEventLoop();
        if (of != call) {
            return;
        }
        if (phase == Phase.STOPPED) {
            finish();
        } else if (phase == Phase.ASKING) {
            ModelException error = ModelErrors.of(failure);
            call.cancel();
            if (mayRetry(error)) {
                backOff();
            } else {
                over();
                listener.onError(error);
            }
        }
    }

    private boolean mayRetry(ModelException error) {
        // The last too: of a stream that is reset, or a connection lost, behind the header the SDK tells as of one that ended.
        boolean passing = error.kind() == Kind.THROTTLED || error.kind() == Kind.UNAVAILABLE || error.kind() == Kind.CONNECTION_LOST
                || error.kind() == Kind.TRUNCATED;
        return passing && !delivered && held == null && attempt < settings.attempts();
    }

    private void backOff() {
        phase = Phase.BACKING_OFF;
        cancelTimers();
        long base = settings.retryDelay().toMillis() << Math.min(attempt - 1, 10);
        long jittered = base / 2 + Entropy.below(base / 2 + 1);
        attempt++;
        timer = loop.schedule(this::tryAgain, jittered, TimeUnit.MILLISECONDS);
    }

    private void tryAgain() {
        phase = Phase.ASKING;
        call = new ConverseCall(loop, this);
        lastEventNanos = System.nanoTime();
        watchForStall();
        owner.start(this, call);
    }

    private void deliver(Object event) {
        demand--;
        delivered = true;
        if (event instanceof String text) {
            listener.onText(text);
        } else if (event instanceof GenerationEvent.Reasoning reasoning) {
            listener.onReasoning(reasoning.text());
        } else if (event instanceof ContentBlock.Reasoning whole) {
            listener.onReasoningEnd(whole);
        } else {
            listener.onToolUse((ContentBlock.ToolUse) event);
        }
    }

    /** Asks upstream for what the listener wants and one more, less what is under way or held. */
    private void replenish() {
        if (phase == Phase.ASKING) {
            call.requestUpTo(demand + 1 - (held == null ? 0 : 1));
        }
    }

    private void watchForStall() {
        if (stallTimer == null && demand > 0) {
            stallTimer = loop.schedule(this::lookForStall, settings.stallTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void lookForStall() {
        stallTimer = null;
        if (phase != Phase.ASKING || demand == 0) {
            return;
        }
        Duration silent = Duration.ofNanos(System.nanoTime() - lastEventNanos);
        if (silent.compareTo(settings.stallTimeout()) >= 0) {
            onFailure(call, ModelErrors.of(Kind.STALLED));
        } else {
            stallTimer = loop.schedule(this::lookForStall, settings.stallTimeout().minus(silent).toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void lingered() {
        if (phase == Phase.STOPPED) {
            finish();
            call.cancel();
        }
    }

    private void finish() {
        assert held == null : "upstream was asked for more while an event was held back";
        over();
        listener.onEnd(new GenerationEnd(stopReason, usage));
    }

    private void over() {
        if (phase != Phase.OVER) {
            phase = Phase.OVER;
            held = null;
            cancelTimers();
            owner.over(this);
        }
    }

    private void cancelTimers() {
        for (Future<?> running : new Future<?>[] {timer, stallTimer}) {
            if (running != null) {
                running.cancel(false);
            }
        }
        timer = null;
        stallTimer = null;
    }
}
