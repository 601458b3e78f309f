package io.bargein.server.transport;

import io.bargein.protocol.CloseCode;
import io.bargein.protocol.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Puts fragmented messages together (RFC 6455, section 5.4) and passes whole ones on. How large a message may be, of how many
 * fragments, and how long it may take is limited; the peer sees 1009, 1008 and 1008. Fragments are copied into one buffer, so
 * that a message costs what it weighs, however it is cut up.
 */
final class WholeMessages extends ChannelInboundHandlerAdapter {
    private final Limits limits;
    private final Duration messageTimeout;
    private final Outbox outbox;

    /** The message that is being put together, and its type by its first frame; null between messages. */
    private ByteBuf parts;
    private boolean text;
    private int fragments;
    private Future<?> deadline;

    WholeMessages(Limits limits, Duration messageTimeout, Outbox outbox) {
        this.limits = limits;
        this.messageTimeout = messageTimeout;
        this.outbox = outbox;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof WebSocketFrame frame)) {
            ctx.fireChannelRead(msg);
        } else if (parts == null && frame.isFinalFragment()) {
            ctx.fireChannelRead(frame);
        } else {
            try {
                add(ctx, frame);
            } finally {
                frame.release();
            }
            if (parts != null && frame.isFinalFragment()) {
                ByteBuf whole = parts;
                parts = null;
                deadline.cancel(false);
                ctx.fireChannelRead(text ? new TextWebSocketFrame(true, 0, whole) : new BinaryWebSocketFrame(true, 0, whole));
            }
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        drop();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        drop();
        ctx.fireChannelInactive();
    }

    /** The decoder has made sure that a first frame is a text or binary one, and those behind it are continuations. */
    private void add(ChannelHandlerContext ctx, WebSocketFrame frame) {
        assert (parts != null) == (frame instanceof ContinuationWebSocketFrame) : frame;
        if (parts == null) {
            text = frame instanceof TextWebSocketFrame;
            fragments = 0;
            parts = ctx.alloc().buffer(Math.max(256, frame.content().readableBytes()));
            deadline = ctx.executor().schedule(
                    () -> refuse(CloseCode.POLICY_VIOLATION, "message took over " + messageTimeout.toMillis() + " ms"),
                    messageTimeout.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (++fragments > limits.maxFragments()) {
            refuse(CloseCode.POLICY_VIOLATION, "message of over " + limits.maxFragments() + " fragments");
        } else if (parts.readableBytes() + (long) frame.content().readableBytes() > limits.maxMessageBytes()) {
            refuse(CloseCode.MESSAGE_TOO_BIG, "message of over " + limits.maxMessageBytes() + " bytes");
        } else {
            parts.writeBytes(frame.content());
        }
    }

    private void refuse(int code, String reason) {
        drop();
        outbox.close(code, reason);
    }

    private void drop() {
        if (parts != null) {
            parts.release();
            parts = null;
            deadline.cancel(false);
        }
    }
}
