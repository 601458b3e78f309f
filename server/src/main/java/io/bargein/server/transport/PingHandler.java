package io.bargein.server.transport;

import io.bargein.server.operations.Health;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/** {@code GET /ping} (contract C48 to C56). Answered while the server drains too, with the truth: what it must not do is fail (C56). */
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
            Responses.send(ctx.channel(), request, answer(ctx.channel(), health.status()));
        } else {
            Responses.send(ctx.channel(), request, Responses.notAllowed(ctx.channel(), "GET", "HEAD"));
        }
    }

    private static FullHttpResponse answer(Channel channel, Health.Report health) {
        if (!health.ready()) {
            // The platform takes its snapshot at the first ping that is not refused (C13, C15).
            FullHttpResponse refusal = Responses.error(channel, HttpResponseStatus.SERVICE_UNAVAILABLE, Admission.WARMING_UP);
            refusal.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
            return refusal;
        }
        // Integer seconds: the platform takes no other form for alive (C52).
        return Responses.json(channel, HttpResponseStatus.OK,
                "{\"status\":\"" + health.says().word() + "\",\"time_of_last_update\":" + health.sinceEpochSecond() + "}");
    }
}
