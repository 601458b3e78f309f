package io.bargein.loadtest.standin;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * A short answer that is one JSON document.
 *
 * @param status HTTP's
 * @param errorType as AWS names it in a header; empty if all is well
 * @param json the document
 */
record JsonResponse(HttpResponseStatus status, String errorType, String json) {

    static JsonResponse ok(String json) {
        return new JsonResponse(HttpResponseStatus.OK, "", json);
    }

    static JsonResponse error(HttpResponseStatus status, String type, String message) {
        return new JsonResponse(status, type, "{\"message\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(message)) + "\"}");
    }

    void send(ChannelHandlerContext ctx, HttpRequest request) {
        ByteBuf body = Unpooled.copiedBuffer(json, StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        if (!errorType.isEmpty()) {
            response.headers().set("x-amzn-errortype", errorType);
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        ctx.writeAndFlush(response).addListener((ChannelFutureListener) written -> {
            if (!keepAlive) {
                ctx.close();
            }
        });
    }
}
