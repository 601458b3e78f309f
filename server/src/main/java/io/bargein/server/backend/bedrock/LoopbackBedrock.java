package io.bargein.server.backend.bedrock;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/**
 * Answers each request, whatever it says, with the same short answer in Bedrock's own encoding: what the SDK marshals, sends, receives
 * and decodes in a rehearsal is what it will for a client, without anything leaving the machine.
 */
final class LoopbackBedrock implements AutoCloseable {

    /** Nobody looks at them. */
    static final AwsCredentialsProvider ANY_CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("REHEARSAL", "not a secret"));

    private static final int MAX_BODY_BYTES = 4 << 20;
    private static final int BURSTS = 24;
    private static final int DELTAS_A_BURST = 8;
    private static final int BURST_MILLIS = 1;

    private static final ByteBuf START = event("messageStart", "{\"role\":\"assistant\"}");
    private static final ByteBuf DELTA =
            event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"a piece of an answer, \"}}");
    private static final ByteBuf END = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
            event("contentBlockStop", "{\"contentBlockIndex\":0}"), event("messageStop", "{\"stopReason\":\"end_turn\"}"),
            event("metadata", "{\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2},\"metrics\":{\"latencyMs\":1}}")));

    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("bargein-rehearsal", true), NioIoHandler.newFactory());
    private final Channel socket;

    LoopbackBedrock(BedrockModel.HttpVersion version) throws IOException {
        ChannelFuture bound = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (version == BedrockModel.HttpVersion.HTTP_1_1) {
                            channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY_BYTES), new Responder());
                        } else {
                            channel.pipeline().addLast(Http2FrameCodecBuilder.forServer().decoderEnforceMaxRstFramesPerWindow(0, 0).build(),
                                    new Http2MultiplexHandler(new StreamInitializer()));
                        }
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("loopback: " + bound.cause().getMessage(), bound.cause());
        }
        socket = bound.channel();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) socket.localAddress()).getPort());
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class StreamInitializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), new HttpObjectAggregator(MAX_BODY_BYTES), new Responder());
        }
    }

    private static final class Responder extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/vnd.amazon.eventstream");
            if (!(ctx.pipeline().first() instanceof Http2StreamFrameToHttpObjectCodec)) {
                HttpUtil.setTransferEncodingChunked(response, true);
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            }
            ctx.write(response);
            ctx.writeAndFlush(new DefaultHttpContent(START.duplicate()));
            burst(ctx, BURSTS);
        }

        private static void burst(ChannelHandlerContext ctx, int left) {
            if (!ctx.channel().isActive()) {
                return;
            }
            for (int i = 0; i < DELTAS_A_BURST; i++) {
                ctx.write(new DefaultHttpContent(DELTA.duplicate()));
            }
            ctx.flush();
            if (left > 1) {
                ctx.executor().schedule(() -> burst(ctx, left - 1), BURST_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                ctx.write(new DefaultHttpContent(END.duplicate()));
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static ByteBuf event(String type, String payload) {
        Map<String, HeaderValue> headers = new LinkedHashMap<>();
        headers.put(":event-type", HeaderValue.fromString(type));
        headers.put(":content-type", HeaderValue.fromString("application/json"));
        headers.put(":message-type", HeaderValue.fromString("event"));
        return Unpooled.unreleasableBuffer(
                Unpooled.wrappedBuffer(new Message(headers, payload.getBytes(StandardCharsets.UTF_8)).toByteBuffer()));
    }
}
