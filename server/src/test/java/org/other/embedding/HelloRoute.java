package org.other.embedding;

import io.bargein.server.PipelineCustomizer;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** {@code GET /hello}, as an application would add it. */
final class HelloRoute implements PipelineCustomizer {

    @Override
    public void accepted(ChannelPipeline pipeline) {
        pipeline.addBefore("ping", "hello", new Handler());
    }

    static FullHttpResponse response(String text) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
                Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        return response;
    }

    private static final class Handler extends ChannelInboundHandlerAdapter {
        private int answered;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof HttpRequest request && request.uri().equals("/hello")) {
                // Later, as an application might: the requests behind it have to wait.
                ctx.executor().execute(() -> ctx.writeAndFlush(response("hello " + ++answered)));
            } else {
                ctx.fireChannelRead(msg);
            }
        }
    }
}
