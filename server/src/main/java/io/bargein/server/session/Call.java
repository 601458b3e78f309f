package io.bargein.server.session;

import static java.util.Objects.requireNonNull;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationEvent;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.EventExecutor;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call to the model, and the one door through which its events come in from other threads: they queue here, and one posted
 * task drains them on the session's event loop, however many have come. Which call an event belongs to is the fence: the
 * session hears out only the call that its state names.
 */
final class Call implements GenerationListener {
    private static final Logger log = LoggerFactory.getLogger(Call.class);

    private final Answering answering;
    private final EventExecutor loop;
    private final ModelRequest request;

    /** Strings are text; the other events are what they are. */
    private final Queue<Object> events = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainPosted = new AtomicBoolean();
    /** Completes when a call that was cancelled before the model returned its generation has been let go of. */
    private final CompletableFuture<Void> released = new CompletableFuture<>();

    /** What the model returned; null before, and if it could not start. Guarded by this. */
    private Generation generation;
    /** What was asked for before there was a generation to ask. Guarded by this. */
    private long earlyDemand;
    /** From here on nothing is heard. Written under this; read anywhere. */
    private volatile boolean cancelled;
    /** Whether the model has said that it was the end. */
    private final AtomicBoolean ended = new AtomicBoolean();

    Call(Answering answering, EventExecutor loop, ModelRequest request) {
        this.answering = answering;
        this.loop = loop;
        this.request = request;
    }

    /** Starts the call, unless it was cancelled meanwhile. Upstream threads only. */
    void start(Model model) {
        if (cancelled) {
            released.complete(null);
            return;
        }
        Generation started;
        try {
            started = requireNonNull(model.start(request, this), "generation");
        } catch (ModelException e) {
            released.complete(null);
            onError(e);
            return;
        } catch (Throwable e) {
            // Errors as well, such as a class that is missing: a turn waits for this, and the next one's start too.
            released.complete(null);
            log.warn("model failed to start an answer", e);
            onError(new ModelException(ModelException.Kind.INTERNAL, "model: failed to start an answer", e));
            return;
        }
        boolean tooLate;
        long demand;
        synchronized (this) {
            generation = started;
            tooLate = cancelled;
            demand = earlyDemand;
        }
        if (tooLate) {
            stop(started).whenComplete((done, failure) -> released.complete(null));
        } else if (demand > 0) {
            ask(started, demand);
        }
    }

    void request(long n) {
        Generation running;
        synchronized (this) {
            running = generation;
            if (running == null) {
                earlyDemand += n;
                return;
            }
        }
        ask(running, n);
    }

    private void ask(Generation running, long n) {
        try {
            running.request(n);
        } catch (Throwable e) {
            log.warn("model failed to be asked for more", e);
            stop(running);
            onError(new ModelException(ModelException.Kind.INTERNAL, "model: failed", e));
        }
    }

    /** Whatever the model makes of it, the session goes on. */
    private static CompletionStage<Void> stop(Generation running) {
        try {
            return requireNonNull(running.cancel(), "cancel");
        } catch (Throwable e) {
            log.warn("model failed to stop an answer", e);
            return CompletableFuture.completedStage(null);
        }
    }

    /** Stops the call; completes when the upstream has let go of it. */
    CompletionStage<Void> cancel() {
        Generation running;
        synchronized (this) {
            cancelled = true;
            running = generation;
        }
        events.clear();
        return running == null ? released : stop(running);
    }

    @Override
    public void onText(String text) {
        tell(text);
    }

    @Override
    public void onReasoning(String text) {
        tell(text == null ? null : new GenerationEvent.Reasoning(text));
    }

    @Override
    public void onReasoningEnd(ContentBlock.Reasoning reasoning) {
        tell(reasoning);
    }

    @Override
    public void onToolUse(ContentBlock.ToolUse toolUse) {
        tell(toolUse);
    }

    @Override
    public void onEnd(GenerationEnd end) {
        tellLast(end);
    }

    @Override
    public void onError(ModelException error) {
        tellLast(error);
    }

    @Override
    public void onIgnored() {
        answering.ignored();
    }

    private void tell(Object event) {
        if (event == null) {
            tellLast(null);
        } else if (ended.get()) {
            answering.ignored();
        } else {
            post(event);
        }
    }

    private void tellLast(Object event) {
        if (ended.compareAndSet(false, true)) {
            post(event != null ? event : toldNull());
        } else {
            answering.ignored();
        }
    }

    /** A turn waits for this, and on the model's thread nobody might hear of an exception. */
    private ModelException toldNull() {
        log.warn("model told null (expected: an event)", new NullPointerException("event"));
        Generation running;
        synchronized (this) {
            running = generation;
        }
        if (running != null) {
            stop(running);
        }
        return new ModelException(ModelException.Kind.INTERNAL, "model: failed");
    }

    private void post(Object event) {
        if (cancelled) {
            return;
        }
        events.add(event);
        if (drainPosted.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The event loop has been shut down, and the session with it.
                events.clear();
            }
        }
    }

    private void drain() {
        drainPosted.set(false);
        for (Object event = events.poll(); event != null; event = events.poll()) {
            if (event instanceof String text) {
                answering.onText(this, text);
            } else if (event instanceof GenerationEvent.Reasoning reasoning) {
                answering.onReasoning(this, reasoning.text());
            } else if (event instanceof ContentBlock.Reasoning reasoning) {
                answering.onReasoningEnd(this, reasoning);
            } else if (event instanceof ContentBlock.ToolUse use) {
                answering.onToolUse(this, use);
            } else if (event instanceof GenerationEnd end) {
                answering.onEnd(this, end);
            } else if (event instanceof ModelException error) {
                answering.onError(this, error);
            }
        }
        answering.onBatchEnd(this);
    }
}
