package io.bargein.server.transport;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.Toolbox;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/**
 * The server's own pipeline, whole and unchanged, in which one more handler in front of the session sends each message back that would
 * have reached it. All else that comes, and every control frame that leaves, is the product's work.
 */
final class EchoServer implements AutoCloseable {
    private final TransportKind kind = TransportKind.AUTO.resolve();
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("echo-io"), kind.ioHandlers());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel socket;

    EchoServer() {
        ServerPipeline pipeline = new ServerPipeline(TestServer.settings(), new SessionServices(new ScriptedModel(), Toolbox.EMPTY, Runnable::run,
                new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker()), new Health(Clock.systemUTC()),
                SessionSettings.DEFAULT, new SessionListener() {}), connections, Ticker.systemTicker());
        socket = new ServerBootstrap().group(loops).channel(kind.serverChannel()).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(pipeline);
                channel.pipeline().replace("not-found", "not-found", new UntilTheUpgrade());
            }
        }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.localAddress();
    }

    int connections() {
        return connections.size();
    }

    @Override
    public void close() {
        socket.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 3, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Removed by the upgrade when the session is in its place and not a byte behind the handshake has been passed on. */
    private static final class UntilTheUpgrade extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            if (ctx.pipeline().get("session") != null) {
                ctx.pipeline().addBefore("session", "echo", new Echo());
            }
        }
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        private static final int BINARY = 0x2;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            // Laid out by the product too.
            FrameBatch batch = new FrameBatch(ctx.alloc());
            batch.add(msg instanceof TextWebSocketFrame ? FrameBatch.TEXT : BINARY, ((WebSocketFrame) msg).content());
            ctx.channel().writeAndFlush(batch.take(), ctx.voidPromise());
        }
    }
}
