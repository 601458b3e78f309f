package io.bargein.server.transport;

import io.bargein.server.session.SessionServices;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The listening socket, its connections and their event loops. */
public final class Listener implements AutoCloseable {
    /** How long connections may take over their closing handshake when the server stops: what a drain leaves of the 10 s (C16). */
    private static final long CLOSE_WAIT_MILLIS = 1_000;

    private final EventLoopGroup loops;
    private final ChannelGroup connections;
    private final Channel socket;
    private final Admission admission;
    private final String description;

    private Listener(EventLoopGroup loops, ChannelGroup connections, Channel socket, Admission admission, String description) {
        this.loops = loops;
        this.connections = connections;
        this.socket = socket;
        this.admission = admission;
        this.description = description;
    }

    /**
     * Binds and begins to serve.
     *
     * @param settings where to listen and what to let pass
     * @param framings how messages are framed
     * @param services what all sessions share
     * @param ticker tells the time
     * @return the listener, to be closed
     * @throws IOException if the address cannot be bound, or the transport does not work on this machine
     */
    public static Listener bind(TransportSettings settings, Framings framings, SessionServices services, Ticker ticker) throws IOException {
        TransportKind kind = settings.transport().resolve();
        if (kind.unavailability() != null) {
            throw new IOException("transport: " + kind + " (expected: one that works on this machine): "
                    + kind.unavailability().getMessage(), kind.unavailability());
        }
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                settings.ioThreads(), new DefaultThreadFactory("bargein-io"), kind.ioHandlers());
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ServerPipeline pipeline = new ServerPipeline(settings, framings, services, connections, ticker);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(kind.serverChannel())
                .option(ChannelOption.SO_BACKLOG, settings.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(
                        settings.output().lowWaterBytes(), settings.output().highWaterBytes()))
                .childHandler(pipeline);
        if (kind.unsentBytes() != null && settings.output().unsentBytes() > 0) {
            bootstrap.childOption(kind.unsentBytes(), (long) settings.output().unsentBytes());
        }
        ChannelFuture bound = bootstrap.bind(settings.host(), settings.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("listen: " + settings.host() + ":" + settings.port()
                    + " (expected: a free port of this machine): " + bound.cause().getMessage(), bound.cause());
        }
        return new Listener(loops, connections, bound.channel(), pipeline.admission(),
                bound.channel().localAddress() + " over " + kind + ", " + settings.ioThreads() + " event loops");
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
     * and waits until they and the event loops are gone, 5 s at most.
     */
    @Override
    public void close() {
        admission.drain();
        socket.close().awaitUninterruptibly();
        tell(ServerStopping.NOW);
        connections.newCloseFuture().awaitUninterruptibly(CLOSE_WAIT_MILLIS);
        loops.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly();
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
