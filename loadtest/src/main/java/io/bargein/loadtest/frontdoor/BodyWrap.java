package io.bargein.loadtest.frontdoor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;

/** Makes one text message {@code {"body":"<the message>"}}, fragment by fragment: what JSON escapes (RFC 8259, section 7) is single bytes. */
final class BodyWrap {
    private boolean isMidMessage;

    /** Whether the message has begun and not ended. */
    boolean isMidMessage() {
        return isMidMessage;
    }

    /** Returns the frame as it goes on, in place of the one given; a binary message stays as it is. */
    WebSocketFrame wrap(WebSocketFrame frame) {
        boolean begins = frame instanceof TextWebSocketFrame;
        if (!begins && !isMidMessage) {
            return frame;
        }
        isMidMessage = !frame.isFinalFragment();
        ByteBuf in = frame.content();
        ByteBuf out = in.alloc().buffer(in.readableBytes() + 32);
        if (begins) {
            ByteBufUtil.writeAscii(out, "{\"body\":\"");
        }
        while (in.isReadable()) {
            escape(in.readByte(), out);
        }
        if (frame.isFinalFragment()) {
            ByteBufUtil.writeAscii(out, "\"}");
        }
        frame.release();
        return begins ? new TextWebSocketFrame(frame.isFinalFragment(), 0, out) : new ContinuationWebSocketFrame(frame.isFinalFragment(), 0, out);
    }

    private static void escape(byte b, ByteBuf out) {
        if (b == '"' || b == '\\') {
            out.writeByte('\\').writeByte(b);
        } else if (b >= 0 && b < ' ') {
            out.writeCharSequence(String.format("\\u%04x", b), StandardCharsets.US_ASCII);
        } else {
            out.writeByte(b);
        }
    }
}
