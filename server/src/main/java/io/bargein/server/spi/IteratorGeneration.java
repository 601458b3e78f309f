package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** An answer from an iterator that may block, on a thread of its own. A cancel interrupts that thread. */
final class IteratorGeneration<T> extends SourceGeneration {
    private final ExecutorService threads;
    private final Models.Source<? extends Iterator<? extends T>> source;
    private final Elements<T> elements;

    /** How many elements may be taken. */
    private final AtomicLong permits;
    /** The thread, while it may be interrupted: neither before it has begun, nor when it closes the iterator or serves another answer. */
    private volatile Thread worker;

    IteratorGeneration(SourceModel model, ExecutorService threads, GenerationListener listener,
            Models.Source<? extends Iterator<? extends T>> source, Elements<T> elements) {
        super(model, listener, Models.DEFAULT_MAX_WAITING_CHARACTERS);
        this.threads = threads;
        this.source = source;
        this.elements = elements;
        this.permits = new AtomicLong(elements.ahead());
    }

    @Override
    void begin(ModelRequest request) throws ModelException {
        try {
            threads.execute(() -> run(request));
        } catch (RejectedExecutionException e) {
            sourceGone();
            throw new ModelException(ModelException.Kind.BUSY, "model: no thread is free for another answer (expected: fewer at a time)", e);
        }
    }

    @Override
    void asked(long n) {
        permits.accumulateAndGet(n, SourceGeneration::plus);
        LockSupport.unpark(worker);
    }

    @Override
    void stop() {
        synchronized (permits) {
            if (worker != null) {
                worker.interrupt();
            }
        }
    }

    private void run(ModelRequest request) {
        worker = Thread.currentThread();
        Iterator<? extends T> iterator = null;
        try {
            if (isOpen()) {
                iterator = requireNonNull(source.open(request), "iterator");
                tell(iterator);
            }
        } catch (Throwable e) {
            // After a cancel that is the interrupt, and nobody listens.
            offerFailure(e);
        }
        mayBeInterruptedNoMore();
        try {
            if (iterator instanceof AutoCloseable closeable) {
                closeable.close();
            }
        } catch (Throwable e) {
            // The client does not care: the answer has ended, and how has been told.
            SourceModel.failedToStop(iterator, e);
        } finally {
            sourceGone();
        }
    }

    private void tell(Iterator<? extends T> iterator) {
        while (isOpen() && iterator.hasNext()) {
            awaitPermit();
            if (isOpen()) {
                offer(elements.asEvent().apply(requireNonNull(iterator.next(), "element")));
            }
        }
        if (isOpen()) {
            elements.ended(this);
        }
    }

    private void awaitPermit() {
        while (permits.get() == 0 && isOpen()) {
            LockSupport.park(this);
            // An interrupt that is no cancel would keep us from parking.
            Thread.interrupted();
        }
        permits.decrementAndGet();
    }

    private void mayBeInterruptedNoMore() {
        synchronized (permits) {
            worker = null;
        }
        Thread.interrupted();
    }
}
