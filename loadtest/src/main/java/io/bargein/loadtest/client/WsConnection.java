package io.bargein.loadtest.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.URI;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One WebSocket connection, on one event loop, on which its listener is called and its methods are to be called. */
public final class WsConnection {
    private static final int MAX_MESSAGE_BYTES = 64 << 20;
    private static final int MAX_REFUSAL_BYTES = 64 << 10;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    private static final int HANDSHAKE_TIMEOUT_MILLIS = 10_000;
    private static final int CLOSE_TIMEOUT_MILLIS = 5_000;

    /** Stands for a connection that ended without a Close frame. */
    public static final int ABNORMAL = 1006;

    /** Hears what becomes of a connection. */
    public interface Listener {

        /**
         * The handshake is done.
         *
         * @param connection for sending
         */
        void opened(WsConnection connection);

        /**
         * A whole text message has come.
         *
         * @param payload its bytes; only until this returns
         */
        void text(ByteBuf payload);

        /**
         * The connection is gone, or could not be made. Called once, last.
         *
         * @param code the peer's close code, or {@link #ABNORMAL}
         * @param reason the peer's reason; may be empty
         * @param cause what broke it, a {@link HandshakeException} where it was refused; null where nothing did
         */
        void closed(int code, String reason, Throwable cause);
    }

    private final Channel channel;

    private WsConnection(Channel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @param uri {@code ws://host:port/path}
     * @param headers more headers for the handshake
     * @param source the local address to connect from; null leaves it to the system
     * @param loop an event loop of NIO's
     * @param listener hears what becomes of it
     */
    public static void connect(URI uri, Map<String, String> headers, SocketAddress source, EventLoop loop, Listener listener) {
        HttpHeaders custom = new DefaultHttpHeaders();
        headers.forEach(custom::add);
        WebSocketClientHandshaker handshaker = WebSocketClientHandshakerFactory.newHandshaker(
                uri, WebSocketVersion.V13, null, false, custom, MAX_MESSAGE_BYTES);
        new Bootstrap().group(loop).channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .localAddress(source)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_REFUSAL_BYTES),
                                new Handler(handshaker, listener));
                    }
                })
                .connect(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort())
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        listener.closed(ABNORMAL, "", connected.cause());
                    }
                });
    }

    /**
     * Sends a text message.
     *
     * @param text the message
     */
    public void sendText(CharSequence text) {
        channel.writeAndFlush(new TextWebSocketFrame(ByteBufUtil.writeUtf8(channel.alloc(), text)), channel.voidPromise());
    }

    /**
     * Begins the closing handshake; the connection ends when the server ends it (RFC 6455, section 7.1.1), or is cut after 5 s. What comes
     * until then is still told.
     */
    public void close() {
        channel.pipeline().get(Handler.class).close(channel);
    }

    /**
     * Starts or stops reading.
     *
     * @param reading false makes it a peer that reads nothing
     */
    public void reading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** The handshake first, frames after it. */
    private static final class Handler extends SimpleChannelInboundHandler<Object> {
        private final WebSocketClientHandshaker handshaker;
        private final Listener listener;
        private int closeCode = ABNORMAL;
        private String closeReason = "";
        private Throwable cause;
        /** Of the handshake at the beginning, and then of the one at the end. */
        private Future<?> deadline;
        private boolean closeSent;

        Handler(WebSocketClientHandshaker handshaker, Listener listener) {
            this.handshaker = handshaker;
            this.listener = listener;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            handshaker.handshake(ctx.channel());
            deadline = ctx.executor().schedule(() -> {
                cause = new IOException("handshake: no answer in " + HANDSHAKE_TIMEOUT_MILLIS + " ms (expected: 101)");
                ctx.close();
            }, HANDSHAKE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof FullHttpResponse response) {
                deadline.cancel(false);
                if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                    cause = new HandshakeException(response.status().code(), response.content().toString(StandardCharsets.UTF_8));
                    ctx.close();
                    return;
                }
                ctx.pipeline().addBefore(ctx.name(), "whole", new WebSocketFrameAggregator(MAX_MESSAGE_BYTES));
                handshaker.finishHandshake(ctx.channel(), response);
                listener.opened(new WsConnection(ctx.channel()));
            } else if (msg instanceof TextWebSocketFrame text) {
                listener.text(text.content());
            } else if (msg instanceof PingWebSocketFrame ping) {
                ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            } else if (msg instanceof CloseWebSocketFrame close) {
                closeCode = close.statusCode() < 0 ? 1005 : close.statusCode();
                closeReason = close.reasonText();
                if (!closeSent) {
                    close(ctx.channel());
                }
            } else if (!(msg instanceof WebSocketFrame)) {
                cause = new IllegalStateException("unexpected " + msg.getClass().getSimpleName());
                ctx.close();
            }
        }

        void close(Channel channel) {
            closeSent = true;
            channel.writeAndFlush(new CloseWebSocketFrame(1000, ""), channel.voidPromise());
            // The server ends the connection, so that its port is free at once on this side.
            channel.config().setAutoRead(true);
            deadline = channel.eventLoop().schedule(() -> {
                channel.close();
            }, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            deadline.cancel(false);
            listener.closed(closeCode, closeReason, cause);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
            cause = thrown;
            ctx.close();
        }
    }
}
