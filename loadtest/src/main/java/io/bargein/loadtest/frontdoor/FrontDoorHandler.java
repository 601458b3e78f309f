package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.RuntimeRequest.Operation;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpUtil;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a request comes in: refused here, or handed to what takes it to the container. Confined to its channel's loop. */
final class FrontDoorHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(FrontDoorHandler.class);

    /** What takes a request to the container. */
    interface Relay {

        /** Begins. The request is the relay's only until this returns; the headers are for the container. */
        void start(FullHttpRequest http, HttpHeaders headers);

        /** The client has gone. */
        void clientGone();

        /** The client takes more, or no more. */
        void clientWritable(boolean writable);
    }

    private final Deployment deployment;
    /** Of the request that is being answered; null between two. */
    private Relay relay;

    FrontDoorHandler(Deployment deployment) {
        this.deployment = deployment;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest http) {
        if (relay != null) {
            ctx.close(); // Another before the answer: HTTP allows that, and no client of the platform does it.
            return;
        }
        String requestId = UUID.randomUUID().toString();
        try {
            RuntimeRequest request = RuntimeRequest.of(http);
            String token = deployment.admission().admit(request, deployment.time().now());
            deployment.requireOurs(request);
            String sessionId = HeaderRules.sessionId(request);
            HttpHeaders headers = deployment.headers().forContainer(request, sessionId, requestId, token);
            if (request.operation() == Operation.WS) {
                WsUpgrade.requireUpgrade(http);
            }
            deployment.sessions().enter(sessionId);
            Exchange exchange = new Exchange(ctx, this, deployment, sessionId, requestId, HttpUtil.isKeepAlive(http));
            relay = request.operation() == Operation.WS ? new WsUpgrade(exchange) : new InvocationRelay(exchange);
            relay.start(http, headers);
        } catch (Refusal refusal) {
            String path = http.uri().replaceFirst("\\?.*", ""); // Without the query, which may be a key to the runtime.
            LOG.info("{} {}: {} {}", http.method(), path, refusal.status(), refusal.getMessage().replaceAll("\\p{Cntrl}", "?"));
            refuse(ctx, refusal, requestId, HttpUtil.isKeepAlive(http) && http.decoderResult().isSuccess());
        }
    }

    static void refuse(ChannelHandlerContext ctx, Refusal refusal, String requestId, boolean keepAlive) {
        FullHttpResponse response = refusal.response(requestId);
        HttpUtil.setKeepAlive(response, keepAlive);
        ctx.writeAndFlush(response).addListener((ChannelFutureListener) written -> {
            if (!keepAlive) {
                ctx.close();
            }
        });
    }

    /** The exchange is over: the next request may come. */
    void done() {
        relay = null;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (relay != null) {
            relay.clientWritable(ctx.channel().isWritable());
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (relay != null) {
            relay.clientGone();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == FrontDoor.STOP) {
            ctx.close();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        LOG.debug("client's connection", thrown);
        ctx.close();
    }
}
