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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Says what it hears, word by word; behind {@link #FOREVER} it does not stop by itself, and says nothing more. */
final class EchoModel implements Model {
    static final String FOREVER = "forever";

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private volatile boolean prepared;

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) {
        List<Message> messages = request.messages();
        String heard = ((ContentBlock.Text) messages.get(messages.size() - 1).content().get(0)).text();
        return new Echo(List.of(heard.split("(?<= )")).iterator(), !heard.equals(FOREVER), listener);
    }

    @Override
    public void prepare(boolean connect) {
        prepared = true;
    }

    @Override
    public void close() {
        thread.shutdown();
    }

    boolean isPrepared() {
        return prepared;
    }

    boolean isClosed() {
        return thread.isShutdown();
    }

    private final class Echo implements Generation {
        private final Iterator<String> words;
        private final boolean stops;
        private final GenerationListener listener;
        private volatile boolean over;

        Echo(Iterator<String> words, boolean stops, GenerationListener listener) {
            this.words = words;
            this.stops = stops;
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
            if (stops && !words.hasNext() && !over) {
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
