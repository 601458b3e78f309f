package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One answer from a source, whatever its kind. What the source says waits in a queue until the listener has asked for it; {@link #drain} does
 * all the telling, one thread at a time, whenever something may have changed. It runs on whichever thread changed it.
 */
abstract class SourceGeneration implements Generation {
    /** What an event weighs besides its text: about what the JVM needs to hold it. */
    private static final int EVENT_WEIGHT = 64;

    private final SourceModel model;
    private final GenerationListener listener;
    private final long maxWaiting;

    /** Events, and at most one failure; behind the first end or failure nothing comes. */
    private final Queue<Object> events = new ConcurrentLinkedQueue<>();
    private final AtomicLong demand = new AtomicLong();
    /** How many events wait, and what they weigh. */
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong waitingWeight = new AtomicLong();
    private final AtomicLong ignored = new AtomicLong();
    /** How often a drain was wanted since the running one began; at 0 none runs. */
    private final AtomicInteger drainsWanted = new AtomicInteger();
    private final CompletableFuture<Void> released = new CompletableFuture<>();

    /** From here on nothing more is taken from the source. Written under this; read anywhere. */
    private volatile boolean closed;
    /** From here on nothing is told. */
    private volatile boolean cancelled;
    /** The source holds nothing any more. */
    private volatile boolean letGo;
    /** Nothing is left to tell. Used by the running drain alone. */
    private boolean over;

    SourceGeneration(SourceModel model, GenerationListener listener, long maxWaiting) {
        this.model = model;
        this.listener = requireNonNull(listener, "listener");
        this.maxWaiting = maxWaiting;
    }

    /** Makes the source begin, on an upstream thread; what is thrown fails the answer. */
    abstract void begin(ModelRequest request) throws Exception;

    /** The listener has asked for that many more. Must not block. */
    void asked(long n) {}

    /** Makes the source stop, and then {@link #sourceGone}. Once or more, on any thread; must not block. */
    abstract void stop();

    /** All that has been asked for has been told. Called by one thread at a time; must not block. */
    void drained() {}

    @Override
    public final void request(long n) {
        demand.accumulateAndGet(n, SourceGeneration::plus);
        asked(n);
        drain();
    }

    @Override
    public final CompletionStage<Void> cancel() {
        if (!cancelled) {
            cancelled = true;
            synchronized (this) {
                closed = true;
            }
            stop();
        }
        drain();
        return released;
    }

    /** Takes an event from the source; false if it comes too late, or too much waits: then the source is to stop. */
    final boolean offer(GenerationEvent event) {
        boolean fits;
        synchronized (this) {
            if (closed) {
                ignored.incrementAndGet();
                return false;
            }
            fits = waitingWeight.get() <= maxWaiting || waiting.get() < demand.get() || event instanceof GenerationEnd;
            if (fits) {
                closed = event instanceof GenerationEnd;
                waiting.incrementAndGet();
                waitingWeight.addAndGet(weight(event));
                events.add(event);
            }
        }
        if (fits) {
            drain();
        } else {
            offerFailure(new ModelException(ModelException.Kind.ANSWER_TOO_LONG, "answer: over " + maxWaiting
                    + " characters wait to be sent (expected: a model that pauses, or a client that reads faster)"));
            stop();
        }
        return fits;
    }

    /** Takes the source's failure; false if it comes too late. */
    final boolean offerFailure(Throwable failure) {
        synchronized (this) {
            if (closed) {
                ignored.incrementAndGet();
                return false;
            }
            closed = true;
            events.add(modelException(failure));
        }
        drain();
        return true;
    }

    /** The source holds nothing any more. Idempotent. */
    final void sourceGone() {
        letGo = true;
        drain();
    }

    /** Whether the source may say more. */
    final boolean isOpen() {
        return !closed;
    }

    /** Whether the source should say more: what was asked for, and one event more, since that may be the end. */
    final boolean hasRoom() {
        return !closed && waiting.get() <= demand.get();
    }

    /** The source has told something after it had told the end. */
    final void tellIgnored() {
        listener.onIgnored();
    }

    /** How much came too late. */
    public final long ignored() {
        return ignored.get();
    }

    final void drain() {
        if (drainsWanted.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            tellAll();
            seen = drainsWanted.addAndGet(-seen);
        }
    }

    private void tellAll() {
        while (!over && !cancelled && mayTell(events.peek())) {
            tell(events.poll());
        }
        if (cancelled) {
            over = true;
            events.clear();
        }
        if (!over) {
            drained();
        } else if (letGo && !released.isDone()) {
            released.complete(null);
            model.released(this);
        }
    }

    private boolean mayTell(Object event) {
        return event != null && (demand.get() > 0 || event instanceof GenerationEnd || event instanceof ModelException);
    }

    private void tell(Object event) {
        if (event instanceof ModelException failure) {
            over = true;
            listener.onError(failure);
        } else if (event instanceof GenerationEnd end) {
            over = true;
            listener.onEnd(end);
        } else {
            demand.decrementAndGet();
            waiting.decrementAndGet();
            waitingWeight.addAndGet(-weight((GenerationEvent) event));
            if (event instanceof GenerationEvent.Text text) {
                listener.onText(text.text());
            } else if (event instanceof GenerationEvent.Reasoning reasoning) {
                listener.onReasoning(reasoning.text());
            } else {
                listener.onToolUse((ContentBlock.ToolUse) event);
            }
        }
    }

    private static long weight(GenerationEvent event) {
        if (event instanceof GenerationEvent.Text text) {
            return EVENT_WEIGHT + text.text().length();
        }
        if (event instanceof GenerationEvent.Reasoning reasoning) {
            return EVENT_WEIGHT + reasoning.text().length();
        }
        return event instanceof ContentBlock.ToolUse use ? EVENT_WEIGHT + use.name().length() + use.input().length() : EVENT_WEIGHT;
    }

    /** What the client is told of a failure: its own words if they are meant for clients, and else nothing that might be a secret. */
    static ModelException modelException(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (cause instanceof ModelException ours) {
                return ours;
            }
            cause = cause.getCause();
        }
        return new ModelException(ModelException.Kind.INTERNAL, "model: failed", failure);
    }

    /** A sum that stays at the largest number instead of passing it. */
    static long plus(long have, long more) {
        return have + more < 0 ? Long.MAX_VALUE : have + more;
    }
}
