package io.bargein.loadtest.run;

import io.bargein.loadtest.report.ServerUse;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What every plan works with: event loops with their recorders, connections, phases, and looks at the server. For one thread, the plan's. */
final class Rig implements AutoCloseable {
    /** The one clock of a run: its zero is not that of {@link System#nanoTime}. */
    static final Ticker TICKER = Ticker.systemTicker();
    private static final long ORDERLY_END_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Plan plan;
    private final Probes probes;
    private final EventLoopGroup group;
    private final List<Loop> loops = new ArrayList<>();
    private final Handshakes handshakes;
    private final Connector connector;
    private final Sampler sampler;
    private final List<ServerUse> server = new ArrayList<>();
    private double measuredSeconds;
    private double clientCpuShare;
    private long clientHeapBytesPerConnection = -1;

    Rig(Plan plan, Probes probes, Progress progress) throws InterruptedException {
        this.plan = plan;
        this.probes = probes;
        group = new MultiThreadIoEventLoopGroup(plan.threads(), new DefaultThreadFactory("load", true), NioIoHandler.newFactory());
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            long threadId = loop.submit(() -> Thread.currentThread().getId()).sync().getNow();
            loops.add(new Loop(loop, threadId, new LoopRecorder(TICKER, probes.watchesUpstream())));
        }
        handshakes = new Handshakes(plan.target());
        connector = new Connector(plan, loops, handshakes);
        sampler = new Sampler(plan, loops, connector::up, probes, progress);
    }

    Plan plan() {
        return plan;
    }

    List<Loop> loops() {
        return loops;
    }

    Handshakes handshakes() {
        return handshakes;
    }

    Sampler sampler() {
        return sampler;
    }

    List<ServerUse> server() {
        return server;
    }

    /** How long was measured, in all; the mean of the loops. */
    double measuredSeconds() {
        return measuredSeconds;
    }

    /** How much of their time the loops have used while it was measured. */
    double clientCpuShare() {
        return clientCpuShare;
    }

    void clientHeapBytesPerConnection(long bytes) {
        clientHeapBytesPerConnection = bytes;
    }

    /** What a connection takes of this client's own heap; -1 where that was not looked at. */
    long clientHeapBytesPerConnection() {
        return clientHeapBytesPerConnection;
    }

    /** Opens more connections and waits until all are open. */
    List<LoadConnection> connect(int count) throws IOException, InterruptedException {
        return connector.connect(count);
    }

    void phase(String name) throws InterruptedException {
        sampler.phase(name);
    }

    /** Looks at the server, if it is to be looked at. */
    void look(String when, boolean afterGc) {
        ServerUse use = afterGc ? probes.serverAfterGc(when, connector.up()) : probes.serverNow(when, connector.up());
        if (use != null) {
            server.add(use);
        }
    }

    /** Lets the load run: through the warm-up, and then while it counts. */
    void measure() throws InterruptedException {
        measure(() -> await(plan.duration()));
    }

    /** What fills the time that counts. */
    interface Work {
        void run() throws InterruptedException;
    }

    /** Lets the load run through the warm-up, and then while the work goes on, which counts. */
    void measure(Work work) throws InterruptedException {
        if (!plan.warmup().isZero()) {
            phase("warm-up");
            await(plan.warmup());
        }
        phase("measuring");
        count(work);
    }

    /** Lets work go on, which counts. */
    void count(Work work) throws InterruptedException {
        long cpuBefore = cpuNanos();
        // Each loop takes its own two moments, so that it counts neither more nor less than what is due between them.
        long loopNanos = 0;
        for (Loop loop : loops) {
            loopNanos -= loop.ask(loop.recorder()::countFromNow);
        }
        work.run();
        for (Loop loop : loops) {
            loopNanos += loop.ask(loop.recorder()::countUntilNow);
        }
        clientCpuShare = Math.max(clientCpuShare, (cpuNanos() - cpuBefore) / (double) loopNanos);
        measuredSeconds += loopNanos / 1e9 / loops.size();
    }

    /** Waits until every terminal that is owed has come, and closes all connections. */
    void end() throws InterruptedException {
        phase("ending");
        connector.end(ORDERLY_END_NANOS, CLOSE_NANOS);
    }

    /** What all loops have measured while it counted. */
    Tally whole() throws InterruptedException {
        Tally sum = new Tally();
        for (Loop loop : loops) {
            loop.ask(() -> {
                sum.add(loop.recorder().whole());
                return null;
            });
        }
        return sum;
    }

    /** The first few faults in full. */
    List<String> examples() throws InterruptedException {
        List<String> all = new ArrayList<>();
        for (Loop loop : loops) {
            all.addAll(loop.ask(() -> List.copyOf(loop.recorder().examples())));
        }
        return all;
    }

    static void await(Duration time) throws InterruptedException {
        // Nothing is to happen in this time but the load itself.
        new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return loops.stream().mapToLong(loop -> Math.max(0, threads.getThreadCpuTime(loop.threadId()))).sum();
    }

    @Override
    public void close() {
        sampler.close();
        handshakes.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
