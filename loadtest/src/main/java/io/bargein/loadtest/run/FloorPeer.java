package io.bargein.loadtest.run;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * A peer in this very process that answers each prompt at once, and does no more: what is measured against it is the instrument itself, two
 * crossings of the kernel included.
 */
public final class FloorPeer implements AutoCloseable {
    private static final String FIRST = "0 abcdefghijklmnopqrstuv";

    private final EventLoopGroup loops;
    private final Channel socket;

    /**
     * Starts on a free loopback port.
     *
     * @param completes whether answers are whole at once; else each waits to be cut in on
     */
    public FloorPeer(boolean completes) {
        loops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("floor", true), NioIoHandler.newFactory());
        socket = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8_192),
                                new WebSocketServerProtocolHandler("/ws"), new Answers(completes));
                    }
                }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
    }

    /**
     * Returns where it listens.
     *
     * @return the URL
     */
    public URI url() {
        return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) socket.localAddress()).getPort() + "/ws");
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class Answers extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private final boolean completes;
        private boolean running;

        Answers(boolean completes) {
            this.completes = completes;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame prompt) {
            if (running) {
                send(ctx, "{\"type\":\"interrupted\",\"partialResponse\":\"" + FIRST + "\"}");
            }
            send(ctx, "{\"type\":\"chunk\",\"data\":\"" + FIRST + "\"}");
            running = !completes;
            if (completes) {
                send(ctx, "{\"type\":\"complete\",\"fullResponse\":\"" + FIRST + "\"}");
            }
            ctx.flush();
        }

        private static void send(ChannelHandlerContext ctx, String message) {
            ctx.write(new TextWebSocketFrame(ByteBufUtil.writeUtf8(ctx.alloc(), message)), ctx.voidPromise());
        }
    }
}
