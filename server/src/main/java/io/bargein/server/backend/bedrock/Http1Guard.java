package io.bargein.server.backend.bedrock;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;

/**
 * Breaks an HTTP/1.1 connection on which something comes that is no HTTP. The SDK looks at no decoder result: it takes a body that breaks off
 * so for a whole one and a head for a response with status 999, and gives the connection to the next call, which hears nothing on it, as the
 * decoder drops all that comes.
 *
 * <p>First in the pipeline until the first bytes come; by then the SDK has put its codec there.
 */
final class Http1Guard extends ChannelInboundHandlerAdapter {

    /** A connection of the SDK's, guarded. */
    static Channel guardedChannel() {
        Channel channel = new NioSocketChannel();
        channel.pipeline().addFirst(new Http1Guard());
        return channel;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ChannelHandlerContext codec = ctx.pipeline().context(HttpClientCodec.class);
        if (codec != null) {
            ctx.pipeline().addAfter(codec.name(), null, new DecoderResults());
        }
        ctx.fireChannelRead(msg);
        ctx.pipeline().remove(this);
    }

    private static final class DecoderResults extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof HttpObject http && http.decoderResult().isFailure()) {
                ReferenceCountUtil.release(msg);
                // The SDK fails the call, closes the connection and frees its place.
                ctx.fireExceptionCaught(new IOException("HTTP/1.1: malformed (expected: a response)", http.decoderResult().cause()));
            } else {
                ctx.fireChannelRead(msg);
            }
        }
    }
}
