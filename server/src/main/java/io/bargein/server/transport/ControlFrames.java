package io.bargein.server.transport;

import io.bargein.protocol.CloseCode;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;

/**
 * RFC 6455, section 5.5: answers pings, takes pongs in, and judges what the peer's Close and its mistakes come to. What they come
 * to is sent by the {@link Outbox}. Once the connection is closing, nothing more is passed on.
 */
final class ControlFrames extends ChannelInboundHandlerAdapter {
    private final Outbox outbox;

    ControlFrames(Outbox outbox) {
        this.outbox = outbox;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof PingWebSocketFrame ping && !outbox.isClosing()) {
            outbox.pong(ping.content());
        } else if (msg instanceof CloseWebSocketFrame close) {
            closeReceived(close);
        } else if (msg instanceof PingWebSocketFrame || msg instanceof PongWebSocketFrame || outbox.isClosing()) {
            ReferenceCountUtil.release(msg);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            WebSocketCloseStatus status = corrupted.closeStatus();
            outbox.fail(status.code(), status.reasonText());
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    private void closeReceived(CloseWebSocketFrame close) {
        int code = close.statusCode();
        close.release();
        if (code == -1) {
            outbox.closeReceived(CloseCode.NO_STATUS, "");
        } else if (CloseCode.mayBeReceived(code)) {
            outbox.closeReceived(code, "");
        } else {
            outbox.closeReceived(CloseCode.PROTOCOL_ERROR, "invalid close code");
        }
    }
}
