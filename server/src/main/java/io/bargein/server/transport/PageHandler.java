package io.bargein.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The chat page at {@code /}: one file, which asks for nothing but the WebSocket beside it, and is told so by its policy. */
@ChannelHandler.Sharable
final class PageHandler extends ChannelInboundHandlerAdapter {
    private static final String FILE = "chat.html";
    private static final String POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Read when it is first asked for: the server is not to be ready later for a page that nobody looks at. */
    private static final class Page {
        static final ByteBuf BYTES = read();

        private static ByteBuf read() {
            try (InputStream in = PageHandler.class.getResourceAsStream(FILE)) {
                // Never released: it lives as long as the process.
                return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(in.readAllBytes()).asReadOnly());
            } catch (IOException e) {
                throw new UncheckedIOException(FILE, e);
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof HttpRequest request) || !RequestGate.path(request).equals("/")) {
            ctx.fireChannelRead(msg);
        } else if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            Responses.send(ctx.channel(), request, answer());
        } else {
            Responses.send(ctx.channel(), request, Responses.notAllowed(ctx.channel(), "GET", "HEAD"));
        }
    }

    private FullHttpResponse answer() {
        ByteBuf page = Page.BYTES.duplicate();
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, page);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, page.readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY)
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer");
        return response;
    }
}
