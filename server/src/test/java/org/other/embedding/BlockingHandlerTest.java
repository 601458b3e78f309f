package org.other.embedding;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.BargeinServer;
import io.bargein.server.PipelineCustomizer;
import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.operations.StandardError;
import io.bargein.server.transport.RawPeer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The whole way: a handler that blocks its event loop is named in the log. */
class BlockingHandlerTest {

    @Test
    void isLoggedWithItsStack() throws Exception {
        CountDownLatch logged = new CountDownLatch(1);
        PipelineCustomizer blocking = new PipelineCustomizer() {
            @Override
            public void accepted(ChannelPipeline pipeline) {
                pipeline.addBefore("ping", "blocking", new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        Blocker.block(new CountDownLatch(1), logged);
                        ctx.fireChannelRead(msg);
                    }
                });
            }
        };
        try (StandardError log = new StandardError();
                BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(new DemoModel()).pipeline(blocking).start();
                RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            // The innermost frames come first, and all of it is not written at once.
            String outer = "org.other.embedding.BlockingHandlerTest$1$1.channelRead(BlockingHandlerTest.java:";
            await().atMost(Duration.ofSeconds(20)).until(() -> log.text().contains(outer));
            logged.countDown();
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            assertEquals(1, log.count("blocked for "), log.text());
            assertTrue(log.text().contains(" ms or more by org.other.embedding.Blocker.block(Blocker.java:"), log.text());
        }
    }
}
