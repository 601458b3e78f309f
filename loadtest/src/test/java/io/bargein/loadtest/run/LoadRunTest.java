package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs against peers whose faults are known, to see that each is found. */
class LoadRunTest {

    @Test
    void measuresAPeerThatDoesAsItShould() throws Exception {
        try (FloorPeer peer = new FloorPeer(false)) {
            LoadResult result = new LoadRun(plan(Plan.Kind.INTERRUPT, peer.url(), 4, 400)).run();
            LoopRecorder all = result.recorder();
            assertTrue(result.passed(), result.report(null));
            assertEquals(all.prompts, all.ownLateness.getTotalCount());
            assertTrue(all.prompts > 200 && all.interrupt.getTotalCount() > 200, result.report(null));
            assertTrue(Math.abs(all.prompts - all.interrupt.getTotalCount()) <= 4, result.report(null));
            assertTrue(result.report(result).contains("verdict     PASS"), result.report(result));
        }
    }

    @Test
    void countsWhatComesInAsFastAsItComes() throws Exception {
        try (FloorPeer peer = new FloorPeer(true)) {
            LoadResult result = new LoadRun(plan(Plan.Kind.THROUGHPUT, peer.url(), 4, 1)).run();
            assertTrue(result.passed(), result.report(null));
            assertTrue(result.recorder().completed > 100 && result.recorder().chunks > 100, result.report(null));
        }
    }

    /** The coordinated-omission test: prompts that were due while the peer stood still are measured from when they were due. */
    @Test
    void showsAPeerThatStandsStillInThePercentiles() throws Exception {
        try (PlantedPeer peer = new PlantedPeer("stall")) {
            LoadResult result = new LoadRun(plan(Plan.Kind.INTERRUPT, peer.url(), 1, 200)).run();
            LoopRecorder all = result.recorder();
            assertTrue(all.interrupt.getMaxValue() >= TimeUnit.MILLISECONDS.toNanos(900), result.report(null));
            long over = all.interrupt.getCountBetweenValues(TimeUnit.MILLISECONDS.toNanos(300), Long.MAX_VALUE / 2);
            assertTrue(over > 80, () -> over + " of " + all.interrupt.getTotalCount() + " prompts saw the stall; about 140 were due in it");
        }
    }

    @ParameterizedTest
    @CsvSource({"wrong partial,partialResponse is not what was sent", "two terminals,a message without a turn", "stale chunk,a stale chunk",
        "close,closed with 1011 planted", "error,planted"})
    void findsWhatIsWrongAndFails(String fault, String example) throws Exception {
        try (PlantedPeer peer = new PlantedPeer(fault)) {
            LoadResult result = new LoadRun(plan(Plan.Kind.INTERRUPT, peer.url(), 1, 100)).run();
            assertFalse(result.passed());
            String report = result.report(null);
            assertTrue(report.contains(example) && report.contains("verdict     FAIL"), report);
        }
    }

    @Test
    void saysWhyItCouldNotConnect() throws IOException {
        IOException refused = assertThrows(IOException.class,
                () -> new LoadRun(plan(Plan.Kind.INTERRUPT, URI.create("ws://127.0.0.1:1/ws"), 2, 10)).run());
        assertTrue(refused.getMessage().startsWith("connect: ws://127.0.0.1:1/ws (expected: a server that upgrades): "), refused.getMessage());
        HttpServer busy = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        busy.createContext("/", exchange -> {
            exchange.sendResponseHeaders(503, 4);
            exchange.getResponseBody().write("full".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        busy.start();
        try {
            IOException notUpgraded = assertThrows(IOException.class, () -> new LoadRun(
                    plan(Plan.Kind.INTERRUPT, URI.create("ws://127.0.0.1:" + busy.getAddress().getPort() + "/ws"), 2, 10)).run());
            assertTrue(notUpgraded.getMessage().endsWith("handshake: 503 (expected: 101): full"), notUpgraded.getMessage());
        } finally {
            busy.stop(0);
        }
    }

    private static Plan plan(Plan.Kind kind, URI url, int connections, double rate) {
        return new Plan(kind, url, connections, rate, false, Duration.ofMillis(300), Duration.ofSeconds(2), "sim chunks=9", 1, 1);
    }

    /** A peer that does one thing wrong, at its fifth prompt. */
    private static final class PlantedPeer implements AutoCloseable {
        private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final Channel socket;

        PlantedPeer(String fault) {
            socket = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8_192),
                            new WebSocketServerProtocolHandler("/ws"), new Answers(fault));
                }
            }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        }

        URI url() {
            return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) socket.localAddress()).getPort() + "/ws");
        }

        @Override
        public void close() {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static final class Answers extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private final String fault;
        private int prompts;

        Answers(String fault) {
            this.fault = fault;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame prompt) throws InterruptedException {
            // The rate is such that the hundredth prompt comes once the warm-up is over.
            boolean now = ++prompts == (fault.equals("stall") ? 100 : 50);
            if (now && fault.equals("stall")) {
                // Standing still is what this peer is for: its whole loop, prompts unread.
                TimeUnit.SECONDS.sleep(1);
            }
            if (now && fault.equals("close")) {
                ctx.writeAndFlush(new CloseWebSocketFrame(1011, "planted"));
                return;
            }
            if (now && fault.equals("error")) {
                send(ctx, "{\"error\":\"planted\"}");
            } else if (prompts > 1) {
                send(ctx, "{\"type\":\"interrupted\",\"partialResponse\":\"" + (now && fault.equals("wrong partial") ? "1 x" : "0 x") + "\"}");
            }
            if (now && fault.equals("two terminals")) {
                send(ctx, "{\"type\":\"interrupted\",\"partialResponse\":\"\"}");
                send(ctx, "{\"type\":\"interrupted\",\"partialResponse\":\"\"}");
            }
            send(ctx, "{\"type\":\"chunk\",\"data\":\"" + (now && fault.equals("stale chunk") ? "7 x" : "0 x") + "\"}");
            ctx.flush();
        }

        private static void send(ChannelHandlerContext ctx, String message) {
            ctx.write(new TextWebSocketFrame(message));
        }
    }
}
