package io.bargein.server.transport;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Lets a connection's requests pass one at a time, each once the one before is answered (RFC 9112, section 9.3.2): what comes
 * sooner waits here. Reading goes on meanwhile, as that is how a client is noticed that hangs up, but only until so much waits.
 */
final class OneAtATime extends ChannelDuplexHandler {
    private static final int MAX_WAITING_BYTES = 64 << 10;
    /** What an object weighs beside its content. */
    private static final int OBJECT_BYTES = 256;

    private final RequestDeadline deadline;
    private final Queue<HttpObject> waiting = new ArrayDeque<>(2);
    private int waitingBytes;
    /** Whether a whole request has passed whose answer is not whole. */
    private boolean answering;

    OneAtATime(RequestDeadline deadline) {
        this.deadline = deadline;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if ((answering || !waiting.isEmpty()) && msg instanceof HttpObject object) {
            waiting.add(object);
            waitingBytes += bytes(object);
            if (waitingBytes > MAX_WAITING_BYTES) {
                ctx.channel().config().setAutoRead(false);
            }
        } else {
            pass(ctx, msg);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        boolean last = msg instanceof LastHttpContent
                && !(msg instanceof HttpResponse response && response.status().codeClass() == HttpStatusClass.INFORMATIONAL);
        ctx.write(msg, promise);
        if (last && answering) {
            answering = false;
            deadline.answered(ctx);
            if (!waiting.isEmpty()) {
                // Posted: whoever writes the end of an answer is not ready for the next request before that.
                ctx.executor().execute(() -> passWaiting(ctx));
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        drop();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        drop();
        ctx.channel().config().setAutoRead(true);
    }

    private void passWaiting(ChannelHandlerContext ctx) {
        while (!answering && !waiting.isEmpty() && ctx.channel().isActive()) {
            HttpObject next = waiting.poll();
            waitingBytes -= bytes(next);
            pass(ctx, next);
        }
        if (waitingBytes <= MAX_WAITING_BYTES) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void pass(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof LastHttpContent) {
            answering = true;
            deadline.requestComplete();
        }
        ctx.fireChannelRead(msg);
    }

    private void drop() {
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        waitingBytes = 0;
    }

    private static int bytes(HttpObject object) {
        return OBJECT_BYTES + (object instanceof HttpContent content ? content.content().readableBytes() : 0);
    }
}
