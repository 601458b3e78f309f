package org.other.embedding;

import io.bargein.server.PipelineCustomizer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;

/** {@code POST /echo}: a route that takes a body, and so stands before the gate. */
final class EchoRoute implements PipelineCustomizer {

    @Override
    public void accepted(ChannelPipeline pipeline) {
        pipeline.addBefore("gate", "echo", new Handler());
    }

    private static final class Handler extends ChannelInboundHandlerAdapter {
        /** Null between this route's requests. */
        private StringBuilder body;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof HttpRequest request && request.uri().equals("/echo")) {
                body = new StringBuilder();
            } else if (body != null && msg instanceof HttpContent content) {
                body.append(content.content().toString(StandardCharsets.US_ASCII));
                content.release();
                if (content instanceof LastHttpContent) {
                    String text = body.toString();
                    body = null;
                    ctx.writeAndFlush(HelloRoute.response(text));
                }
            } else {
                ctx.fireChannelRead(msg);
            }
        }
    }
}
