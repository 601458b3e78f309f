package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls a front door with requests that are written out byte by byte. */
final class Caller implements AutoCloseable {
    private static final long WAIT_SECONDS = 20;
    private static final int MAX_FRAME_BYTES = 1 << 20;

    /** An answer; {@code peer} is there where it was 101. */
    record Answer(int status, HttpHeaders headers, String body, Peer peer) {
        String errorType() {
            return headers.get("x-amzn-ErrorType", "");
        }

        /** Fails unless it is a refusal like this. */
        Answer is(int expectedStatus, String expectedType, String inBody) {
            assertEquals(expectedStatus + " " + expectedType, status + " " + errorType(), body);
            assertEquals(true, body.contains(inBody), body);
            return this;
        }
    }

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    Answer sends(URI door, String lines) throws Exception {
        return begins(door, lines).get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends the lines, each with what ends it on the wire. */
    CompletableFuture<Answer> begins(URI door, String lines) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Channel channel = connect(door, answer);
        String[] parts = lines.split("\n\n", 2);
        String head = parts[0].strip().replace("\n", "\r\n") + "\r\n\r\n";
        channel.writeAndFlush(Unpooled.copiedBuffer(head + (parts.length == 2 ? parts[1] : ""), StandardCharsets.UTF_8));
        return answer;
    }

    private Channel connect(URI door, CompletableFuture<Answer> answer) {
        return new Bootstrap().group(loops).channel(NioSocketChannel.class).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpResponseDecoder(), new HttpObjectAggregator(1 << 20), new Handler(answer));
            }
        }).connect(door.getHost(), door.getPort()).syncUninterruptibly().channel();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Handler extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<Answer> answer;

        Handler(CompletableFuture<Answer> answer) {
            this.answer = answer;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            Peer peer = null;
            if (response.status().code() == 101) {
                peer = new Peer(ctx.channel());
                ctx.pipeline().addLast(new WebSocket13FrameDecoder(false, false, MAX_FRAME_BYTES), new WebSocket13FrameEncoder(true), peer);
                ctx.pipeline().remove(HttpObjectAggregator.class);
                ctx.pipeline().remove(HttpResponseDecoder.class);
            }
            answer.complete(new Answer(response.status().code(), response.headers().copy(),
                    response.content().toString(StandardCharsets.UTF_8), peer));
            if (peer != null) {
                ctx.pipeline().remove(this);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.completeExceptionally(new AssertionError("cut before it was answered"));
            ctx.fireChannelInactive();
        }
    }
}
