package io.bargein.loadtest.run;

import io.bargein.loadtest.client.WsConnection;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** Carries a plan out. Used once. */
public final class LoadRun {
    private static final int CONNECTING_AT_A_TIME = 128;
    private static final long CONNECT_TIMEOUT_SECONDS = 120;
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private final Plan plan;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger started = new AtomicInteger();
    private final CompletableFuture<Void> allOpen = new CompletableFuture<>();
    private final CountDownLatch allClosed;

    /**
     * Prepares a run.
     *
     * @param plan what to do
     */
    public LoadRun(Plan plan) {
        this.plan = plan;
        this.allClosed = new CountDownLatch(plan.connections());
    }

    /**
     * Connects, sends, measures, and closes.
     *
     * @return what was measured
     * @throws IOException if a connection could not be made
     * @throws InterruptedException if the calling thread is interrupted
     */
    public LoadResult run() throws IOException, InterruptedException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(plan.threads(), new DefaultThreadFactory("load", true), NioIoHandler.newFactory());
        try {
            Map<EventLoop, LoopRecorder> recorders = connect(group);
            long cpuBefore = cpuNanos();
            long start = System.nanoTime();
            long from = start + plan.warmup().toNanos();
            long to = from + plan.duration().toNanos();
            for (LoadConnection connection : connections) {
                connection.loop().execute(() -> connection.start(start, from, to));
            }
            awaitUntil(to);
            double cpuShare = (cpuNanos() - cpuBefore) / (double) (System.nanoTime() - start) / plan.threads();
            for (LoadConnection connection : connections) {
                connection.loop().execute(connection::end);
            }
            allClosed.await(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            LoopRecorder all = new LoopRecorder();
            for (Map.Entry<EventLoop, LoopRecorder> loop : recorders.entrySet()) {
                // On its own loop, behind all that it has recorded.
                loop.getKey().submit(() -> {
                    synchronized (all) {
                        all.add(loop.getValue());
                    }
                }).sync();
            }
            return new LoadResult(plan, all, cpuShare);
        } finally {
            group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private Map<EventLoop, LoopRecorder> connect(EventLoopGroup group) throws IOException, InterruptedException {
        Map<EventLoop, LoopRecorder> recorders = new HashMap<>();
        Owner owner = new Owner();
        for (int i = 0; i < plan.connections(); i++) {
            EventLoop loop = group.next();
            connections.add(new LoadConnection(plan, i, loop, recorders.computeIfAbsent(loop, l -> new LoopRecorder()), owner));
        }
        for (int i = 0; i < Math.min(CONNECTING_AT_A_TIME, plan.connections()); i++) {
            owner.connectNext();
        }
        try {
            allOpen.get(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("connect: " + plan.url() + " (expected: a server that upgrades): " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("connect: " + open.get() + " of " + plan.connections() + " connections in " + CONNECT_TIMEOUT_SECONDS
                    + " s (expected: all)", e);
        }
        return recorders;
    }

    private static void awaitUntil(long nanos) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long left = nanos - System.nanoTime();
        while (left > 0) {
            never.await(left, TimeUnit.NANOSECONDS);
            left = nanos - System.nanoTime();
        }
    }

    /** What the load's own threads have used. */
    private static long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("load-")) {
                sum += Math.max(0, threads.getThreadCpuTime(thread.getId()));
            }
        }
        return sum;
    }

    private final class Owner implements LoadConnection.Owner {
        void connectNext() {
            int next = started.getAndIncrement();
            if (next < connections.size()) {
                LoadConnection connection = connections.get(next);
                WsConnection.connect(plan.url(), Map.of(), null, connection.loop(), connection);
            }
        }

        @Override
        public void opened(LoadConnection connection) {
            if (open.incrementAndGet() == plan.connections()) {
                allOpen.complete(null);
            } else {
                connectNext();
            }
        }

        @Override
        public void failed(LoadConnection connection, Throwable cause) {
            allOpen.completeExceptionally(cause == null ? new IOException("closed during the handshake") : cause);
        }

        @Override
        public void closed(LoadConnection connection) {
            allClosed.countDown();
        }
    }
}
