package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.ModelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Waits for the first sign of an answer, and stops it there. */
final class OneToken implements GenerationListener {
    private static final long LIMIT_SECONDS = 10;

    private final CompletableFuture<Void> heard = new CompletableFuture<>();

    /** @param start starts the answer, to be told to the listener that it is given */
    void ask(Function<GenerationListener, Generation> start) throws ModelException {
        Generation generation = start.apply(this);
        try {
            generation.request(1);
            heard.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ModelException known ? known : ModelErrors.of(e.getCause());
        } catch (TimeoutException e) {
            throw ModelErrors.of(ModelException.Kind.STALLED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ModelErrors.of(ModelException.Kind.INTERNAL);
        } finally {
            generation.cancel();
        }
    }

    @Override
    public void onText(String text) {
        heard.complete(null);
    }

    @Override
    public void onToolUse(ContentBlock.ToolUse toolUse) {
        heard.complete(null);
    }

    @Override
    public void onEnd(GenerationEnd end) {
        heard.complete(null);
    }

    @Override
    public void onError(ModelException error) {
        heard.completeExceptionally(error);
    }
}
