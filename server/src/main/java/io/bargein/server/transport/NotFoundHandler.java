package io.bargein.server.transport;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;

/** Where requests end that no handler before it has taken. */
@ChannelHandler.Sharable
final class NotFoundHandler extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            Responses.send(ctx.channel(), request, Responses.error(ctx.channel(), HttpResponseStatus.NOT_FOUND,
                    "path: unknown (expected: /ws, /ping or /invocations)"));
        } else {
            ReferenceCountUtil.release(msg);
        }
    }
}
