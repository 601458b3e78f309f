package io.bargein.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/** HTTP responses with a short JSON body. */
final class Responses {
    private Responses() {}

    /**
     * Makes a refusal: {@code {"error":…}}, as the conversation itself reports errors.
     *
     * @param error what was wrong and what was expected; no character that JSON would escape
     */
    static FullHttpResponse error(Channel channel, HttpResponseStatus status, String error) {
        return json(channel, status, "{\"error\":\"" + error + "\"}");
    }

    /** Makes a 405 that names the methods there are. */
    static FullHttpResponse notAllowed(Channel channel, String... methods) {
        FullHttpResponse refusal = error(channel, HttpResponseStatus.METHOD_NOT_ALLOWED,
                "method: not allowed (expected: " + String.join(" or ", methods) + ")");
        refusal.headers().set(HttpHeaderNames.ALLOW, String.join(", ", methods));
        return refusal;
    }

    static FullHttpResponse json(Channel channel, HttpResponseStatus status, String json) {
        ByteBuf body = ByteBufUtil.writeUtf8(channel.alloc(), json);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return response;
    }

    /** Sends a response, and keeps the connection for more where the request allows it. */
    static void send(Channel channel, HttpRequest request, FullHttpResponse response) {
        if (HttpUtil.isKeepAlive(request)) {
            if (!request.protocolVersion().isKeepAliveDefault()) {
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            }
            channel.writeAndFlush(response);
        } else {
            sendAndClose(channel, response);
        }
    }

    /**
     * Refuses a request before all of it has come. The rest has to be dropped until the peer closes, or its deadline does: closing
     * at once could cost it the response (RFC 9112, section 9.6).
     */
    static void sendAndLinger(Channel channel, FullHttpResponse response) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        channel.writeAndFlush(response).addListener((ChannelFutureListener) written -> {
            if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    static void sendAndClose(Channel channel, FullHttpResponse response) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
