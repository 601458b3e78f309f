package io.bargein.server.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The event loops that drive the sockets: the server's own, which end with it, or those of the application it lives in, which go on.
 *
 * @param acceptors accept connections
 * @param workers serve them
 * @param serverChannel what listens on them
 * @param kind what that is; null for a channel that is not known here
 * @param own whether they end with the server
 */
record Loops(EventLoopGroup acceptors, EventLoopGroup workers, Class<? extends ServerSocketChannel> serverChannel, TransportKind kind,
        boolean own) {

    static Loops of(TransportSettings settings, Embedding embedding) throws IOException {
        return embedding.acceptors() == null ? own(settings, embedding) : brought(embedding);
    }

    private static Loops own(TransportSettings settings, Embedding embedding) throws IOException {
        if (embedding.serverChannel() != null) {
            throw new IllegalStateException("serverChannel: " + embedding.serverChannel().getName()
                    + " (expected: none without the event loops that drive it; see eventLoopGroup)");
        }
        TransportKind kind = settings.transport().resolve();
        if (kind.unavailability() != null) {
            throw new IOException("transport: " + kind + " (expected: one that works on this machine): "
                    + kind.unavailability().getMessage(), kind.unavailability());
        }
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                settings.ioThreads(), new DefaultThreadFactory("bargein-io"), kind.ioHandlers());
        return new Loops(loops, loops, kind.serverChannel(), kind, true);
    }

    private static Loops brought(Embedding embedding) {
        EventLoopGroup acceptors = running(embedding.acceptors());
        EventLoopGroup workers = running(embedding.workers());
        Class<? extends ServerSocketChannel> given = embedding.serverChannel();
        TransportKind kind = given == null ? TransportKind.drivenBy(acceptors) : TransportKind.of(given);
        if (given == null && kind == null) {
            throw new IllegalStateException("eventLoopGroup: " + acceptors.getClass().getName()
                    + " (expected: one of NIO, epoll, kqueue or io_uring; or a serverChannel that it drives)");
        }
        Class<? extends ServerSocketChannel> channel = given == null ? kind.serverChannel() : given;
        if (kind != null && (!kind.isDrivenBy(acceptors) || !kind.isDrivenBy(workers))) {
            throw new IllegalStateException("serverChannel: " + channel.getName() + " (expected: one that both " + acceptors.getClass().getName()
                    + " and " + workers.getClass().getName() + " drive)");
        }
        Loops loops = new Loops(acceptors, workers, channel, kind, false);
        loops.checkCaller("start");
        return loops;
    }

    private static EventLoopGroup running(EventLoopGroup group) {
        if (group.isShuttingDown()) {
            throw new IllegalStateException("eventLoopGroup: shut down (expected: one that runs)");
        }
        return group;
    }

    /** Fails where waiting would be waiting for oneself. */
    void checkCaller(String method) {
        if (isOneOf(acceptors) || isOneOf(workers)) {
            throw new IllegalStateException(method + ": called on an event loop (expected: another thread)");
        }
    }

    private static boolean isOneOf(EventLoopGroup group) {
        for (EventExecutor loop : group) {
            if (loop.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Ends them if they are the server's own. If not, waits until those that were in use have let go of their channels.
     *
     * @param used those that had channels, which are closed
     */
    void release(Collection<? extends EventExecutor> used) {
        if (own) {
            // Longer than that only where a callback blocks one of them.
            workers.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly(4, TimeUnit.SECONDS);
            return;
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        // A channel is closed before the task is posted that takes it off its loop, and that task is posted by another if it was closed in the
        // middle of a flush: each is there once a task of ours has run.
        for (int i = 0; i < 3; i++) {
            settle(used, deadline);
        }
    }

    /** Waits until each has run what was handed to it before. */
    private static void settle(Collection<? extends EventExecutor> used, long deadline) {
        for (Future<?> settled : used.stream().map(Loops::mark).toList()) {
            settled.awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    private static Future<?> mark(EventExecutor loop) {
        try {
            return loop.submit(() -> {});
        } catch (RejectedExecutionException e) {
            // It was shut down before the server was closed, and nothing is left on it.
            return loop.newSucceededFuture(null);
        }
    }

    @Override
    public String toString() {
        return kind == null ? serverChannel.getSimpleName() : kind.toString();
    }
}
