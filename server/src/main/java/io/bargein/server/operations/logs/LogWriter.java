package io.bargein.server.operations.logs;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/**
 * Writes lines on a thread of its own, so that nobody who logs ever waits: not for a lock, as the queue has none, and not for the
 * output, as the queue is bounded. What finds it full is dropped, counted, and said as soon as there is room.
 */
final class LogWriter {

    /** At how many waiting chars lines are dropped: some 8 MiB. */
    static final long MAX_QUEUED_CHARS = 4 << 20;

    /** How many chars are written in one go. */
    private static final int BATCH_CHARS = 32 << 10;

    private final OutputStream out;
    private final Layout layout;
    /** Lines, and latches of those who wait for the lines before them. */
    private final Queue<Object> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedChars = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread = new Thread(this::run, "bargein-log");
    /** Whether the thread is about to wait for work, or does. */
    private volatile boolean idle;

    LogWriter(OutputStream out, Layout layout) {
        this.out = out;
        this.layout = layout;
        thread.setDaemon(true);
        thread.start();
    }

    /** Never blocks. */
    void add(Line line) {
        long weight = line.weight();
        if (queuedChars.addAndGet(weight) > MAX_QUEUED_CHARS) {
            queuedChars.addAndGet(-weight);
            dropped.incrementAndGet();
        } else {
            put(line);
        }
    }

    /** Waits until all that was added before is written, and says whether it is. */
    boolean flush(Duration limit) {
        CountDownLatch written = new CountDownLatch(1);
        put(written);
        try {
            return written.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void put(Object item) {
        queue.add(item);
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        StringWriter batch = new StringWriter();
        while (true) {
            Object item = queue.poll();
            if (item instanceof Line line) {
                queuedChars.addAndGet(-line.weight());
                render(line, batch);
            }
            if (item == null || item instanceof CountDownLatch || batch.getBuffer().length() >= BATCH_CHARS) {
                tellDropped(batch);
                write(batch);
            }
            if (item instanceof CountDownLatch latch) {
                latch.countDown();
            } else if (item == null) {
                await();
            }
        }
    }

    private void await() {
        idle = true;
        if (queue.isEmpty()) {
            LockSupport.park(this);
        }
        idle = false;
    }

    private void tellDropped(StringWriter batch) {
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            render(new Line(System.currentTimeMillis(), Level.WARN, LogWriter.class.getName(), thread.getName(),
                    "log: lines dropped (expected: whoever reads the output to keep up, or a higher --log-level)",
                    List.of(new KeyValuePair("dropped", lost)), null), batch);
        }
    }

    private void render(Line line, StringWriter batch) {
        int before = batch.getBuffer().length();
        try {
            layout.render(line, batch);
        } catch (IOException | RuntimeException e) {
            // Somebody's toString or getMessage failed: that line is lost, and the next ones are not.
            batch.getBuffer().setLength(before);
            dropped.incrementAndGet();
        }
    }

    private void write(StringWriter batch) {
        if (batch.getBuffer().length() == 0) {
            return;
        }
        try {
            out.write(batch.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            // Nobody reads any more, and there is nobody to tell.
            dropped.incrementAndGet();
        }
        batch.getBuffer().setLength(0);
    }
}
