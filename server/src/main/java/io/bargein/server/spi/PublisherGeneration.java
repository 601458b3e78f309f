package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An answer from a publisher, by the rules of Reactive Streams; the numbers below are those of its specification. Calls of the subscription
 * are made by {@link #call}, one at a time (2.7), however many threads want them and whatever the publisher does within one.
 */
final class PublisherGeneration<T> extends SourceGeneration implements Flow.Subscriber<T> {
    private final SourceModel model;
    private final Models.Source<? extends Flow.Publisher<T>> source;
    private final Elements<T> elements;

    /** What to ask the publisher for, next time. */
    private final AtomicLong toRequest;
    /** How often a call was wanted since the running one began; at 0 none runs. Stays above it once the cancel has been handed over. */
    private final AtomicInteger callsWanted = new AtomicInteger();
    /** Null until the publisher has said it. */
    private volatile Flow.Subscription subscription;
    /** Who is within {@link Flow.Subscription#request}; null if nobody is. */
    private volatile Thread requesting;
    /** Nothing more is wanted of the publisher. */
    private volatile boolean stopping;
    /** The publisher has told the end as an element: nothing is to follow but its completion. */
    private volatile boolean toldEnd;
    /** The publisher has completed or failed: nothing is to follow. */
    private volatile boolean terminated;
    /** The publisher has ended, or has been cancelled: it is not called any more. */
    private volatile boolean ended;

    PublisherGeneration(SourceModel model, GenerationListener listener, Models.Source<? extends Flow.Publisher<T>> source, Elements<T> elements) {
        super(model, listener, Models.DEFAULT_MAX_WAITING_CHARACTERS);
        this.model = model;
        this.source = source;
        this.elements = elements;
        this.toRequest = new AtomicLong(elements.ahead());
    }

    @Override
    void begin(ModelRequest request) throws Exception {
        requireNonNull(source.open(request), "publisher").subscribe(this);
    }

    @Override
    void asked(long n) {
        toRequest.accumulateAndGet(n, SourceGeneration::plus);
        call();
    }

    @Override
    void stop() {
        stopping = true;
        if (Thread.currentThread() == requesting) {
            // The publisher tells within its request, and may go on until it is cancelled: what we wait for is ourselves.
            cancelSubscription();
        } else if (subscription == null) {
            sourceGone();
        } else {
            call();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription offered) {
        requireNonNull(offered, "subscription");
        if (subscription != null) {
            // 2.5
            offered.cancel();
            return;
        }
        subscription = offered;
        call();
    }

    @Override
    public void onNext(T element) {
        if (element == null) {
            // 2.13
            NullPointerException failure = new NullPointerException("element");
            offerFailure(failure);
            stop();
            throw failure;
        }
        GenerationEvent event = elements.asEvent().apply(element);
        if (offer(event)) {
            toldEnd = event instanceof GenerationEnd;
        } else {
            tellIfLate(toldEnd || terminated);
            stop();
        }
    }

    @Override
    public void onError(Throwable failure) {
        requireNonNull(failure, "failure");
        tellIfLate(toldEnd || terminated);
        terminated = true;
        ended = true;
        offerFailure(failure);
        sourceGone();
    }

    @Override
    public void onComplete() {
        tellIfLate(terminated);
        terminated = true;
        ended = true;
        elements.ended(this);
        sourceGone();
    }

    /** What comes after a cancel is not late: the publisher may not know yet (2.8). */
    private void tellIfLate(boolean late) {
        if (late) {
            tellIgnored();
        }
    }

    private void call() {
        if (subscription == null || callsWanted.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            if (stopping) {
                // Closing a connection takes its time, and this may be an event loop. It is the last call: no other is let in again.
                model.run(this::cancelSubscription);
                return;
            }
            requestMore();
            seen = callsWanted.addAndGet(-seen);
        }
    }

    private void requestMore() {
        long n = toRequest.getAndSet(0);
        if (n == 0 || ended) {
            return;
        }
        requesting = Thread.currentThread();
        try {
            subscription.request(n);
        } catch (Throwable e) {
            // 3.16 forbids it; errors as well, such as a class that is missing.
            requesting = null;
            offerFailure(e);
            stop();
        } finally {
            requesting = null;
        }
    }

    private void cancelSubscription() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            subscription.cancel();
        } catch (Throwable e) {
            // 3.15 forbids it.
            SourceModel.failedToStop(subscription, e);
        } finally {
            sourceGone();
        }
    }
}
