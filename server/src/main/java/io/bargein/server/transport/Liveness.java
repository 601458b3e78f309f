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
    /** Where the write stood when it was last seen to move. */
    private Object stalledMessage;
    private long stalledProgress;
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
            stalledSinceNanos = ticker.nanoTime();
            progressed(ctx);
            long look = Math.max(1, settings.slowReaderTimeout().toNanos() / LOOKS);
            stallTimer = ctx.executor().scheduleAtFixedRate(() -> look(ctx), look, look, TimeUnit.NANOSECONDS);
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void ping(ChannelHandlerContext ctx) {
        long now = ticker.nanoTime();
        outbox.ping();
        boolean earlierUnanswered = pongTimer != null && lastSignNanos - pingedNanos < 0;
        if (!earlierUnanswered) {
            pingedNanos = now;
            pongTimer = ctx.executor().schedule(() -> {
                if (lastSignNanos - now < 0) {
                    outbox.close(CloseCode.POLICY_VIOLATION, "no pong");
                }
            }, settings.pongTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void look(ChannelHandlerContext ctx) {
        long now = ticker.nanoTime();
        if (progressed(ctx)) {
            lastSignNanos = now;
            stalledSinceNanos = now;
        } else if (now - stalledSinceNanos >= settings.slowReaderTimeout().toNanos()) {
            outbox.close(CloseCode.POLICY_VIOLATION, "slow reader");
        }
    }

    /** Whether anything has gone to the peer since the last look. */
    private boolean progressed(ChannelHandlerContext ctx) {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        if (buffer == null) {
            return false;
        }
        Object message = buffer.current();
        long progress = buffer.currentProgress();
        boolean moved = message != stalledMessage || progress != stalledProgress;
        stalledMessage = message;
        stalledProgress = progress;
        return moved;
    }
}
