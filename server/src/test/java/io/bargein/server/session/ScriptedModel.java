package io.bargein.server.session;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.Usage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A model that says what the test tells it to, when it tells it to. Safe for use by many threads. */
public final class ScriptedModel implements Model {
    private final List<Answer> answers = new CopyOnWriteArrayList<>();
    /** Whether cancelled answers let go at once, or when the test says so. */
    private volatile boolean letsGoAtOnce = true;
    private volatile Runnable duringStart = () -> {};
    private volatile Runnable onCancelOrStart = () -> {};
    /** What the next start returns instead of an answer, if anything. */
    private volatile Optional<Generation> returned;

    /** One answer, from the test's side. */
    public final class Answer implements Generation {
        private final ModelRequest request;
        private final GenerationListener listener;
        private final CompletableFuture<Void> letGo = new CompletableFuture<>();
        private final boolean letsGoAtOnce;
        private long requested;
        private boolean cancelled;

        Answer(ModelRequest request, GenerationListener listener, boolean letsGoAtOnce) {
            this.request = request;
            this.listener = listener;
            this.letsGoAtOnce = letsGoAtOnce;
        }

        @Override
        public synchronized void request(long n) {
            requested += n;
        }

        @Override
        public synchronized CompletionStage<Void> cancel() {
            onCancelOrStart.run();
            cancelled = true;
            if (letsGoAtOnce) {
                letGo.complete(null);
            }
            return letGo;
        }

        public void emits(String text) {
            listener.onText(text);
        }

        public void thinks(String text) {
            listener.onReasoning(text);
        }

        public void hasThought(ContentBlock.Reasoning reasoning) {
            listener.onReasoningEnd(reasoning);
        }

        public void asksFor(ContentBlock.ToolUse use) {
            listener.onToolUse(use);
        }

        public void ends() {
            listener.onEnd(new GenerationEnd(GenerationEnd.END_TURN, null));
        }

        public void ends(String stopReason, int inputTokens, int outputTokens) {
            listener.onEnd(new GenerationEnd(stopReason, new Usage(inputTokens, outputTokens, 0, 0)));
        }

        public void fails(ModelException.Kind kind, String message) {
            listener.onError(new ModelException(kind, message));
        }

        public void endsWith(GenerationEnd end) {
            listener.onEnd(end);
        }

        public void failsWith(ModelException failure) {
            listener.onError(failure);
        }

        public void letsGo() {
            letGo.complete(null);
        }

        public ModelRequest request() {
            return request;
        }

        public synchronized long requested() {
            return requested;
        }

        public synchronized boolean isCancelled() {
            return cancelled;
        }
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) {
        onCancelOrStart.run();
        Answer answer = new Answer(request, listener, letsGoAtOnce);
        answers.add(answer);
        Runnable now = duringStart;
        duringStart = () -> {};
        now.run();
        Optional<Generation> instead = returned;
        returned = null;
        return instead == null ? answer : instead.orElse(null);
    }

    /** From now on a cancelled answer holds on to its connection until {@link Answer#letsGo}. */
    public void holdOn() {
        letsGoAtOnce = false;
    }

    /** Runs whenever an answer is cancelled or started. */
    public void onCancelOrStart(Runnable task) {
        onCancelOrStart = task;
    }

    /** The next start returns this, null too, and not the answer. */
    public void returnsNext(Generation generation) {
        returned = Optional.ofNullable(generation);
    }

    /** Runs in the middle of the next start, once. */
    public void duringStart(Runnable task) {
        duringStart = task;
    }

    /** @param number from 1 */
    public Answer answer(int number) {
        return answers.get(number - 1);
    }

    public Answer last() {
        return answers.get(answers.size() - 1);
    }

    public int started() {
        return answers.size();
    }
}
