package io.bargein.loadtest.frontdoor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Locale;
import java.util.Set;

/** Takes one invocation to the container, and its answer back piece by piece as it comes. Confined to the client's loop, which is also its own. */
final class InvocationRelay extends ChannelInboundHandlerAdapter implements FrontDoorHandler.Relay {
    /** What says something about a connection, not about the answer (RFC 9110, section 7.6.1). */
    private static final Set<String> OF_A_CONNECTION = Set.of("connection", "keep-alive", "proxy-connection", "upgrade", "trailer", "te");

    /** How far the answer has come. */
    private enum Progress {
        /** Nothing of it has come. */
        AWAITED,
        /** Its head has gone to the client. */
        UNDER_WAY,
        /** All of it has, or it was refused. */
        OVER
    }

    private final Exchange exchange;
    private Progress progress = Progress.AWAITED;
    private Channel container;

    InvocationRelay(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void start(FullHttpRequest http, HttpHeaders headers) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/invocations", http.content().retain(),
                headers.set(HttpHeaderNames.HOST, WsUpgrade.CONTAINER_HOST).set(HttpHeaderNames.CONNECTION, "close")
                        .setInt(HttpHeaderNames.CONTENT_LENGTH, http.content().readableBytes()), EmptyHttpHeaders.INSTANCE);
        exchange.deployment().connect(exchange.client().channel().eventLoop(), new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpClientCodec(), InvocationRelay.this);
            }
        }).addListener((ChannelFutureListener) connected -> connected(connected.channel(), connected.isSuccess(), request));
    }

    private void connected(Channel channel, boolean isConnected, FullHttpRequest request) {
        container = channel;
        if (progress == Progress.OVER) {
            request.release(); // The client went meanwhile.
            channel.close();
        } else if (isConnected) {
            channel.writeAndFlush(request);
        } else {
            request.release();
            refuse(Refusal.containerSilent(exchange.deployment().startLimit().toSeconds()));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (progress == Progress.OVER || !message(ctx, message)) {
            ReferenceCountUtil.release(message);
        }
    }

    /** Returns whether the message has gone on, with what it holds. */
    private boolean message(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpResponse response) {
            if (response.status().code() >= 400 || response.decoderResult().isFailure()) {
                refuse(Refusal.containerAnswered(response.status().code()));
            } else if (response.status().code() >= 200) {
                progress = Progress.UNDER_WAY;
                exchange.client().write(head(response), exchange.client().voidPromise());
            }
            return false; // The codec gives the head by itself; what follows a 100 is nothing.
        }
        return progress == Progress.UNDER_WAY && message instanceof HttpContent content && write(ctx, content);
    }

    private boolean write(ChannelHandlerContext ctx, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            cut();
            return false;
        }
        if (content instanceof LastHttpContent) {
            boolean keepAlive = exchange.keepAlive();
            progress = Progress.OVER;
            exchange.end();
            exchange.client().writeAndFlush(content).addListener((ChannelFutureListener) written -> {
                if (!keepAlive) {
                    written.channel().close();
                }
            });
            ctx.close();
        } else {
            exchange.client().write(content, exchange.client().voidPromise());
        }
        return true;
    }

    private HttpResponse head(HttpResponse response) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        response.headers().forEach(header -> {
            if (!OF_A_CONNECTION.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                headers.add(header.getKey(), header.getValue());
            }
        });
        HttpResponse out = new DefaultHttpResponse(HttpVersion.HTTP_1_1, response.status(), headers);
        out.headers().set("x-amzn-RequestId", exchange.requestId())
                .set("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", exchange.sessionId());
        // An answer that ends with its connection has no length; the client's connection may go on.
        if (!HttpUtil.isContentLengthSet(response) && response.status().code() != 204 && response.status().code() != 304) {
            HttpUtil.setTransferEncodingChunked(out, true);
        }
        HttpUtil.setKeepAlive(out, exchange.keepAlive());
        return out;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        exchange.client().flush();
        clientWritable(exchange.client().channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (progress == Progress.AWAITED) {
            refuse(Refusal.containerAnswered(502));
        } else if (progress == Progress.UNDER_WAY) {
            cut();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        ctx.close();
    }

    @Override
    public void clientWritable(boolean writable) {
        if (container != null) {
            container.config().setAutoRead(writable);
        }
    }

    @Override
    public void clientGone() {
        progress = Progress.OVER;
        exchange.end();
        if (container != null) {
            container.close();
        }
    }

    private void refuse(Refusal refusal) {
        progress = Progress.OVER;
        container.close();
        exchange.refuse(refusal);
    }

    /** An answer that broke off looks like one to the client too. */
    private void cut() {
        progress = Progress.OVER;
        exchange.end();
        container.close();
        exchange.client().close();
    }
}
