package io.bargein.server.transport;

import io.bargein.protocol.CloseCode;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * Pings the peer, and closes the connection of one that gives no sign of life or takes nothing of what waits for it. Any inbound
 * byte and any progress of a write is a sign of life: a slow reader's pong is late.
 */
final class Liveness extends ChannelInboundHandlerAdapter {

    /** How many looks at a stalled writer fit into its time-out. */
    private static final int LOOKS = 4;

    private final LivenessSettings settings;
    private final Outbox outbox;
    private final Ticker ticker;

    private long lastSignNanos;
    /** When the oldest ping was sent that nothing has come after; of the newest, if something has. */
    private long pingedNanos;
    private Future<?> pingTimer;
    private Future<?> pongTimer;
    private Future<?> stallTimer;
    /** Where the writing stood at the last look: which message, and how far in it. */
    private Object seenMessage;
    private long seenProgress;
    /** Since when the channel takes no more and the peer takes nothing. */
    private long stalledSinceNanos;

    Liveness(LivenessSettings settings, Outbox outbox, Ticker ticker) {
        this.settings = settings;
        this.outbox = outbox;
        this.ticker = ticker;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        lastSignNanos = ticker.nanoTime();
        if (!settings.pingInterval().isZero()) {
            long interval = settings.pingInterval().toNanos();
            pingTimer = ctx.executor().scheduleAtFixedRate(() -> ping(ctx), interval, interval, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (Future<?> timer : new Future<?>[] {pingTimer, pongTimer, stallTimer}) {
            if (timer != null) {
                timer.cancel(false);
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        lastSignNanos = ticker.nanoTime();
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            lastSignNanos = ticker.nanoTime();
            if (stallTimer != null) {
                stallTimer.cancel(false);
                stallTimer = null;
            }
        } else if (stallTimer == null) {
            lookForProgress(ctx);
            stalledSinceNanos = ticker.nanoTime();
            long look = Math.max(1, settings.slowReaderTimeout().toNanos() / LOOKS);
            stallTimer = ctx.executor().scheduleAtFixedRate(() -> look(ctx), look, look, TimeUnit.NANOSECONDS);
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void ping(ChannelHandlerContext ctx) {
        lookForProgress(ctx);
        outbox.ping();
        remember(ctx.channel().unsafe().outboundBuffer());
        long now = ticker.nanoTime();
        boolean earlierUnanswered = pongTimer != null && lastSignNanos - pingedNanos < 0;
        if (!earlierUnanswered) {
            pingedNanos = now;
            if (pongTimer != null) {
                pongTimer.cancel(false);
            }
            pongTimer = ctx.executor().schedule(() -> {
                lookForProgress(ctx);
                if (lastSignNanos - now < 0) {
                    outbox.close(CloseCode.POLICY_VIOLATION, "no pong");
                }
            }, settings.pongTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void look(ChannelHandlerContext ctx) {
        lookForProgress(ctx);
        if (ticker.nanoTime() - stalledSinceNanos >= settings.slowReaderTimeout().toNanos()) {
            outbox.close(CloseCode.POLICY_VIOLATION, "slow reader");
        }
    }

    /** Notes whether anything has gone to the peer since the last look. */
    private void lookForProgress(ChannelHandlerContext ctx) {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        if (buffer == null) {
            return;
        }
        if (buffer.current() != seenMessage || buffer.currentProgress() != seenProgress) {
            lastSignNanos = ticker.nanoTime();
            stalledSinceNanos = lastSignNanos;
        }
        remember(buffer);
    }

    private void remember(ChannelOutboundBuffer buffer) {
        if (buffer != null) {
            seenMessage = buffer.current();
            seenProgress = buffer.currentProgress();
        }
    }
}
