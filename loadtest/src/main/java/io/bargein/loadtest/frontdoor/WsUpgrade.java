package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.Deployment.WsRules;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;

/** Has the container upgrade, and then the client; until then a refusal is still possible. Confined to the client's loop, also its own. */
final class WsUpgrade extends SimpleChannelInboundHandler<FullHttpResponse> implements FrontDoorHandler.Relay {
    /** What a container sees as {@code Host}: some name inside AWS, never the one that was called (C11). */
    static final String CONTAINER_HOST = "runtime.bedrock-agentcore.internal";

    private static final int MAX_REFUSAL_BYTES = 64 << 10;
    /** Violations are answered by the relay, in the platform's words. */
    private static final WebSocketDecoderConfig FROM_CONTAINER = WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(WsRules.MAX_FRAME_BYTES).expectMaskedFrames(false).closeOnProtocolViolation(false).build();
    private static final WebSocketDecoderConfig FROM_CLIENT = FROM_CONTAINER.toBuilder().expectMaskedFrames(true).build();

    private final Exchange exchange;
    private FullHttpRequest request;
    private Handshaker handshaker;
    private Runnable deadline = () -> {};
    private Channel container;
    private boolean isOver;

    WsUpgrade(Exchange exchange) {
        this.exchange = exchange;
    }

    /** The platform's own word for what is no upgrade (RFC 6455, section 4.2.1). */
    static void requireUpgrade(FullHttpRequest http) throws Refusal {
        HttpHeaders headers = http.headers();
        if (!headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || !headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                || !"13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
                || headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY).size() != 1 || http.content().isReadable()) {
            throw Refusal.validation("Not a WebSocket Upgrade Request");
        }
    }

    @Override
    public void start(FullHttpRequest http, HttpHeaders headers) {
        request = new DefaultFullHttpRequest(http.protocolVersion(), http.method(), http.uri(), Unpooled.EMPTY_BUFFER, http.headers(),
                EmptyHttpHeaders.INSTANCE);
        Deployment deployment = exchange.deployment();
        handshaker = new Handshaker(deployment, headers.set(HttpHeaderNames.HOST, CONTAINER_HOST));
        deadline = deployment.time().after(exchange.client().executor(), deployment.startLimit(), this::late);
        deployment.connect(exchange.client().channel().eventLoop(), new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_REFUSAL_BYTES), WsUpgrade.this);
            }
        }).addListener((ChannelFutureListener) connected -> connected(connected.channel(), connected.isSuccess()));
    }

    private void connected(Channel channel, boolean isConnected) {
        container = channel;
        if (isOver) {
            channel.close(); // The client went, or the time is up.
        } else if (isConnected) {
            handshaker.handshake(channel);
        } else {
            late();
        }
    }

    private void late() {
        refuse(Refusal.containerSilent(exchange.deployment().startLimit().toSeconds()));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
        if (isOver) {
            return;
        }
        if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            refuse(Refusal.containerAnswered(response.status().code()));
            return;
        }
        try {
            handshaker.finishHandshake(ctx.channel(), response);
        } catch (WebSocketHandshakeException e) {
            refuse(Refusal.containerAnswered(response.status().code()));
            return;
        }
        over();
        upgradeClient();
    }

    private void upgradeClient() {
        Channel client = exchange.client().channel();
        WsRelay relay = new WsRelay(exchange, client, container);
        relay.begin(); // Its time runs before the client hears of it.
        HttpHeaders headers = new DefaultHttpHeaders().set("x-amzn-RequestId", exchange.requestId())
                .set("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", exchange.sessionId());
        // No subprotocol of the container's passes; the browser's own is answered here (C81).
        new WebSocketServerHandshakerFactory(null, Admission.BROWSER_PROTOCOL, FROM_CLIENT).newHandshaker(request)
                .handshake(client, request, headers, client.newPromise());
        client.pipeline().replace(exchange.door(), "relay", relay.clientSide());
        container.pipeline().replace(this, "relay", relay.containerSide());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        refuse(Refusal.containerAnswered(HttpResponseStatus.BAD_GATEWAY.code()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        refuse(Refusal.containerAnswered(HttpResponseStatus.BAD_GATEWAY.code()));
    }

    @Override
    public void clientGone() {
        over();
        exchange.end();
        closeContainer();
    }

    @Override
    public void clientWritable(boolean writable) {
        // Nothing is being written to it.
    }

    private void refuse(Refusal refusal) {
        if (!isOver) {
            over();
            closeContainer();
            exchange.refuse(refusal);
        }
    }

    private void over() {
        isOver = true;
        deadline.run();
    }

    private void closeContainer() {
        if (container != null) {
            container.close();
        }
    }

    /** The container's side of the handshake: no browser's header, no extension, no subprotocol. */
    private static final class Handshaker extends WebSocketClientHandshaker13 {
        Handshaker(Deployment deployment, HttpHeaders headers) {
            super(deployment.container().resolve("/ws"), WebSocketVersion.V13, null, false, headers, WsRules.MAX_FRAME_BYTES);
        }

        @Override
        protected FullHttpRequest newHandshakeRequest() {
            FullHttpRequest request = super.newHandshakeRequest();
            request.headers().remove(HttpHeaderNames.ORIGIN);
            return request;
        }

        @Override
        protected WebSocketFrameDecoder newWebsocketDecoder() {
            return new WebSocket13FrameDecoder(FROM_CONTAINER);
        }
    }
}
