package io.bargein.server.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/** {@code POST /invocations} (contract C20 to C29): who may pass, and the one {@link Invocation} that the connection is at. */
final class InvocationHandler extends ChannelInboundHandlerAdapter {
    static final String PATH = "/invocations";

    private final Invocations shared;
    private final RequestDeadline deadline;

    /** What the connection is at; null if it is at none. */
    private Invocation current;
    /** After a refusal: the rest of the body is dropped until the connection is closed. */
    private boolean refused;

    InvocationHandler(Invocations shared, RequestDeadline deadline) {
        this.shared = shared;
        this.deadline = deadline;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest head && !RequestGate.path(head).equals(PATH)) {
            ctx.fireChannelRead(msg);
        } else if (msg instanceof HttpRequest head) {
            head(ctx, head);
        } else if (msg instanceof HttpContent content) {
            body(ctx, content);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (current != null) {
            current.flush();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (current != null) {
            current.cancel();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ServerStopping.NOW) {
            ctx.fireUserEventTriggered(event);
        } else if (current == null) {
            // Behind the end of the last answer, if that is still on its way.
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            FullHttpResponse refusal = current.stop();
            if (refusal != null) {
                current.cancel();
                refuse(ctx, refusal);
            }
        }
    }

    private void head(ChannelHandlerContext ctx, HttpRequest head) {
        if (!head.method().equals(HttpMethod.POST)) {
            Responses.send(ctx.channel(), head, Responses.notAllowed(ctx.channel(), "POST"));
            return;
        }
        FullHttpResponse refusal = refusal(ctx, head);
        if (refusal != null) {
            refuse(ctx, refusal);
            return;
        }
        current = new Invocation(ctx.channel(), shared, head, () -> current = null);
        if (HttpUtil.is100ContinueExpected(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    /** What is wrong with the request so far, or null; then a place has been taken for it. */
    private FullHttpResponse refusal(ChannelHandlerContext ctx, HttpRequest head) {
        if (!RequestContexts.sessionIdIsValid(head.headers())) {
            return Responses.error(ctx.channel(), HttpResponseStatus.BAD_REQUEST, RequestContexts.SESSION_ID_ERROR);
        }
        if (HttpUtil.getContentLength(head, 0L) > shared.settings().maxInvocationBytes()) {
            return Invocation.tooLarge(ctx.channel(), shared.settings());
        }
        String notNow = shared.admission().enter();
        return notNow == null ? null : Invocation.overloaded(ctx.channel(), notNow);
    }

    private void body(ChannelHandlerContext ctx, HttpContent content) {
        if (refused) {
            ReferenceCountUtil.release(content);
            return;
        }
        FullHttpResponse refusal;
        boolean last = content instanceof LastHttpContent;
        try {
            refusal = current.add(content.content());
        } finally {
            content.release();
        }
        if (refusal != null) {
            current.cancel();
            refuse(ctx, refusal);
        } else if (last) {
            current.bodyComplete();
        }
    }

    private void refuse(ChannelHandlerContext ctx, FullHttpResponse refusal) {
        refused = true;
        deadline.requestRefused();
        Responses.sendAndLinger(ctx.channel(), refusal);
    }
}
