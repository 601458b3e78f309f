package io.bargein.server.spi;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model whose answers each come from a source of their own; it knows those that run, to end them. */
final class SourceModel implements Model {
    private static final Logger log = LoggerFactory.getLogger(SourceModel.class);

    /** Makes an answer that has not begun. */
    interface Answers {
        SourceGeneration create(SourceModel model, GenerationListener listener);
    }

    private final Answers answers;
    /** Runs what a source needs to begin, if that may block, and what it needs to stop. */
    private final ExecutorService threads;
    private final Set<SourceGeneration> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    SourceModel(ExecutorService threads, Answers answers) {
        this.threads = threads;
        this.answers = answers;
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        SourceGeneration generation = answers.create(this, listener);
        running.add(generation);
        if (closed) {
            running.remove(generation);
            throw new ModelException(ModelException.Kind.UNAVAILABLE, "model: closed (expected: no answer to be started any more)");
        }
        try {
            generation.begin(request);
        } catch (Throwable e) {
            // An error, such as a class that is missing, too: whoever waits for the answer hears of it.
            generation.offerFailure(e);
            generation.stop();
        }
        return generation;
    }

    @Override
    public void close() {
        closed = true;
        running.forEach(SourceGeneration::cancel);
        threads.shutdown();
    }

    /** The answer is over, and its source holds nothing any more. */
    void released(SourceGeneration generation) {
        running.remove(generation);
    }

    /** A source has thrown where it was to let go: nobody else would hear of that. */
    static void failedToStop(Object source, Throwable failure) {
        log.warn("model: {} failed to stop (expected: no exception)", source.getClass().getName(), failure);
    }

    /** Runs something that may block; here and now, if the model has been closed. */
    void run(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }
}
