package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ServerMessage;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Asks for messages when a test says so, and remembers what came. */
final class Subscriber implements Flow.Subscriber<ServerMessage> {
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription.complete(given);
    }

    @Override
    public void onNext(ServerMessage message) {
        events.add(message);
    }

    @Override
    public void onError(Throwable why) {
        events.add(why);
    }

    @Override
    public void onComplete() {
        events.add("complete");
    }

    void request(long n) {
        subscription.join().request(n);
    }

    void cancel() {
        subscription.join().cancel();
    }

    Object next() throws InterruptedException {
        Object event = events.poll(20, TimeUnit.SECONDS);
        assertNotNull(event, "nothing came");
        return event;
    }

    void expect(Object... expected) throws InterruptedException {
        for (Object event : expected) {
            assertEquals(event, next());
        }
    }

    void expectSome(int messages) throws InterruptedException {
        for (int i = 0; i < messages; i++) {
            assertInstanceOf(ServerMessage.class, next());
        }
    }

    /** Nothing waits, and the loop has nothing to tell either. */
    void assertQuiet(HandMovedTimer time) throws InterruptedException {
        time.loop().submit(() -> { }).sync();
        assertTrue(events.isEmpty(), events.toString());
    }
}
