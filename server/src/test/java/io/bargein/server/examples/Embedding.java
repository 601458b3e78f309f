package io.bargein.server.examples;

import io.bargein.server.BargeinServer;
import io.bargein.server.PipelineCustomizer;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.SessionListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.elsewhere.CompactFraming;
import org.example.store.FileConversationStore;

/** A server with all that can be brought along. */
final class Embedding {
    private Embedding() {}

    static BargeinServer start(int port, Model model, OrderLookup.Orders orders, Path histories, Duration historyWait,
            AtomicLong interrupted) throws IOException {
        // snippet: start
        BargeinServer server = BargeinServer.builder()
                .port(port)
                .framing(new CompactFraming())
                .model(model)
                .tool(new OrderLookup(orders))
                .conversationStore(new FileConversationStore(histories))
                .historyWait(historyWait)
                .listener(new SessionListener() {
                    @Override
                    public void turnEnded(TurnEnd end) {
                        if (end.outcome() == Outcome.INTERRUPTED) {
                            interrupted.incrementAndGet();
                        }
                    }
                })
                .pipeline(new Greeting())
                .start();
        // end
        return server;
    }

    // snippet: route
    static final class Greeting implements PipelineCustomizer {
        @Override
        public void accepted(ChannelPipeline pipeline) {
            pipeline.addBefore("one-at-a-time", "keep-alive", new HttpServerKeepAliveHandler());   // closes where the client wants that
            pipeline.addBefore("ping", "greeting", new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    if (msg instanceof HttpRequest request && request.uri().equals("/hello")) {
                        ctx.writeAndFlush(response("Hello.\n"));
                    } else {
                        ctx.fireChannelRead(msg);
                    }
                }
            });
        }
    }
    // end

    private static FullHttpResponse response(String text) {
        ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return response;
    }
}
