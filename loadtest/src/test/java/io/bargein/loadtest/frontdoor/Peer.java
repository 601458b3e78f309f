package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One end of a WebSocket, which does nothing of its own accord: no pong, no close. What comes is told in words: {@code text hello},
 * {@code text… hel} for a fragment with more to come, {@code more lo} for the last, {@code close 1000 bye}, and {@code gone} in the end.
 */
final class Peer extends SimpleChannelInboundHandler<WebSocketFrame> {
    private static final int LONG_BYTES = 1_000;
    private static final long WAIT_SECONDS = 20;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final Channel channel;

    Peer(Channel channel) {
        this.channel = channel;
    }

    Channel channel() {
        return channel;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
        heard.add(inWords(frame));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        heard.add("gone");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        ctx.close(); // A reset; channelInactive tells the rest.
    }

    private static String inWords(WebSocketFrame frame) {
        if (frame instanceof CloseWebSocketFrame close) {
            return "close " + close.statusCode() + " " + close.reasonText();
        }
        String kind = frame instanceof TextWebSocketFrame ? "text" : frame instanceof BinaryWebSocketFrame ? "binary"
                : frame instanceof ContinuationWebSocketFrame ? "more" : frame instanceof PingWebSocketFrame ? "ping" : "pong";
        ByteBuf content = frame.content();
        return kind + (frame.isFinalFragment() ? " " : "… ") + (content.readableBytes() > LONG_BYTES ? content.readableBytes() + " bytes"
                : content.toString(StandardCharsets.UTF_8));
    }

    void hears(String... expected) throws InterruptedException {
        for (String one : expected) {
            assertEquals(one, hearsSomething());
        }
    }

    String hearsSomething() throws InterruptedException {
        String words = heard.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(words, "nothing came");
        return words;
    }

    void hasHeardNoMore() {
        assertNull(heard.peek());
    }

    /** That it is gone, a test need not ask for. */
    void hasHeardNoMoreThanTheEnd() {
        assertTrue(heard.isEmpty() || List.copyOf(heard).equals(List.of("gone")), heard::toString);
    }

    void says(String text) {
        says(new TextWebSocketFrame(text));
    }

    void says(WebSocketFrame frame) {
        channel.writeAndFlush(frame).syncUninterruptibly();
    }

    void closes(int code, String reason) {
        says(new CloseWebSocketFrame(code, reason));
    }

    /** On its loop, as a read that another thread calls off may still take place. */
    void stopsReading() {
        channel.eventLoop().submit(() -> channel.config().setAutoRead(false)).syncUninterruptibly();
    }

    void hangsUp() {
        channel.close().syncUninterruptibly();
    }

    static ByteBuf bytes(int count) {
        return Unpooled.wrappedBuffer("a".repeat(count).getBytes(StandardCharsets.US_ASCII));
    }
}
