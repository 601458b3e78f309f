package io.bargein.server;

import io.bargein.server.conversation.Conversations;
import io.bargein.server.conversation.StoreAccess;
import io.bargein.server.operations.Health;
import io.bargein.server.operations.RestorableModel;
import io.bargein.server.session.SessionListeners;
import io.bargein.server.session.SessionLog;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.Toolbox;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ServerHealth;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.transport.Framings;
import io.bargein.server.transport.Listener;
import io.bargein.server.transport.LoopWatch;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: {@code /ws}, {@code /invocations} and {@code /ping}, with one model behind them. Several may run in one
 * process; all methods may be called from any thread, but those that wait not from an event loop of the server's.
 */
public final class BargeinServer implements AutoCloseable {

    /** The address listened on by default: all of the machine's (contract C1). */
    public static final String DEFAULT_HOST = "0.0.0.0";

    /** The port listened on by default: 8080 (contract C1). */
    public static final int DEFAULT_PORT = 8080;

    /** What the server does before its first healthy ping, so that the first prompt meets a process that is warm (contract C13, C15). */
    public enum WarmUp {
        /** Nothing: it is healthy at once. */
        NONE,
        /** Runs turns through its own pipeline and, for Bedrock, through the SDK, all within the machine. */
        LOCAL,
        /** The same, and opens the connections to the model, at the cost of a token for each. */
        UPSTREAM
    }

    /** How many calls of tools may wait for a thread; past it the model is told that the server is too busy. */
    private static final int MAX_WAITING_TOOL_CALLS = 10_000;

    /** How long a conversation store that fails may keep the server from closing. */
    private static final Duration LAST_APPENDS = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(BargeinServer.class);

    private final Model model;
    private final Listener listener;
    private final ThreadPoolExecutor upstream;
    private final ThreadPoolExecutor tools;
    private final ThreadPoolExecutor toolSignals;
    private final ScheduledExecutorService housekeeping;
    private final Conversations conversations;
    private final Health health;
    private final Duration lastStarts;
    /** Null if there is none. */
    private final Thread warmUp;
    /** Held until all is closed. */
    private final Object closing = new Object();
    /** Guarded by closing. */
    private boolean closed;

    BargeinServer(BargeinServerBuilder builder) throws IOException {
        RestorableModel restorable = new RestorableModel(builder.model, builder.clock, builder.ticker);
        model = restorable;
        lastStarts = builder.lastStarts;
        health = new Health(builder.clock);
        if (builder.warmUp != WarmUp.NONE) {
            health.warmingUp();
        }
        upstream = threads("bargein-upstream", builder.upstreamThreads, builder.transport.maxConnections());
        // Apart from the upstream ones: a tool that blocks keeps no call to the model from starting.
        tools = threads("bargein-tools", builder.toolThreads, MAX_WAITING_TOOL_CALLS);
        // At most one signal a call. As many threads as calls can block: one that waits for its signal is not kept waiting by another.
        toolSignals = threads("bargein-tool-signals", builder.toolThreads, Integer.MAX_VALUE);
        housekeeping = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-housekeeping", true));
        conversations = new Conversations(builder.conversation, Ticker.systemTicker(),
                builder.conversationStore == null ? null : storeAccess(builder));
        housekeeping.scheduleAtFixedRate(conversations::forgetIdle, 1, 1, TimeUnit.MINUTES);
        housekeeping.scheduleAtFixedRate(() -> restorable.check(upstream), 1, 1, TimeUnit.SECONDS);
        try {
            Toolbox toolbox = new Toolbox(builder.tools, tools, toolSignals, builder.toolSettings);
            listener = Listener.bind(builder.transport, builder.embedding.speaking(Framings.of(builder.framings)),
                    new LoopWatch(housekeeping, Ticker.systemTicker()),
                    new SessionServices(model, toolbox, upstream, conversations, health, builder.session, listeners(builder)),
                    Ticker.systemTicker());
        } catch (IOException | RuntimeException | Error e) {
            // An Error is what a service is that cannot be made.
            upstream.shutdownNow();
            tools.shutdownNow();
            toolSignals.shutdownNow();
            housekeeping.shutdownNow();
            conversations.close(Duration.ZERO);
            throw e;
        }
        log.info("listening on {}", listener);
        warmUp = builder.warmUp == WarmUp.NONE ? null : warmUp(builder);
    }

    private static SessionListener listeners(BargeinServerBuilder builder) {
        List<SessionListener> all = new ArrayList<>(builder.listeners);
        all.add(0, new SessionLog(builder.logContent));
        return new SessionListeners(all);
    }

    /** Threads that come when there is work and go when there is none for a while. */
    private static ThreadPoolExecutor threads(String name, int count, int maxWaiting) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(count, count, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(maxWaiting),
                new DefaultThreadFactory(name, true));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    private static StoreAccess storeAccess(BargeinServerBuilder builder) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-store-timer", true));
        // Nearly all calls are answered long before their limit.
        timer.setRemoveOnCancelPolicy(true);
        // Not those that start calls to the model: a store may block them. At most one call of each conversation waits for a thread.
        return new StoreAccess(builder.conversationStore, builder.historyWait, threads("bargein-store", builder.storeThreads, Integer.MAX_VALUE), timer);
    }

    private Thread warmUp(BargeinServerBuilder builder) {
        Rehearsal rehearsal = new Rehearsal(builder.transport, builder.session, builder.warmUp, builder.model);
        Thread thread = new Thread(() -> {
            try {
                rehearsal.run();
            } finally {
                health.warm();
            }
        }, "bargein-warm-up");
        thread.setDaemon(true);
        thread.start();
        // Whatever it hangs in: the server is not down for that.
        housekeeping.schedule(() -> {
            if (!health.isReady()) {
                log.warn("warm-up: still at it after {} ms; taking work without", builder.warmUpLimit.toMillis());
                health.warm();
            }
        }, builder.warmUpLimit.toMillis(), TimeUnit.MILLISECONDS);
        return thread;
    }

    /**
     * Begins to set a server up.
     *
     * @return a builder with the defaults; a model must be given
     */
    public static BargeinServerBuilder builder() {
        return new BargeinServerBuilder();
    }

    /**
     * Returns where the server listens.
     *
     * @return the address, with the port that was bound
     */
    public InetSocketAddress address() {
        return listener.address();
    }

    /**
     * Waits until the server is closed.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     * @throws IllegalStateException on one of the server's event loops
     */
    public void awaitShutdown() throws InterruptedException {
        listener.checkCaller("awaitShutdown");
        listener.awaitClosed();
    }

    /**
     * Returns what {@code /ping} says, and the way to have a say in it.
     *
     * @return the health of this server
     */
    public ServerHealth health() {
        return health;
    }

    /**
     * Prepares to stop: new connections are refused with 503, those without a turn are closed with 1001, a new prompt gets an error,
     * and running turns may end. Pings are answered until {@link #close}, which is to follow (contract C16).
     *
     * @param deadline how long running turns may take, at most; {@link #close} ends those that are left
     * @return whether all of them have ended
     * @throws InterruptedException if the waiting thread is interrupted
     * @throws IllegalStateException on one of the server's event loops
     */
    public boolean drain(Duration deadline) throws InterruptedException {
        listener.checkCaller("drain");
        Objects.requireNonNull(deadline, "deadline");
        listener.drain();
        return health.awaitNoTurns(deadline);
    }

    /**
     * Stops: no connection is taken any more, running turns end with {@code interrupted}, connections are closed with 1001, and the
     * model is closed, where possible when no call of {@link Model#start} is left. Returns once that is done, after 5 s or so at most; after
     * 10 if there is a conversation store that does not take what turns have added. Event loops that were brought along go on. Idempotent:
     * whoever calls it again waits until it is done, and nothing is closed twice.
     *
     * @throws IllegalStateException on one of the server's event loops
     */
    @Override
    public void close() {
        listener.checkCaller("close");
        synchronized (closing) {
            if (!closed) {
                closed = true;
                stop();
            }
        }
    }

    private void stop() {
        long deadline = System.nanoTime() + lastStarts.toNanos();
        if (warmUp != null) {
            warmUp.interrupt();
        }
        listener.close();
        conversations.close(LAST_APPENDS);
        housekeeping.shutdownNow();
        upstream.shutdown();
        // Running calls have heard their signal by now, or are to come to their end.
        tools.shutdown();
        toolSignals.shutdown();
        awaitUpstream(deadline);
        model.close();
    }

    private void awaitUpstream(long deadline) {
        boolean interrupted = false;
        while (true) {
            try {
                if (!upstream.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS) && upstream.getActiveCount() > 0) {
                    log.warn("model: {} calls of start or refresh not over {} ms after the server began to close (expected: a while at most);"
                            + " closing it all the same", upstream.getActiveCount(), lastStarts.toMillis());
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
