package io.bargein.server.transport;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where requests end that no handler before it has taken, and failures that none has dealt with: those close the connection. */
@ChannelHandler.Sharable
final class NotFoundHandler extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(NotFoundHandler.class);

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            Responses.send(ctx.channel(), request, Responses.error(ctx.channel(), HttpResponseStatus.NOT_FOUND,
                    "path: unknown (expected: /ws, /ping or /invocations)"));
        } else {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{}: connection lost", ctx.channel(), cause);
        } else {
            log.error("{}: closing the connection, as a handler failed (expected: handlers that deal with their own failures)", ctx.channel(), cause);
        }
        ctx.close();
    }
}
