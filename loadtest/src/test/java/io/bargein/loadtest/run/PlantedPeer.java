package io.bargein.loadtest.run;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** A peer that does one thing wrong, once, on each connection. */
final class PlantedPeer implements AutoCloseable {

    /** What it does wrong. */
    enum Fault {
        WRONG_PARTIAL,
        TWO_TERMINALS,
        /** From then on it says nothing. */
        NO_TERMINAL,
        STALE_CHUNK,
        STALE_FIRST_CHUNK,
        CLOSE,
        CUT,
        ERROR,
        NO_JSON,
        /** Nothing. */
        NONE
    }

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    /** The socket that listens, and all connections; those that come once it is closed are closed too. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel socket;

    /** @param prompt which of a connection's prompts it happens at, from 1 */
    PlantedPeer(Fault fault, int prompt) {
        socket = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channels.add(channel);
                channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8_192),
                        new WebSocketServerProtocolHandler("/ws"), new Answers(fault, prompt));
            }
        }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        channels.add(socket);
    }

    URI url() {
        return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) socket.localAddress()).getPort() + "/ws");
    }

    /** Its whole loop stands still for a second, prompts unread; returns once that is over. */
    void standStill() throws InterruptedException {
        loops.submit(() -> {
            TimeUnit.SECONDS.sleep(1); // Standing still is what it is for.
            return null;
        }).sync();
    }

    @Override
    public void close() {
        // Not left to the loops: those end now and then with a connection open that was busy.
        channels.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Answers each prompt with one chunk of 16 bytes, and cuts the answer before it short. */
    private static final class Answers extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private static final String TEXT = "0 abcdefghijklmn";

        private final Fault fault;
        private final int when;
        private int prompts;

        Answers(Fault fault, int when) {
            this.fault = fault;
            this.when = when;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame prompt) {
            prompts++;
            if (fault == Fault.NO_TERMINAL && prompts >= when) {
                return;
            }
            if (prompts != when) {
                interrupted(ctx, prompts > 1 ? TEXT : null);
                chunk(ctx, TEXT);
            } else {
                misbehave(ctx);
            }
            ctx.flush();
        }

        private void misbehave(ChannelHandlerContext ctx) {
            switch (fault) {
                case WRONG_PARTIAL -> {
                    interrupted(ctx, "1 abcdefghijklmn");
                    chunk(ctx, TEXT);
                }
                case TWO_TERMINALS -> {
                    interrupted(ctx, TEXT);
                    interrupted(ctx, "");
                    interrupted(ctx, "");
                    chunk(ctx, TEXT);
                }
                case STALE_CHUNK -> {
                    interrupted(ctx, TEXT);
                    chunk(ctx, TEXT);
                    chunk(ctx, "7 abcdefghijklmn");
                }
                case STALE_FIRST_CHUNK -> {
                    interrupted(ctx, TEXT);
                    chunk(ctx, "7 abcdefghijklmn");
                }
                case CLOSE -> ctx.write(new CloseWebSocketFrame(1011, "planted"));
                case CUT -> ctx.pipeline().firstContext().close(); // Past the handler that would say goodbye.
                case ERROR -> {
                    send(ctx, "{\"error\":\"planted\"}");
                    chunk(ctx, TEXT);
                }
                default -> send(ctx, "planted");
            }
        }

        private static void interrupted(ChannelHandlerContext ctx, String partial) {
            if (partial != null) {
                send(ctx, "{\"type\":\"interrupted\",\"partialResponse\":\"" + partial + "\"}");
            }
        }

        private static void chunk(ChannelHandlerContext ctx, String text) {
            send(ctx, "{\"type\":\"chunk\",\"data\":\"" + text + "\"}");
        }

        private static void send(ChannelHandlerContext ctx, String message) {
            ctx.write(new TextWebSocketFrame(message));
        }
    }
}
