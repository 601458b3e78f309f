package org.elsewhere.app;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelRequest;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Says what it hears, word by word; after {@link #FOREVER} it does not stop by itself. */
final class EchoModel implements Model {
    static final String FOREVER = "forever";

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CountDownLatch prepared = new CountDownLatch(1);

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) {
        List<Message> messages = request.messages();
        String heard = ((ContentBlock.Text) messages.get(messages.size() - 1).content().get(0)).text();
        return new Echo(heard.equals(FOREVER) ? Stream.generate(() -> heard).iterator() : List.of(heard.split("(?<= )")).iterator(), listener);
    }

    @Override
    public void prepare(boolean connect) {
        prepared.countDown();
    }

    @Override
    public void close() {
        thread.shutdown();
    }

    /** Waits until the server has warmed up, and says whether it has. */
    boolean awaitPrepared() throws InterruptedException {
        return prepared.await(30, TimeUnit.SECONDS);
    }

    boolean isClosed() {
        return thread.isShutdown();
    }

    private final class Echo implements Generation {
        private final Iterator<String> words;
        private final GenerationListener listener;
        private volatile boolean over;

        Echo(Iterator<String> words, GenerationListener listener) {
            this.words = words;
            this.listener = listener;
        }

        @Override
        public void request(long n) {
            thread.execute(() -> say(n));
        }

        private void say(long n) {
            for (long said = 0; said < n && words.hasNext() && !over; said++) {
                listener.onText(words.next());
            }
            if (!words.hasNext() && !over) {
                over = true;
                listener.onEnd(new GenerationEnd(GenerationEnd.END_TURN, null));
            }
        }

        @Override
        public CompletionStage<Void> cancel() {
            over = true;
            return CompletableFuture.runAsync(() -> {}, thread);
        }
    }
}
