package io.bargein.loadtest.client;

import io.bargein.protocol.Limits;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import java.util.function.Function;

/**
 * A conversation with a runtime over its WebSocket: ask, hear the answer as it comes, and ask again to cut in.
 *
 * <p>The conversation is that of the {@link #sessionId}. When the connection is lost for a reason that may pass, another is made with the
 * same id, after 1, 2, 4, 8 and then 15 s, each 25 % more or less: at 1001, 1006, 1008 because of its age, and a {@code RetryableConflict}
 * at the handshake; and, once there has been a connection, wherever the server cannot be reached or is busy. A prompt is never sent twice:
 * a turn whose connection is lost ends with an error. Any other end is final.
 *
 * <p>Threads: methods may be called by any thread and do not block, but for {@link #close}. Listeners, subscribers and the futures'
 * callbacks run on the client's one event loop, a daemon thread of its own, which they are not to block. Signatures are made on
 * another daemon thread, which is there only while it is needed. Both end with the client.
 */
public final class RuntimeClient implements AutoCloseable {

    /** 20 s: AgentCore cuts a connection after 60 s without a frame (contract C71). */
    public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(20);

    /** 2 min: a session's container may take that long to start (contract C12). */
    public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofMinutes(2);

    /** 15 min: for how long another connection is tried for. */
    public static final Duration DEFAULT_RECONNECT_WINDOW = Duration.ofMinutes(15);

    private static final int CLOSE_SECONDS = 10;

    private final String sessionId;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ThreadPoolExecutor worker;
    private final ClientLink link;
    private final CompletableFuture<RuntimeClient> connected = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** Why the client has ended; null before that, and where it was closed. */
    private volatile RuntimeClientException end;

    private RuntimeClient(Builder builder) {
        sessionId = builder.sessionId == null ? SessionIds.random() : builder.sessionId;
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("bargein-client", true), NioIoHandler.newFactory());
        loop = group.next();
        worker = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory("bargein-signer", true));
        worker.allowCoreThreadTimeOut(true);
        WsSettings settings = new WsSettings(builder.handshakeTimeout, builder.tls, builder.closeTimeout);
        link = new ClientLink(new ClientLink.Settings(builder.target, sessionId, settings,
                builder.keepAlive.toNanos(), builder.reconnectWindow.toNanos(), builder.listener), loop, worker, builder.timer.apply(loop),
                new Backoff(builder.random), new ClientLink.Outcome() {
                    @Override
                    public void opened() {
                        connected.complete(RuntimeClient.this);
                    }

                    @Override
                    public void closed(RuntimeClientException why) {
                        ended(why);
                    }
                });
    }

    /**
     * Begins a client.
     *
     * @param target whom to talk to
     * @return a builder
     */
    public static Builder builder(RuntimeTarget target) {
        return new Builder(target);
    }

    /**
     * Connects. Called again it does nothing more.
     *
     * @return completed with this client once the connection is open, or exceptionally with the {@link RuntimeClientException} that keeps it
     *     from it, a {@link HandshakeException} where the server refused; the client has ended then
     */
    public CompletableFuture<RuntimeClient> connect() {
        execute(link::connect);
        return connected.copy();
    }

    /**
     * Asks; what is being answered is interrupted. While a connection is being made, the prompt waits for it.
     *
     * @param text what the user says: not blank, whole code points, up to 1 MiB as a message
     * @return the answer, to subscribe to; unless somebody does, and asks for messages, nothing more is read from the connection
     * @throws IllegalArgumentException if the text is none that a server would take
     */
    public Turn ask(String text) {
        check(text);
        Turn turn = new Turn(text, loop, link::demandChanged);
        send(turn);
        return turn;
    }

    /**
     * Asks, and has the answer told as it comes, without backpressure.
     *
     * @param text as for {@link #ask(String)}
     * @param listener hears the answer
     * @throws IllegalArgumentException if the text is none that a server would take
     */
    public void ask(String text, TurnListener listener) {
        check(text);
        Turn turn = new Turn(text, loop, link::demandChanged);
        // Before it is sent: nothing is to wait for a listener.
        turn.subscribe(listener);
        send(turn);
    }

    private void send(Turn turn) {
        if (!execute(() -> link.ask(turn))) {
            turn.fail(end == null ? ClientLink.ended() : end);
        }
    }

    private static void check(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("text: blank (expected: something to ask)");
        }
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new IllegalArgumentException("text: a lone surrogate (expected: whole code points)");
        }
        int bytes = ServerMessages.prompt(text).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.DEFAULT_MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException("text: " + bytes + " bytes as a message (expected: at most " + Limits.DEFAULT_MAX_MESSAGE_BYTES + ")");
        }
    }

    /**
     * Returns which conversation this is.
     *
     * @return the session id; another client may go on with it once this one has ended
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Begins to close: the closing handshake if there is a connection, and nothing more if there is none. Turns without a terminal end with an
     * error.
     *
     * @return completed once all is closed, never exceptionally
     */
    public CompletableFuture<Void> closeAsync() {
        execute(link::close);
        return closed.copy();
    }

    /** Closes, and waits for it, up to 10 s; on the client's own event loop it does not wait. */
    @Override
    public void close() {
        CompletableFuture<Void> closing = closeAsync();
        if (loop.inEventLoop()) {
            return;
        }
        try {
            closing.get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS); // A peer that does not let go.
        }
    }

    /** On the loop, once. */
    private void ended(RuntimeClientException why) {
        end = why;
        worker.shutdown();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).addListener(done -> closed.complete(null));
        connected.completeExceptionally(why == null ? new RuntimeClientException("connect: the client is closed", null) : why);
    }

    /** Says whether it will be run: after the client's end nothing is. */
    private boolean execute(Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Makes a client. Every value is checked when it is given. */
    public static final class Builder {
        private static final Duration SHORTEST_KEEP_ALIVE = Duration.ofSeconds(1);
        private static final Duration LONGEST_KEEP_ALIVE = Duration.ofHours(1);
        private static final Duration LONGEST_WINDOW = Duration.ofDays(1);

        private final RuntimeTarget target;
        private String sessionId;
        private Duration keepAlive = DEFAULT_KEEP_ALIVE;
        private Duration handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT;
        private Duration reconnectWindow = DEFAULT_RECONNECT_WINDOW;
        private Duration closeTimeout = WsSettings.DEFAULT_CLOSE_TIMEOUT;
        private SslContext tls;
        private ConnectionListener listener = ConnectionListener.NONE;
        private Function<EventLoop, ClientTimer> timer = ClientTimer::of;
        private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

        private Builder(RuntimeTarget target) {
            this.target = Objects.requireNonNull(target, "target");
        }

        /**
         * Sets which conversation to go on with.
         *
         * @param id 33 to 256 visible ASCII characters for a deployed runtime, 1 to 256 otherwise; default a random UUID
         * @return this builder
         * @throws IllegalArgumentException if it is none
         */
        public Builder sessionId(String id) {
            sessionId = SessionIds.check(id, target.endpoint().isDeployed());
            return this;
        }

        /**
         * Sets how often a ping is sent. A connection on which nothing has come from one to the next is given up, and made again.
         *
         * @param interval 1 s to 1 h; default {@link #DEFAULT_KEEP_ALIVE}. AgentCore wants a frame every 60 s
         * @return this builder
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder keepAlive(Duration interval) {
            keepAlive = inRange("keep-alive", interval, SHORTEST_KEEP_ALIVE, LONGEST_KEEP_ALIVE);
            return this;
        }

        /**
         * Sets how long the server may take to answer a handshake.
         *
         * @param timeout 1 ms to 10 min; default {@link #DEFAULT_HANDSHAKE_TIMEOUT}
         * @return this builder
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder handshakeTimeout(Duration timeout) {
            handshakeTimeout = new WsSettings(timeout, null).handshakeTimeout();
            return this;
        }

        /**
         * Sets for how long another connection is tried for, from when the last good one was lost.
         *
         * @param window 0, which means never, to 1 day; default {@link #DEFAULT_RECONNECT_WINDOW}
         * @return this builder
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder reconnectWindow(Duration window) {
            reconnectWindow = inRange("reconnect-window", window, Duration.ZERO, LONGEST_WINDOW);
            return this;
        }

        /**
         * Sets how to speak TLS.
         *
         * @param context for {@code wss}, as {@link WsSettings#trusting} makes it; default the JDK's, which trusts what the JDK trusts
         * @return this builder
         */
        public Builder tls(SslContext context) {
            tls = Objects.requireNonNull(context, "tls");
            return this;
        }

        /**
         * Sets who hears how the connection fares.
         *
         * @param hears called on the client's event loop
         * @return this builder
         */
        public Builder listener(ConnectionListener hears) {
            listener = Objects.requireNonNull(hears, "listener");
            return this;
        }

        /** For tests, which may be held up. */
        Builder closeTimeout(Duration timeout) {
            closeTimeout = timeout;
            return this;
        }

        /** For tests, which move time by hand. */
        Builder time(Function<EventLoop, ClientTimer> time, DoubleSupplier randomness) {
            timer = time;
            random = randomness;
            return this;
        }

        /**
         * Makes the client. It does nothing yet, but its thread is there: close it, or connect.
         *
         * @return the client
         */
        public RuntimeClient build() {
            return new RuntimeClient(this);
        }

        private static Duration inRange(String name, Duration value, Duration min, Duration max) {
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
            }
            return value;
        }
    }
}
