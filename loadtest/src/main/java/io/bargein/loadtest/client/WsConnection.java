package io.bargein.loadtest.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
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
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** One WebSocket connection, on one event loop, on which its listener is called and its methods are to be called. */
public final class WsConnection {
    private static final int MAX_MESSAGE_BYTES = 64 << 20;
    private static final int MAX_REFUSAL_BYTES = 64 << 10;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** AgentCore cuts a connection at a frame of 64 KB, or 32 KB by another page (contract C67, C68): longer messages go in fragments. */
    static final int MAX_FRAME_BYTES = 32_000;

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

        /** A pong has come. */
        default void pong() {}

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
    private final Handler handler;

    private WsConnection(Channel channel, Handler handler) {
        this.channel = channel;
        this.handler = handler;
    }

    /**
     * Connects. The host's name is looked up as the JDK does, on another thread.
     *
     * @param request what the handshake says
     * @param settings how connections are made
     * @param source the local address to connect from; null leaves it to the system
     * @param loop an event loop of NIO's
     * @param listener hears what becomes of it
     * @return ends the attempt, or what came of it, at once; to be run on the event loop
     */
    public static Runnable connect(WsRequest request, WsSettings settings, SocketAddress source, EventLoop loop, Listener listener) {
        Handler handler = new Handler(request, settings, listener);
        String host = request.uri().getHost();
        String peer = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        Channel connecting = new Bootstrap().group(loop).channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .localAddress(source)
                .resolver(HostNames.JDK)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (request.isSecure()) {
                            // The name goes to the server (SNI), and is what its certificate has to be for.
                            channel.pipeline().addLast(settings.tlsOrDefault().newHandler(channel.alloc(), peer, request.port()));
                        }
                        channel.pipeline().addLast(new HttpClientCodec(), new WholeResponse(), handler);
                    }
                })
                .connect(peer, request.port())
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        listener.closed(ABNORMAL, "", connected.cause());
                    }
                }).channel();
        return connecting::close;
    }

    /**
     * Sends a text message, in frames of up to 32,000 bytes.
     *
     * @param text the message
     */
    public void sendText(CharSequence text) {
        ByteBuf payload = ByteBufUtil.writeUtf8(channel.alloc(), text);
        if (payload.readableBytes() <= MAX_FRAME_BYTES) {
            channel.writeAndFlush(new TextWebSocketFrame(payload), channel.voidPromise());
            return;
        }
        channel.write(new TextWebSocketFrame(false, 0, payload.readRetainedSlice(MAX_FRAME_BYTES)), channel.voidPromise());
        while (payload.readableBytes() > MAX_FRAME_BYTES) {
            channel.write(new ContinuationWebSocketFrame(false, 0, payload.readRetainedSlice(MAX_FRAME_BYTES)), channel.voidPromise());
        }
        channel.writeAndFlush(new ContinuationWebSocketFrame(true, 0, payload), channel.voidPromise());
    }

    /** Sends a ping, which keeps what is in between from cutting the connection, and is answered by a pong. */
    public void ping() {
        channel.writeAndFlush(new PingWebSocketFrame(), channel.voidPromise());
    }

    /**
     * Begins the closing handshake; the connection ends when the server ends it (RFC 6455, section 7.1.1), or is cut after the
     * {@link WsSettings#closeTimeout}. What comes until then is still told.
     */
    public void close() {
        handler.close(channel);
    }

    /**
     * Ends the connection at once, without a handshake: the listener hears {@link #ABNORMAL}.
     *
     * @param why what the listener is told as the cause
     */
    public void abort(IOException why) {
        handler.cause = why;
        channel.close();
    }

    /**
     * Starts or stops reading.
     *
     * @param reading false makes it a peer that reads nothing
     */
    public void reading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** The handshake's response. One that is too long to be kept still says by its head why it refuses. */
    private static final class WholeResponse extends HttpObjectAggregator {
        WholeResponse() {
            super(MAX_REFUSAL_BYTES);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) throws IOException {
            // What has come of its body, which is nothing where the length stands in the head.
            ByteBuf body = oversized instanceof FullHttpResponse begun ? begun.content() : Unpooled.EMPTY_BUFFER;
            throw refusal((HttpResponse) oversized, body);
        }
    }

    private static HandshakeException refusal(HttpResponse response, ByteBuf body) {
        return new HandshakeException(response.status().code(), response.headers().get("x-amzn-ErrorType"), body.toString(StandardCharsets.UTF_8));
    }

    /** The handshake first, frames after it. */
    private static final class Handler extends SimpleChannelInboundHandler<Object> {
        private final WsRequest request;
        private final WebSocketClientHandshaker handshaker;
        private final long handshakeMillis;
        private final long closeMillis;
        private final Listener listener;
        private int closeCode = ABNORMAL;
        private String closeReason = "";
        private Throwable cause;
        /** Of the handshake at the beginning, and then of the one at the end. */
        private Future<?> deadline;
        private boolean closeSent;

        Handler(WsRequest request, WsSettings settings, Listener listener) {
            this.request = request;
            this.handshakeMillis = settings.handshakeTimeout().toMillis();
            this.closeMillis = settings.closeTimeout().toMillis();
            this.listener = listener;
            HttpHeaders headers = new DefaultHttpHeaders();
            request.headers().forEach(headers::add);
            if (!request.subprotocols().isEmpty()) {
                // As a header: Netty's own list makes a server's silence about it an error, and AgentCore may be silent.
                headers.add(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, String.join(", ", request.subprotocols()));
            }
            // A client that is no browser has no origin.
            handshaker = WebSocketClientHandshakerFactory.newHandshaker(request.uri(), WebSocketVersion.V13, null, false, headers,
                    MAX_MESSAGE_BYTES, true, false, closeMillis, false, false);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            handshaker.handshake(ctx.channel());
            deadline = ctx.executor().schedule(() -> {
                cause = new IOException("handshake: no answer in " + handshakeMillis + " ms (expected: 101)");
                ctx.close();
            }, handshakeMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object msg) throws IOException {
            if (msg instanceof FullHttpResponse response) {
                deadline.cancel(false);
                upgrade(ctx, response);
            } else if (msg instanceof TextWebSocketFrame text) {
                listener.text(text.content());
            } else if (msg instanceof PingWebSocketFrame ping) {
                ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            } else if (msg instanceof PongWebSocketFrame) {
                listener.pong();
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

        private void upgrade(ChannelHandlerContext ctx, FullHttpResponse response) throws IOException {
            if (response.decoderResult().isFailure()) {
                // Netty makes up a status then.
                throw new IOException("handshake: what is there speaks no HTTP that can be read: " + response.decoderResult().cause().getMessage());
            }
            if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                throw refusal(response, response.content());
            }
            String chosen = response.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
            if (chosen != null && !request.subprotocols().contains(chosen)) {
                throw new IOException("handshake: subprotocol " + chosen + " (expected: one that was offered, or none; RFC 6455, section 4.1)");
            }
            response.headers().remove(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
            ctx.pipeline().addBefore(ctx.name(), "whole", new WebSocketFrameAggregator(MAX_MESSAGE_BYTES));
            handshaker.finishHandshake(ctx.channel(), response);
            listener.opened(new WsConnection(ctx.channel(), this));
        }

        void close(Channel channel) {
            if (closeSent) {
                return;
            }
            closeSent = true;
            channel.writeAndFlush(new CloseWebSocketFrame(1000, ""), channel.voidPromise());
            // The server ends the connection, so that its port is free at once on this side.
            channel.config().setAutoRead(true);
            deadline = channel.eventLoop().schedule(() -> {
                channel.close();
            }, closeMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            deadline.cancel(false);
            listener.closed(closeCode, closeReason, cause);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
            if (cause == null) {
                cause = thrown instanceof DecoderException && thrown.getCause() != null ? thrown.getCause() : thrown;
            }
            ctx.close();
        }
    }
}
