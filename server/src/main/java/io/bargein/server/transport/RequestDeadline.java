package io.bargein.server.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One deadline for each request, from its first byte, so that a byte now and then buys nobody time; and one for the silence
 * between requests. First in the pipeline until the upgrade.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    private enum Phase {
        /** Connected, and not a byte yet. */
        CONNECTED,
        /** A request is coming in. */
        READING,
        /** Between requests. */
        IDLE
    }

    private final HttpSettings settings;
    private Phase phase = Phase.CONNECTED;
    private Future<?> timer;

    RequestDeadline(HttpSettings settings) {
        this.settings = settings;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        arm(ctx, settings.requestTimeout());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        timer.cancel(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (phase == Phase.IDLE) {
            arm(ctx, settings.requestTimeout());
        }
        phase = Phase.READING;
        ctx.fireChannelRead(msg);
    }

    /** The request is whole. */
    void requestComplete(ChannelHandlerContext ctx) {
        phase = Phase.IDLE;
        arm(ctx, settings.keepAliveTimeout());
    }

    private void arm(ChannelHandlerContext ctx, Duration timeout) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = ctx.executor().schedule(() -> expired(ctx, timeout), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void expired(ChannelHandlerContext ctx, Duration timeout) {
        if (phase == Phase.READING) {
            Responses.sendAndClose(ctx.channel(), Responses.error(ctx.channel(), HttpResponseStatus.REQUEST_TIMEOUT,
                    "request: incomplete (expected: the whole of it in " + timeout.toMillis() + " ms)"));
        } else {
            ctx.close();
        }
    }
}
