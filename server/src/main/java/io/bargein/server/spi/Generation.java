package io.bargein.server.spi;

import java.util.concurrent.CompletionStage;

/** One running answer. Both methods may be called from any thread, must not block, and do nothing once it has ended. */
public interface Generation {

    /**
     * Allows {@code n} more {@link GenerationListener#onText}, {@link GenerationListener#onReasoning} and
     * {@link GenerationListener#onToolUse} events. Demand adds up; what is not asked for is not read from upstream.
     *
     * @param n how many more, at least 1
     */
    void request(long n);

    /**
     * Stops the answer at its source, now. Idempotent. Events already under way may still be delivered, and are ignored;
     * afterwards the listener hears nothing more, no end and no error either.
     *
     * @return completes, normally and on any thread, when the upstream has let go of what the answer held (its connection
     *     or pool slot), so that the next answer can use it; the runtime waits for it 50 ms at most before it starts that
     */
    CompletionStage<Void> cancel();
}
