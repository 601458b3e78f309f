package io.bargein.server.session;

import static java.util.Objects.requireNonNull;

import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a tool, from a thread of the toolbox's. Its session starts and drops it, on its event loop, and holds on to nothing of it
 * afterwards, nor it to the session: a tool that never answers costs what it holds itself. Safe for use by many threads.
 */
final class ToolTask implements ToolCall {
    private static final Logger log = LoggerFactory.getLogger(ToolTask.class);
    private static final ToolResult FAILED = ToolResult.failed("the tool failed");

    private final Tool tool;
    private final RequestContext context;
    private final ToolUse use;
    private final Toolbox toolbox;
    /** Who waits for the result; null once it was given, or nobody does. */
    private final AtomicReference<Consumer<ToolResult>> waiting;
    /** This, as long as it waits for a thread: what is dropped by then is never begun, and leaves nothing behind in the queue. */
    private final AtomicReference<ToolTask> queued = new AtomicReference<>(this);

    /** Whether the signal was raised. Written under this; read anywhere. */
    private volatile boolean cancelled;
    /** Completes when the signal is raised; null until somebody asks for it. Guarded by this. */
    private CompletableFuture<Void> signal;

    /** @param waiting hears of the result, once, on any thread but the caller's of {@link #start} */
    ToolTask(Tool tool, RequestContext context, ToolUse use, Toolbox toolbox, Consumer<ToolResult> waiting) {
        this.tool = tool;
        this.context = context;
        this.use = use;
        this.toolbox = toolbox;
        this.waiting = new AtomicReference<>(waiting);
    }

    /**
     * Has the tool called.
     *
     * @throws RejectedExecutionException if there is no thread for it, nor room to wait for one
     */
    void start() {
        AtomicReference<ToolTask> place = queued;
        toolbox.executor().execute(() -> {
            ToolTask task = place.getAndSet(null);
            if (task != null) {
                task.call();
            }
        });
    }

    /** Whether it still waits for a thread. */
    boolean isWaiting() {
        return queued.get() != null;
    }

    /** Nobody waits for the result any more: raises the signal, unless the tool has answered or wants to be spared. Never blocks. */
    void drop() {
        if (waiting.getAndSet(null) == null || tool.keepRunning()) {
            return;
        }
        queued.set(null);
        CompletableFuture<Void> heard;
        synchronized (this) {
            cancelled = true;
            heard = signal;
        }
        if (heard != null) {
            try {
                toolbox.signals().execute(() -> heard.complete(null));
            } catch (RejectedExecutionException e) {
                // The server has been closed; who looks still sees it.
                log.debug("tool {}: nobody left to raise its signal", use.name());
            }
        }
    }

    @Override
    public RequestContext context() {
        return context;
    }

    @Override
    public ToolUse use() {
        return use;
    }

    @Override
    public synchronized CompletionStage<Void> cancelled() {
        if (signal == null) {
            signal = cancelled ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
        }
        return signal.minimalCompletionStage();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    private void call() {
        try {
            requireNonNull(tool.call(this), "the tool returned null (expected: a CompletionStage)").whenComplete(this::answered);
        } catch (Throwable e) {
            // Errors as well: a turn waits for this. No stage at all is one of them.
            answered(null, e);
        }
    }

    private void answered(ToolResult result, Throwable failure) {
        Consumer<ToolResult> listener = waiting.getAndSet(null);
        if (listener == null) {
            log.debug("tool {}: answered too late", use.name(), failure);
        } else if (result == null) {
            log.warn("tool {} failed", use.name(), failure != null ? failure : new NullPointerException("no result"));
            listener.accept(FAILED);
        } else {
            listener.accept(fit(result));
        }
    }

    /** What of a result may be shown to a model: neither blank nor too long, and whole code points. */
    private ToolResult fit(ToolResult result) {
        String content = result.content();
        long bytes = Utf8.length(content);
        int limit = toolbox.settings().maxResultBytes();
        if (bytes > limit) {
            return ToolResult.failed("the result has " + bytes + " bytes (expected: at most " + limit + "; ask for less)");
        }
        if (content.isBlank()) {
            return new ToolResult("(no output)", result.failed());
        }
        return new ToolResult(Utf8.wholeCodePoints(content), result.failed());
    }
}
