package io.bargein.server.transport;

import io.bargein.server.operations.Health;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/** {@code GET /ping} (contract C48 to C55). */
@ChannelHandler.Sharable
final class PingHandler extends ChannelInboundHandlerAdapter {
    private final Health health;

    PingHandler(Health health) {
        this.health = health;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof HttpRequest request) || !RequestGate.path(request).equals("/ping")) {
            ctx.fireChannelRead(msg);
        } else if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            Health.Status status = health.status();
            // Integer seconds: the platform takes no other form for alive (C52).
            Responses.send(ctx.channel(), request, Responses.json(ctx.channel(), HttpResponseStatus.OK,
                    "{\"status\":\"" + status.word() + "\",\"time_of_last_update\":" + status.sinceEpochSecond() + "}"));
        } else {
            FullHttpResponse refusal = Responses.error(ctx.channel(), HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "method: not allowed (expected: GET or HEAD)");
            refusal.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            Responses.send(ctx.channel(), request, refusal);
        }
    }
}
