package io.bargein.loadtest.run;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Opens connections, so many at a time, over all event loops and source addresses in turn, and knows which are up. Safe for use by many
 * threads; the loops call it as an owner.
 */
final class Connector implements LoadConnection.Owner {
    private static final int CONNECTING_AT_A_TIME = 128;
    private static final long CONNECT_TIMEOUT_SECONDS = 120;

    private final Plan plan;
    private final List<Loop> loops;
    private final Handshakes handshakes;

    /** All below is guarded by this. */
    private final Set<LoadConnection> up = new LinkedHashSet<>();
    private final Queue<LoadConnection> toStart = new ArrayDeque<>();
    private int connecting;
    private int started;
    private Throwable failure;

    Connector(Plan plan, List<Loop> loops, Handshakes handshakes) {
        this.plan = plan;
        this.loops = loops;
        this.handshakes = handshakes;
    }

    /**
     * Opens more connections and waits until all are open.
     *
     * @throws IOException if one could not be opened
     */
    List<LoadConnection> connect(int count) throws IOException, InterruptedException {
        List<LoadConnection> all = new ArrayList<>(count);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CONNECT_TIMEOUT_SECONDS);
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                Loop loop = loops.get(i % loops.size());
                all.add(new LoadConnection(started + i, loop.eventLoop(), loop.recorder(), this));
            }
            started += count;
            toStart.addAll(all);
            startSome();
            while (failure == null && (connecting > 0 || !toStart.isEmpty())) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (leftMillis <= 0) {
                    throw new IOException("connect: " + up.size() + " connections in " + CONNECT_TIMEOUT_SECONDS + " s (expected: " + started
                            + ")");
                }
                wait(leftMillis);
            }
            if (failure != null) {
                throw new IOException("connect: " + plan.url() + ", connection " + (up.size() + 1) + " (expected: a server that upgrades): "
                        + failure.getMessage(), failure);
            }
        }
        return all;
    }

    /** Where connection number {@code n} comes from; null leaves it to the system. */
    static SocketAddress source(Plan plan, int n) {
        return plan.sources().isEmpty() ? null : new InetSocketAddress(plan.sources().get(n % plan.sources().size()), 0);
    }

    synchronized int up() {
        return up.size();
    }

    /** Has all end in an orderly way, and waits for that; then closes what is left. */
    void end(long orderlyNanos, long closeNanos) throws InterruptedException {
        forEach(LoadConnection::end);
        awaitNone(orderlyNanos);
        forEach(LoadConnection::cut);
        awaitNone(closeNanos);
    }

    private synchronized void forEach(Consumer<LoadConnection> what) {
        for (LoadConnection connection : up) {
            connection.loop().execute(() -> what.accept(connection));
        }
    }

    private synchronized void awaitNone(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (!up.isEmpty()) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMillis <= 0) {
                return;
            }
            wait(leftMillis);
        }
    }

    private void startSome() {
        assert Thread.holdsLock(this);
        while (connecting < CONNECTING_AT_A_TIME && !toStart.isEmpty() && failure == null) {
            connecting++;
            LoadConnection next = toStart.poll();
            SocketAddress source = source(plan, next.number());
            next.loop().execute(() -> handshakes.connect(next, source));
        }
    }

    @Override
    public synchronized void opened(LoadConnection connection) {
        connecting--;
        up.add(connection);
        startSome();
        notifyAll();
    }

    @Override
    public synchronized void failed(LoadConnection connection, Throwable cause) {
        connecting--;
        failure = cause == null ? new IOException("closed during the handshake") : cause;
        notifyAll();
    }

    @Override
    public synchronized void closed(LoadConnection connection) {
        up.remove(connection);
        notifyAll();
    }
}
