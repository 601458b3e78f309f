package io.bargein.loadtest.client;

import io.bargein.protocol.ServerMessage;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;

/**
 * One prompt, and the answer to it, as a publisher for one subscriber: chunks, then one of {@link ServerMessage.Complete},
 * {@link ServerMessage.Interrupted} and {@link ServerMessage.Failure}, and then {@code onComplete}; or {@code onError} with a
 * {@link RuntimeClientException} where the connection is gone before the terminal has come.
 *
 * <p>The subscriber is called on the client's event loop, which it is not to block. Its methods may be called by any thread. What is not
 * asked for waits: while the newest turn has messages that nobody has asked for, nothing is read from the connection, and the server pauses
 * the model. A subscriber that asks for nothing for long loses the connection (by default after 30 s, 1008 {@code slow reader}). To cancel
 * is to hear no more of the turn; it goes on until another prompt interrupts it.
 */
public final class Turn implements Flow.Publisher<ServerMessage> {
    private final String text;
    private final EventLoop loop;
    private final Runnable demandChanged;

    // All below is confined to the loop; once that has ended, guarded by this.
    private final Deque<ServerMessage> waiting = new ArrayDeque<>();
    private Flow.Subscriber<? super ServerMessage> subscriber;
    private long demand;
    /** No more will come: the terminal is among what waits, or was delivered, or there is {@link #failure}. */
    private boolean over;
    private RuntimeClientException failure;
    /** The subscriber has heard the last, or wants to hear no more. */
    private boolean done;
    private boolean delivering;

    Turn(String text, EventLoop loop, Runnable demandChanged) {
        this.text = text;
        this.loop = loop;
        this.demandChanged = demandChanged;
    }

    /**
     * Returns the prompt.
     *
     * @return its text
     */
    public String text() {
        return text;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ServerMessage> newcomer) {
        Objects.requireNonNull(newcomer, "subscriber");
        run(() -> {
            if (subscriber != null) {
                newcomer.onSubscribe(new Flow.Subscription() {
                    @Override
                    public void request(long n) {}

                    @Override
                    public void cancel() {}
                });
                newcomer.onError(new IllegalStateException("turn: has a subscriber (expected: one)"));
                return;
            }
            subscriber = newcomer;
            delivering = true; // Nothing comes before onSubscribe has returned.
            newcomer.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {
                    run(() -> requested(n));
                }

                @Override
                public void cancel() {
                    run(Turn.this::cancelled);
                }
            });
            delivering = false;
            deliver();
        });
    }

    void subscribe(TurnListener listener) {
        subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ServerMessage message) {
                listener.message(message);
            }

            @Override
            public void onError(Throwable why) {
                // Nothing else is ever raised where demand is unlimited and this is the one subscriber.
                listener.lost((RuntimeClientException) why);
            }

            @Override
            public void onComplete() {}
        });
    }

    /** Takes what has come; the terminal is the last. */
    void emit(ServerMessage message) {
        assert loop.inEventLoop();
        if (!done) {
            waiting.add(message);
        }
        over = !(message instanceof ServerMessage.Chunk);
        deliver();
    }

    /** No terminal will come. What came before is still delivered first. */
    void fail(RuntimeClientException why) {
        run(() -> {
            over = true;
            failure = why;
            deliver();
        });
    }

    /** Whether messages wait that nobody has asked for. */
    boolean isStarved() {
        return !waiting.isEmpty();
    }

    private void requested(long n) {
        if (done) {
            return;
        }
        if (n <= 0) {
            waiting.clear();
            done = true;
            subscriber.onError(new IllegalArgumentException("request: " + n + " (expected: above 0; Reactive Streams, rule 3.9)"));
        } else {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            deliver();
        }
        demandChanged.run();
    }

    private void cancelled() {
        done = true;
        waiting.clear();
        demandChanged.run();
    }

    /** A subscriber that asks for more from within gets it from the loop it is called from. */
    private void deliver() {
        if (delivering || subscriber == null) {
            return;
        }
        delivering = true;
        try {
            while (!done && demand > 0 && !waiting.isEmpty()) {
                demand--;
                subscriber.onNext(waiting.poll());
            }
            if (!done && over && waiting.isEmpty()) {
                done = true;
                if (failure == null) {
                    subscriber.onComplete();
                } else {
                    subscriber.onError(failure);
                }
            }
        } finally {
            delivering = false;
        }
    }

    private void run(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The client has ended, and its loop with it: whoever calls now takes its place.
            synchronized (this) {
                task.run();
            }
        }
    }
}
