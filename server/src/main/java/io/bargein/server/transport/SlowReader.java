package io.bargein.server.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes the connection of an HTTP client that takes nothing of the answer that waits for it. After the upgrade {@link Liveness} does. */
final class SlowReader extends ChannelInboundHandlerAdapter {

    /** How many looks at a writer fit into its time-out. */
    private static final int LOOKS = 4;

    private final Duration timeout;
    private Future<?> timer;
    /** Where the writing stood at the last look: which message, and how far in it; and how often that was seen in a row. */
    private Object seenMessage;
    private long seenProgress;
    private int seen;

    SlowReader(Duration timeout) {
        this.timeout = timeout;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            stop();
        } else if (timer == null) {
            seen = 0;
            seenMessage = null;
            look(ctx);
            long look = Math.max(1, timeout.toNanos() / LOOKS);
            timer = ctx.executor().scheduleAtFixedRate(() -> look(ctx), look, look, TimeUnit.NANOSECONDS);
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void look(ChannelHandlerContext ctx) {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        if (buffer == null) {
            return;
        }
        boolean same = buffer.current() == seenMessage && buffer.currentProgress() == seenProgress;
        seenMessage = buffer.current();
        seenProgress = buffer.currentProgress();
        seen = same ? seen + 1 : 0;
        if (seen >= LOOKS) {
            ctx.close();
        }
    }

    private void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
