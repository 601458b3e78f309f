package io.bargein.server;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.operations.RestorableModel;
import io.bargein.server.session.LogDetail;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ServerHealth;
import io.bargein.server.spi.Tool;
import io.bargein.server.transport.Listener;
import io.bargein.server.transport.TransportSettings;
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
 * process; all methods may be called from any thread.
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

    private static final Logger log = LoggerFactory.getLogger(BargeinServer.class);

    /** When the server is healthy though its warm-up is not done: well before the platform gives up (contract C12). */
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(20);

    private final Model model;
    private final Listener listener;
    private final ThreadPoolExecutor upstream;
    private final ScheduledExecutorService housekeeping;
    private final Health health;
    /** Null if there is none. */
    private final Thread warmUp;

    private BargeinServer(Builder builder) throws IOException {
        RestorableModel restorable = new RestorableModel(builder.model, builder.clock, builder.ticker);
        model = restorable;
        health = new Health(builder.clock);
        if (builder.warmUp != WarmUp.NONE) {
            health.warmingUp();
        }
        upstream = new ThreadPoolExecutor(builder.upstreamThreads, builder.upstreamThreads, 30, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(builder.transport.maxConnections()), new DefaultThreadFactory("bargein-upstream", true));
        upstream.allowCoreThreadTimeOut(true);
        housekeeping = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-housekeeping", true));
        Conversations conversations = new Conversations(builder.conversation, Ticker.systemTicker());
        housekeeping.scheduleAtFixedRate(conversations::forgetIdle, 1, 1, TimeUnit.MINUTES);
        housekeeping.scheduleAtFixedRate(restorable::check, 1, 1, TimeUnit.SECONDS);
        try {
            listener = Listener.bind(builder.transport, new SessionServices(model, builder.tools, upstream, conversations,
                    health, builder.session, builder.logs), Ticker.systemTicker());
        } catch (IOException | RuntimeException e) {
            upstream.shutdownNow();
            housekeeping.shutdownNow();
            throw e;
        }
        log.info("listening on {}", listener);
        warmUp = builder.warmUp == WarmUp.NONE ? null : warmUp(builder);
    }

    private Thread warmUp(Builder builder) {
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
    public static Builder builder() {
        return new Builder();
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
     */
    public void awaitShutdown() throws InterruptedException {
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
     */
    public boolean drain(Duration deadline) throws InterruptedException {
        listener.drain();
        return health.awaitNoTurns(deadline);
    }

    /**
     * Stops: no connection is taken any more, running turns end with {@code interrupted}, connections are closed with 1001, and the
     * model is closed. Returns once that is done, after 5 s or so at most. Idempotent.
     */
    @Override
    public void close() {
        if (warmUp != null) {
            warmUp.interrupt();
        }
        listener.close();
        housekeeping.shutdownNow();
        upstream.shutdown();
        model.close();
    }

    /** Sets a server up. Not safe for use by several threads at once. */
    public static final class Builder {
        private Model model;
        private final List<Tool> tools = new ArrayList<>();
        private TransportSettings transport = TransportSettings.defaults(DEFAULT_HOST, DEFAULT_PORT);
        private SessionSettings session = SessionSettings.DEFAULT;
        private ConversationLimits conversation = ConversationLimits.DEFAULT;
        private WarmUp warmUp = WarmUp.NONE;
        private Duration warmUpLimit = WARM_UP_LIMIT;
        private Clock clock = Clock.systemUTC();
        private Ticker ticker = Ticker.systemTicker();
        private LogDetail logs = LogDetail.OUTCOMES;
        private int upstreamThreads = DEFAULT_UPSTREAM_THREADS;

        /** How many threads start calls to the model by default. */
        static final int DEFAULT_UPSTREAM_THREADS = 8;

        private Builder() {}

        /**
         * Sets what answers. The server closes it when it is closed itself.
         *
         * @param model the model; there is no default
         * @return this builder
         */
        public Builder model(Model model) {
            this.model = Objects.requireNonNull(model, "model");
            return this;
        }

        /**
         * Offers a tool to the model.
         *
         * @param tool the tool; its name may not have been used before
         * @return this builder
         * @throws IllegalArgumentException if there is a tool of that name
         */
        public Builder tool(Tool tool) {
            if (tools.stream().anyMatch(other -> other.name().equals(tool.name()))) {
                throw new IllegalArgumentException("tool: " + tool.name() + " (expected: a name of its own)");
            }
            tools.add(tool);
            return this;
        }

        /**
         * Sets where to listen.
         *
         * @param host an address or name of this machine; default {@value BargeinServer#DEFAULT_HOST}
         * @return this builder
         */
        public Builder host(String host) {
            transport = transport.listeningOn(Objects.requireNonNull(host, "host"), transport.port());
            return this;
        }

        /**
         * Sets which port to listen on.
         *
         * @param port 0 to 65,535, where 0 takes a free one; default {@value BargeinServer#DEFAULT_PORT}
         * @return this builder
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder port(int port) {
            transport = transport.listeningOn(transport.host(), port);
            return this;
        }

        /**
         * Sets what the server does before its first healthy ping.
         *
         * @param warmUp default {@link WarmUp#NONE}
         * @return this builder
         */
        public Builder warmUp(WarmUp warmUp) {
            this.warmUp = Objects.requireNonNull(warmUp, "warmUp");
            return this;
        }

        /**
         * Sets whether there is a chat page at {@code /}, for trying things out by hand.
         *
         * @param page default false
         * @return this builder
         */
        public Builder page(boolean page) {
            transport = transport.withPage(page);
            return this;
        }

        Builder warmUpLimit(Duration warmUpLimit) {
            this.warmUpLimit = warmUpLimit;
            return this;
        }

        /** Sets what tells the time, for whoever wants to move it. */
        Builder clocks(Clock clock, Ticker ticker) {
            this.clock = clock;
            this.ticker = ticker;
            return this;
        }

        Builder transport(TransportSettings transport) {
            this.transport = transport;
            return this;
        }

        Builder session(SessionSettings session) {
            this.session = session;
            return this;
        }

        Builder conversation(ConversationLimits conversation) {
            this.conversation = conversation;
            return this;
        }

        Builder logs(LogDetail logs) {
            this.logs = logs;
            return this;
        }

        Builder upstreamThreads(int upstreamThreads) {
            if (upstreamThreads < 1 || upstreamThreads > 1_024) {
                throw new IllegalArgumentException("upstreamThreads: " + upstreamThreads + " (expected: 1 to 1024)");
            }
            this.upstreamThreads = upstreamThreads;
            return this;
        }

        /**
         * Binds the port and begins to serve.
         *
         * @return the server, to be closed
         * @throws IllegalStateException if there is no model
         * @throws IOException if the address cannot be bound
         */
        public BargeinServer start() throws IOException {
            if (model == null) {
                throw new IllegalStateException("model: missing (expected: a call of model(…))");
            }
            return new BargeinServer(this);
        }
    }
}
