package io.bargein.server.transport;

import io.bargein.protocol.CloseCode;
import io.bargein.server.session.Session;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes a connection in order at its age, before the platform cuts it (contract C70), and one that nobody uses. */
final class Lifetime extends ChannelInboundHandlerAdapter {

    /** How long a turn that runs at the connection's age may go on: 58 min and this stay below the platform's 60. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private static final String AGE = "connection age";

    /** How many looks for idleness fit into its time-out. */
    private static final int LOOKS = 4;

    private final LifetimeSettings settings;
    private final Session session;
    private final Ticker ticker;
    private Future<?> ageTimer;
    private Future<?> idleTimer;
    /** When the client last said something, or a turn was last seen to run. */
    private long usedNanos;

    Lifetime(LifetimeSettings settings, Session session, Ticker ticker) {
        this.settings = settings;
        this.session = session;
        this.ticker = ticker;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        usedNanos = ticker.nanoTime();
        if (!settings.maxAge().isZero()) {
            ageTimer = ctx.executor().schedule(() -> aged(ctx), settings.maxAge().toNanos(), TimeUnit.NANOSECONDS);
        }
        if (!settings.idleTimeout().isZero()) {
            long look = settings.idleTimeout().toNanos() / LOOKS;
            idleTimer = ctx.executor().scheduleAtFixedRate(this::look, look, look, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (Future<?> timer : new Future<?>[] {ageTimer, idleTimer}) {
            if (timer != null) {
                timer.cancel(false);
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof PongWebSocketFrame) && !(msg instanceof CloseWebSocketFrame)) {
            usedNanos = ticker.nanoTime();
        }
        ctx.fireChannelRead(msg);
    }

    private void aged(ChannelHandlerContext ctx) {
        ageTimer = ctx.executor().schedule(() -> session.close(CloseCode.GOING_AWAY, AGE), GRACE.toNanos(), TimeUnit.NANOSECONDS);
        session.drain(AGE);
    }

    private void look() {
        if (session.isBusy()) {
            usedNanos = ticker.nanoTime();
        } else if (ticker.nanoTime() - usedNanos >= settings.idleTimeout().toNanos()) {
            session.close(CloseCode.GOING_AWAY, "idle");
        }
    }
}
