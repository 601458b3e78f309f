package io.bargein.server;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.Tool;
import io.bargein.server.transport.Listener;
import io.bargein.server.transport.TransportSettings;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A running server: {@code /ws}, {@code /invocations} and {@code /ping}, with one model behind them. Several may run in one
 * process; all methods may be called from any thread.
 */
public final class BargeinServer implements AutoCloseable {

    /** The address listened on by default: all of the machine's (contract C1). */
    public static final String DEFAULT_HOST = "0.0.0.0";

    /** The port listened on by default: 8080 (contract C1). */
    public static final int DEFAULT_PORT = 8080;

    private final Model model;
    private final Listener listener;
    private final ThreadPoolExecutor upstream;
    private final ScheduledExecutorService housekeeping;

    private BargeinServer(Builder builder) throws IOException {
        model = builder.model;
        upstream = new ThreadPoolExecutor(builder.upstreamThreads, builder.upstreamThreads, 30, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(builder.transport.maxConnections()), new DefaultThreadFactory("bargein-upstream", true));
        upstream.allowCoreThreadTimeOut(true);
        housekeeping = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-housekeeping", true));
        Conversations conversations = new Conversations(builder.conversation, Ticker.systemTicker());
        housekeeping.scheduleAtFixedRate(conversations::forgetIdle, 1, 1, TimeUnit.MINUTES);
        try {
            listener = Listener.bind(builder.transport, new SessionServices(model, builder.tools, upstream, conversations,
                    new Health(Clock.systemUTC()), builder.session), Ticker.systemTicker());
        } catch (IOException | RuntimeException e) {
            upstream.shutdownNow();
            housekeeping.shutdownNow();
            throw e;
        }
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
     * Stops: no connection is taken any more, running turns end with {@code interrupted}, connections are closed with 1001, and the
     * model is closed. Returns once that is done, after 5 s or so at most. Idempotent.
     */
    @Override
    public void close() {
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
