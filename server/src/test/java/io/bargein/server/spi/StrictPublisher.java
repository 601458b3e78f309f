package io.bargein.server.spi;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A publisher by the book of Reactive Streams, which also notes where its subscriber does not keep to it. Tells on a thread of its own. */
final class StrictPublisher<T> implements Flow.Publisher<T> {
    /** Of all publishers of a test. */
    final List<String> breaches;
    private final Iterator<T> elements;

    StrictPublisher(Iterator<T> elements, List<String> breaches) {
        this.elements = elements;
        this.breaches = breaches;
    }

    StrictPublisher(Iterator<T> elements) {
        this(elements, new CopyOnWriteArrayList<>());
    }

    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        Told told = new Told(subscriber);
        subscriber.onSubscribe(told);
        told.begin();
    }

    private final class Told implements Flow.Subscription {
        private final Flow.Subscriber<? super T> subscriber;
        private final AtomicInteger callers = new AtomicInteger();
        private long demand;
        private boolean cancelled;
        private Future<?> running;

        Told(Flow.Subscriber<? super T> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            enter("2.7: request and cancel at once");
            synchronized (this) {
                if (n <= 0) {
                    breaches.add("3.9: request of " + n);
                }
                if (cancelled) {
                    breaches.add("request after cancel");
                }
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
                notifyAll();
            }
            callers.decrementAndGet();
        }

        @Override
        public void cancel() {
            enter("2.7: cancel during another call");
            synchronized (this) {
                if (cancelled) {
                    breaches.add("cancelled twice");
                }
                cancelled = true;
                notifyAll();
                if (running != null) {
                    running.cancel(true);
                }
            }
            callers.decrementAndGet();
        }

        private void enter(String breach) {
            if (callers.getAndIncrement() != 0) {
                breaches.add(breach);
            }
        }

        private synchronized void begin() {
            if (!cancelled) {
                running = SimThreads.POOL.submit(this::tell);
            }
        }

        private void tell() {
            try {
                while (elements.hasNext()) {
                    if (!mayTell()) {
                        return;
                    }
                    subscriber.onNext(elements.next());
                }
                subscriber.onComplete();
            } catch (InterruptedException | IllegalStateException e) {
                subscriber.onError(e);
            }
        }

        private synchronized boolean mayTell() throws InterruptedException {
            while (demand == 0 && !cancelled) {
                wait();
            }
            demand--;
            return !cancelled;
        }
    }
}
