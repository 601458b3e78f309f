package io.bargein.server.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One deadline for each request, from its first byte, so that a byte now and then buys nobody time; a long body has as much for
 * each so many bytes of it. And one for the silence between requests. First in the pipeline until the upgrade.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    private enum Phase {
        /** Connected, and not a byte yet. */
        CONNECTED,
        /** A request is coming in. */
        READING,
        /** A whole request has come, and its answer is not whole; that may take its time. */
        ANSWERING,
        /** Between requests. */
        IDLE
    }

    /** How much of a body buys another deadline. */
    private static final int PROGRESS_BYTES = 16 << 10;

    private final HttpSettings settings;
    private Phase phase = Phase.CONNECTED;
    /** How much of the body has come since the deadline was set; negative if no more will help. */
    private int progressBytes;
    /** Whether bytes of the next request came while one was answered. */
    private boolean early;
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
        if (phase == Phase.ANSWERING) {
            early = true;
        } else {
            phase = Phase.READING;
        }
        ctx.fireChannelRead(msg);
    }

    /** A piece of the request's body has come that is wanted. */
    void bodyCame(ChannelHandlerContext ctx, int bytes) {
        if (progressBytes >= 0) {
            progressBytes += bytes;
            if (progressBytes >= PROGRESS_BYTES) {
                progressBytes = 0;
                arm(ctx, settings.requestTimeout());
            }
        }
    }

    /** The request is refused: whatever comes of it buys no more time. */
    void requestRefused() {
        progressBytes = -1;
    }

    /** The request is whole. One that is refused has no answer to come, and its deadline holds until the connection ends. */
    void requestComplete() {
        if (progressBytes < 0) {
            return;
        }
        phase = Phase.ANSWERING;
        progressBytes = 0;
        timer.cancel(false);
    }

    /** The answer is whole. */
    void answered(ChannelHandlerContext ctx) {
        if (phase == Phase.ANSWERING) {
            phase = early ? Phase.READING : Phase.IDLE;
            arm(ctx, early ? settings.requestTimeout() : settings.keepAliveTimeout());
            early = false;
        }
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
