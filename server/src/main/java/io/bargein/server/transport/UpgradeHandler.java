package io.bargein.server.transport;

import io.bargein.server.spi.RequestContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/**
 * {@code GET /ws}: the opening handshake (RFC 6455, section 4.2; contract C64), and who may pass it. Every refusal is made here,
 * before anything is upgraded.
 */
@ChannelHandler.Sharable
final class UpgradeHandler extends ChannelInboundHandlerAdapter {

    /** The platform's header for the session id, on the request (contract C35) and, as we add, on the response. */
    static final String SESSION_ID = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";

    private final Admission admission;
    private final Framings framings;
    private final ServerPipeline pipeline;

    UpgradeHandler(Admission admission, Framings framings, ServerPipeline pipeline) {
        this.admission = admission;
        this.framings = framings;
        this.pipeline = pipeline;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof HttpRequest request) || !RequestGate.path(request).equals("/ws")) {
            ctx.fireChannelRead(msg);
            return;
        }
        FullHttpResponse refusal = refusal(ctx, request);
        if (refusal != null) {
            if (refusal.status().equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
                Responses.sendAndClose(ctx.channel(), refusal);
            } else {
                Responses.send(ctx.channel(), request, refusal);
            }
            return;
        }
        ctx.channel().closeFuture().addListener(closed -> admission.leave());
        upgrade(ctx, request);
    }

    /** What is wrong with the request, or null; then a place has been taken for it. */
    private FullHttpResponse refusal(ChannelHandlerContext ctx, HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!request.method().equals(HttpMethod.GET)) {
            return Responses.notAllowed(ctx.channel(), "GET");
        }
        if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
            return upgradeRequired(ctx, "upgrade: missing (expected: a WebSocket handshake)");
        }
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return error(ctx, HttpResponseStatus.BAD_REQUEST, "version: too old to upgrade (expected: HTTP/1.1)");
        }
        if (RequestGate.hasBody(request)) {
            return error(ctx, HttpResponseStatus.BAD_REQUEST, "body: present (expected: none in a handshake)");
        }
        if (!headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION).equals(List.of("13"))) {
            return upgradeRequired(ctx, "Sec-WebSocket-Version: unsupported (expected: exactly one, 13)");
        }
        if (!keyIsValid(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
            return error(ctx, HttpResponseStatus.BAD_REQUEST,
                    "Sec-WebSocket-Key: invalid (expected: exactly one, 16 bytes in base64)");
        }
        if (!RequestContexts.sessionIdIsValid(headers)) {
            return error(ctx, HttpResponseStatus.BAD_REQUEST, RequestContexts.SESSION_ID_ERROR);
        }
        String notNow = admission.enter();
        if (notNow != null) {
            FullHttpResponse refusal = error(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, notNow);
            refusal.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
            return refusal;
        }
        return null;
    }

    private void upgrade(ChannelHandlerContext ctx, HttpRequest request) {
        RequestContext context = RequestContexts.read(RequestContext.Kind.WS, request.headers());
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, accept(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY)))
                .set(SESSION_ID, context.sessionId());
        String subprotocol = framings.subprotocol(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL));
        if (subprotocol != null) {
            response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        ctx.channel().writeAndFlush(response);
        pipeline.upgraded(ctx.channel(), context, subprotocol);
    }

    /** RFC 6455, section 4.2.2, item 5.4. */
    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            byte[] digest = sha1.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-1: missing (expected: in every Java platform)", e);
        }
    }

    private static boolean keyIsValid(List<String> keys) {
        if (keys.size() != 1 || keys.get(0).length() != 24) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(keys.get(0)).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static FullHttpResponse upgradeRequired(ChannelHandlerContext ctx, String error) {
        FullHttpResponse refusal = error(ctx, HttpResponseStatus.UPGRADE_REQUIRED, error);
        refusal.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
        return refusal;
    }

    private static FullHttpResponse error(ChannelHandlerContext ctx, HttpResponseStatus status, String error) {
        return Responses.error(ctx.channel(), status, error);
    }
}
