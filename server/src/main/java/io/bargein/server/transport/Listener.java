package io.bargein.server.transport;

import io.bargein.server.session.SessionServices;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The listening socket, its connections and their event loops. */
public final class Listener implements AutoCloseable {
    /** How long connections may take over their closing handshake when the server stops: what a drain leaves of the 10 s (C16). */
    private static final long CLOSE_WAIT_MILLIS = 1_000;

    private final Loops loops;
    private final ChannelGroup connections;
    private final Channel socket;
    /** The loops that have had connections. */
    private final Set<EventLoop> used;
    private final Admission admission;
    private final String description;

    private Listener(Loops loops, ChannelGroup connections, Channel socket, ServerPipeline pipeline, String description) {
        this.loops = loops;
        this.connections = connections;
        this.socket = socket;
        this.used = pipeline.used();
        this.admission = pipeline.admission();
        this.description = description;
    }

    /**
     * Binds and begins to serve, on event loops of its own.
     *
     * @param settings where to listen and what to let pass
     * @param services what all sessions share
     * @param ticker tells the time
     * @return the listener, to be closed
     * @throws IOException if the address cannot be bound, or the transport does not work on this machine
     */
    public static Listener bind(TransportSettings settings, SessionServices services, Ticker ticker) throws IOException {
        return bind(settings, Embedding.NONE, null, services, ticker);
    }

    /**
     * Binds and begins to serve.
     *
     * @param settings where to listen and what to let pass
     * @param embedding what the application brings along that this is to live in
     * @param watch watches the event loops; null if nothing does
     * @param services what all sessions share
     * @param ticker tells the time
     * @return the listener, to be closed
     * @throws IOException if the address cannot be bound, or the transport does not work on this machine
     * @throws IllegalStateException if what is brought along does not go together, or this is one of its event loops
     */
    public static Listener bind(TransportSettings settings, Embedding embedding, LoopWatch watch, SessionServices services, Ticker ticker)
            throws IOException {
        Loops loops = Loops.of(settings, embedding);
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ServerPipeline pipeline = new ServerPipeline(settings, embedding, watch, services, connections, ticker);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.acceptors(), loops.workers())
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_BACKLOG, settings.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(
                        settings.output().lowWaterBytes(), settings.output().highWaterBytes()))
                .childHandler(pipeline);
        if (loops.kind() != null && loops.kind().unsentBytes() != null && settings.output().unsentBytes() > 0) {
            bootstrap.childOption(loops.kind().unsentBytes(), (long) settings.output().unsentBytes());
        }
        if (embedding.allocator() != null) {
            bootstrap.option(ChannelOption.ALLOCATOR, embedding.allocator()).childOption(ChannelOption.ALLOCATOR, embedding.allocator());
        }
        ChannelFuture bound = bootstrap.bind(settings.host(), settings.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.release(List.of());
            throw new IOException("listen: " + settings.host() + ":" + settings.port()
                    + " (expected: a free port of this machine): " + reason(bound.cause()), bound.cause());
        }
        return new Listener(loops, connections, bound.channel(), pipeline, bound.channel().localAddress() + " over " + loops
                + ", " + (loops.own() ? settings.ioThreads() + " event loops" : "the application's event loops"));
    }

    private static String reason(Throwable cause) {
        return cause instanceof UnresolvedAddressException ? "unknown host" : cause.getMessage();
    }

    /**
     * Returns where the server listens.
     *
     * @return the address, with the port that was bound
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.localAddress();
    }

    /**
     * Goes on listening, for pings alone: upgrades are refused with 503, WebSocket connections without a turn are closed with 1001,
     * and the others when their turn has ended (contract C16). Returns at once.
     */
    public void drain() {
        // First this: a connection that the event below does not find is refused.
        admission.drain();
        tell(ServerStopping.SOON);
    }

    /**
     * Stops listening, ends running turns with {@code interrupted}, closes WebSocket connections with 1001 and all others at once,
     * and waits until they and the event loops, if they are its own, are gone, 5 s at most.
     */
    @Override
    public void close() {
        close(CLOSE_WAIT_MILLIS);
    }

    /** @param waitMillis how long connections may take, instead of {@link #CLOSE_WAIT_MILLIS} */
    void close(long waitMillis) {
        admission.drain();
        socket.close().awaitUninterruptibly(waitMillis);
        tell(ServerStopping.NOW);
        connections.newCloseFuture().awaitUninterruptibly(waitMillis);
        // From here on a connection that was accepted just before is closed as soon as it is known.
        connections.close().awaitUninterruptibly(waitMillis);
        Set<EventLoop> all = new HashSet<>(used);
        all.add(socket.eventLoop());
        loops.release(all);
    }

    /**
     * Fails on a thread that may not wait for this listener, as that would be waiting for itself.
     *
     * @param method what was called
     * @throws IllegalStateException if this thread is one of the event loops
     */
    public void checkCaller(String method) {
        loops.checkCaller(method);
    }

    @Override
    public String toString() {
        return description;
    }

    private void tell(ServerStopping event) {
        for (Channel connection : connections) {
            connection.pipeline().fireUserEventTriggered(event);
        }
    }

    /**
     * Waits until the listening socket is closed.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitClosed() throws InterruptedException {
        socket.closeFuture().sync();
    }
}
