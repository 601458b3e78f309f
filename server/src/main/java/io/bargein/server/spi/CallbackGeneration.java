package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/** An answer that a callback API tells. */
final class CallbackGeneration extends SourceGeneration implements Emitter {
    private final SourceModel model;
    private final Models.CallbackSource source;
    private final Object lock = new Object();

    /** Stops the source; null until it has said how. Guarded by {@link #lock}. */
    private Runnable onCancel;
    /** Whether the source has been told to stop. Guarded by {@link #lock}. */
    private boolean stopped;
    /** Whether the source has ended by itself. Guarded by {@link #lock}. */
    private boolean ended;
    private volatile Runnable onReady;
    /** Whether the source waits to be told that it may go on. */
    private volatile boolean paused = true;

    CallbackGeneration(SourceModel model, GenerationListener listener, Models.CallbackSource source, long maxWaiting) {
        super(model, listener, maxWaiting);
        this.model = model;
        this.source = source;
    }

    @Override
    void begin(ModelRequest request) throws Exception {
        source.start(request, this);
    }

    @Override
    public void emit(GenerationEvent event) {
        requireNonNull(event, "event");
        if (offer(event) && event instanceof GenerationEnd) {
            ended();
        }
    }

    @Override
    public void fail(Throwable failure) {
        requireNonNull(failure, "failure");
        if (offerFailure(failure)) {
            ended();
        }
    }

    private void ended() {
        synchronized (lock) {
            ended = true;
        }
        sourceGone();
    }

    @Override
    public void onCancel(Runnable stop) {
        requireNonNull(stop, "stop");
        synchronized (lock) {
            if (!stopped) {
                onCancel = stop;
                return;
            }
        }
        stop.run();
    }

    @Override
    void stop() {
        Runnable how;
        synchronized (lock) {
            if (stopped || ended) {
                return;
            }
            stopped = true;
            how = onCancel;
        }
        if (how == null) {
            sourceGone();
        } else {
            model.run(() -> {
                try {
                    how.run();
                } catch (Throwable e) {
                    SourceModel.failedToStop(how, e);
                } finally {
                    sourceGone();
                }
            });
        }
    }

    @Override
    public boolean isReady() {
        if (hasRoom()) {
            return true;
        }
        if (isOpen()) {
            paused = true;
            // What was asked for in between is not missed.
            drain();
        }
        return false;
    }

    @Override
    public void onReady(Runnable resume) {
        onReady = requireNonNull(resume, "resume");
        paused = true;
        drain();
    }

    @Override
    void drained() {
        Runnable resume = onReady;
        if (resume != null && paused && hasRoom()) {
            paused = false;
            try {
                resume.run();
            } catch (Throwable e) {
                // Errors as well, such as a class that is missing: the drain that this runs in would never end.
                offerFailure(e);
                stop();
            }
        }
    }
}
