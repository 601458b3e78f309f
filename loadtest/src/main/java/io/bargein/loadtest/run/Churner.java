package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Metric;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes connections when they are due, so many at a time, and closes each once it is upgraded. One that has to wait for its turn is timed
 * from when it was due. Confined to its event loop, but for {@link #start} and {@link #end}.
 */
final class Churner implements LoadConnection.Owner {
    private static final long END_SECONDS = 10;
    /** Their numbers are apart from those of connections that stay. */
    private static final int FIRST_NUMBER = 1_000_000;

    /** A connection that is being made: when it was due, and when it was begun. */
    private record Attempt(long dueNanos, long begunNanos) {}

    private final Plan plan;
    private final Handshakes handshakes;
    private final Loop loop;
    private final Arrivals arrivals;
    private final int atATime;
    private final Deque<Long> waiting = new ArrayDeque<>();
    private final Map<LoadConnection, Attempt> attempts = new HashMap<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private int number = FIRST_NUMBER;
    private int open;
    /** What is due from then on is not begun. */
    private long endNanos = Long.MAX_VALUE;

    Churner(Plan plan, Handshakes handshakes, Loop loop, Arrivals arrivals, int atATime) {
        this.plan = plan;
        this.handshakes = handshakes;
        this.loop = loop;
        this.arrivals = arrivals;
        this.atATime = atATime;
    }

    void start() {
        loop.eventLoop().execute(() -> new OpenLoop(loop.eventLoop(), loop.recorder().ticker(), arrivals, due -> {
            if (due < endNanos) {
                waiting.add(due);
            }
            connectSome();
            return due < endNanos;
        }).start());
    }

    /** Begins none that are due later, and waits for the others. */
    void end() throws InterruptedException {
        loop.eventLoop().execute(() -> {
            endNanos = loop.recorder().ticker().nanoTime();
            endIfIdle();
        });
        ended.await(END_SECONDS, TimeUnit.SECONDS);
    }

    private void connectSome() {
        while (open < atATime && !waiting.isEmpty()) {
            open++;
            LoadConnection connection = new LoadConnection(number++, loop.eventLoop(), loop.recorder(), this);
            attempts.put(connection, new Attempt(waiting.poll(), loop.recorder().ticker().nanoTime()));
            handshakes.connect(connection, Connector.source(plan, number));
        }
        endIfIdle();
    }

    private void endIfIdle() {
        if (arrivals.dueNanos() >= endNanos && open == 0 && waiting.isEmpty()) {
            ended.countDown();
        }
    }

    @Override
    public void opened(LoadConnection connection) {
        Attempt attempt = attempts.remove(connection);
        long now = loop.recorder().ticker().nanoTime();
        boolean counted = loop.recorder().counts(attempt.dueNanos());
        loop.recorder().add(counted, tally -> tally.connects++);
        loop.recorder().time(counted, Metric.CONNECT, now - attempt.dueNanos());
        loop.recorder().time(counted, Metric.CONNECT_UNCORRECTED, now - attempt.begunNanos());
        loop.recorder().time(counted, Metric.CLIENT_LATENESS, attempt.begunNanos() - attempt.dueNanos());
        connection.close();
    }

    @Override
    public void failed(LoadConnection connection, Throwable cause) {
        attempts.remove(connection);
        loop.recorder().fault(tally -> tally.errors++, "connection " + connection.number() + ": "
                + (cause == null ? "closed during the handshake" : cause.getMessage()));
        closed(connection);
    }

    @Override
    public void closed(LoadConnection connection) {
        open--;
        connectSome();
    }
}
