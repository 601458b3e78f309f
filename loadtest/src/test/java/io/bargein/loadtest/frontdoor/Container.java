package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** A container behind a front door: tells what arrives, upgrades, and answers invocations as it is told to. */
final class Container implements AutoCloseable {
    private static final long WAIT_SECONDS = 20;
    private static final int MAX_FRAME_BYTES = 1 << 20;

    /** A request as it arrived, the names of its headers as they were written. */
    record Arrival(String what, Map<String, String> headers, String body) {}

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final BlockingQueue<Peer> upgraded = new LinkedBlockingQueue<>();
    /** The socket that listens, and all connections; those that come once it is closed are closed too. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel listener;
    private volatile HttpResponseStatus refusal;
    private volatile BiConsumer<ChannelHandlerContext, FullHttpRequest> invocations =
            (ctx, request) -> answer(ctx, HttpResponseStatus.OK, "{\"echo\": " + request.content().toString(StandardCharsets.UTF_8) + "}");

    Container() {
        listener = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channels.add(channel);
                channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20), new Handler());
            }
        }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        channels.add(listener);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
    }

    /** From now on an upgrade is answered with this. */
    void refusesUpgrades(HttpResponseStatus status) {
        refusal = status;
    }

    void answersInvocations(BiConsumer<ChannelHandlerContext, FullHttpRequest> answer) {
        invocations = answer;
    }

    Arrival arrival() throws InterruptedException {
        Arrival arrival = arrivals.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(arrival, "nothing arrived");
        return arrival;
    }

    boolean sawNothing() {
        return arrivals.isEmpty();
    }

    Peer peer() throws InterruptedException {
        Peer peer = upgraded.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(peer, "nobody upgraded");
        return peer;
    }

    static void answer(ChannelHandlerContext ctx, HttpResponseStatus status, String body) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status,
                Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void close() {
        // Not left to the loops: those end now and then with a connection open that was busy.
        channels.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            Map<String, String> headers = new TreeMap<>();
            if (request.method().equals(HttpMethod.GET)) {
                request.headers().remove(HttpHeaderNames.CONTENT_LENGTH); // The aggregator's own.
            }
            request.headers().forEach(header -> headers.merge(header.getKey(), header.getValue(), (a, b) -> a + "|" + b));
            arrivals.add(new Arrival(request.method() + " " + request.uri(), headers, request.content().toString(StandardCharsets.UTF_8)));
            if (request.uri().equals("/invocations")) {
                invocations.accept(ctx, request);
            } else if (refusal != null) {
                answer(ctx, refusal, "refused");
            } else {
                upgrade(ctx, request);
            }
        }

        private void upgrade(ChannelHandlerContext ctx, FullHttpRequest request) {
            Peer peer = new Peer(ctx.channel());
            new WebSocketServerHandshakerFactory(null, "*", true, MAX_FRAME_BYTES).newHandshaker(request).handshake(ctx.channel(), request);
            ctx.pipeline().replace(this, "peer", peer);
            upgraded.add(peer);
        }
    }
}
