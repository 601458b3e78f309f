package org.other.embedding;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.BargeinServer;
import io.bargein.server.BargeinServerBuilder;
import io.bargein.server.PipelineCustomizer;
import io.bargein.server.operations.StandardError;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.transport.RawPeer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an application may add to the pipeline, over real sockets. This is a foreign package: all that is used of the server is public. */
class PipelineCustomizerTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final String PING = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

    private final ScriptedModel model = new ScriptedModel();
    private BargeinServer server;

    @AfterEach
    void close() {
        server.close();
    }

    private void serve(PipelineCustomizer... customizers) throws IOException {
        BargeinServerBuilder builder = BargeinServer.builder().host("127.0.0.1").port(0).model(model);
        for (PipelineCustomizer customizer : customizers) {
            builder.pipeline(customizer);
        }
        server = builder.start();
    }

    private static PipelineCustomizer accepted(Consumer<ChannelPipeline> how) {
        return new PipelineCustomizer() {
            @Override
            public void accepted(ChannelPipeline pipeline) {
                how.accept(pipeline);
            }
        };
    }

    private static PipelineCustomizer upgraded(Consumer<ChannelPipeline> how) {
        return new PipelineCustomizer() {
            @Override
            public void upgraded(ChannelPipeline pipeline) {
                how.accept(pipeline);
            }
        };
    }

    @Test
    void servesARouteOfTheApplicationsBesideItsOwnOnOneConnection() throws Exception {
        serve(new HelloRoute());
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(HELLO);
            assertTrue(peer.readResponse().endsWith("hello 1"));
            peer.send(HELLO + PING + HELLO + HELLO + PING + "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(peer.readResponse().endsWith("hello 2"));
            assertTrue(peer.readResponse().contains("\"Healthy\""));
            assertTrue(peer.readResponse().endsWith("hello 3"));
            assertTrue(peer.readResponse().endsWith("hello 4"));
            assertTrue(peer.readResponse().contains("\"Healthy\""));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 404 "));
            peer.send(RawPeer.handshake("/ws", ""));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
            answersOneTurn(peer);
        }
    }

    @Test
    void servesARouteThatTakesABodyBeforeTheGate() throws Exception {
        serve(new EchoRoute(), new HelloRoute());
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n" + HELLO
                    + "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nthree" + PING);
            assertTrue(peer.readResponse().endsWith("one two"));
            assertTrue(peer.readResponse().endsWith("hello 1"));
            assertTrue(peer.readResponse().endsWith("three"));
            assertTrue(peer.readResponse().contains("\"Healthy\""));
        }
    }

    @Test
    void leavesTheEndOfAConnectionToNettysKeepAliveHandler() throws Exception {
        serve(new HelloRoute(), accepted(p -> p.addBefore("one-at-a-time", "keep-alive", new HttpServerKeepAliveHandler())));
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(HELLO + "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertTrue(peer.readResponse().endsWith("hello 1"));
            assertTrue(peer.readResponse().endsWith("hello 2"));
            assertTrue(peer.atEnd());
        }
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            answersOneTurn(peer);
        }
    }

    @Test
    void closesTheConnectionWhoseRouteFailsAndServesTheNext() throws Exception {
        serve(accepted(p -> p.addBefore("ping", "failing", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                throw new IllegalStateException("planted");
            }
        })));
        try (StandardError log = new StandardError(); RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(HELLO);
            assertTrue(peer.atEnd());
            await().atMost(WAIT).until(() -> log.text().contains("(expected: handlers that deal with their own failures)"));
        }
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(PING);
            assertTrue(peer.atEnd());
        }
    }

    @Test
    void compressesTheResponsesOfAllRoutesAndLeavesTheUpgradeAlone() throws Exception {
        serve(new HelloRoute(), accepted(p -> p.addBefore("one-at-a-time", "compress", new HttpContentCompressor())));
        String gzip = "Accept-Encoding: gzip\r\n";
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("GET /hello HTTP/1.1\r\nHost: x\r\n" + gzip + "\r\nGET /ping HTTP/1.1\r\nHost: x\r\n" + gzip + "\r\n" + HELLO);
            assertEquals("hello 1", unzipped(peer));
            assertTrue(unzipped(peer).contains("\"Healthy\""));
            assertTrue(peer.readResponse().endsWith("hello 2"), "this one has not asked for it");
            peer.send(RawPeer.handshake("/ws", gzip));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
            answersOneTurn(peer);
        }
    }

    /** A chunk is read at once that the server has written, not when the compressor has enough. */
    @Test
    void compressesAStreamOfEventsPieceByPiece() throws Exception {
        serve(accepted(p -> p.addBefore("one-at-a-time", "compress", new HttpContentCompressor())));
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /invocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n"
                    + "Content-Length: 16\r\n\r\n{\"prompt\":\"one\"}");
            await().atMost(WAIT).until(() -> model.started() == 1);
            model.last().emits("Once");
            assertTrue(peer.readHead().contains("content-encoding: gzip"));
            peer.readChunkBytes();
            model.last().ends();
            while (peer.readChunkBytes() != null) {
                // The rest is that of a stream that ends.
            }
        }
    }

    @Test
    void keepsFramingBelowWebSocketAndTakesWhatSpeaksHttpAwayAtTheUpgrade() throws Exception {
        CountedBytes counted = new CountedBytes();
        List<String> names = new CopyOnWriteArrayList<>();
        serve(accepted(p -> p.addFirst("counted", counted)), new HelloRoute(), upgraded(p -> names.addAll(p.names())));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            await().atMost(WAIT).until(() -> names.contains("session"));
            assertEquals(List.of("counted", "http", "liveness", "frame-decoder", "utf8", "lifetime", "control", "whole", "session"),
                    names.subList(0, names.size() - 1));
            int in = counted.in.get();
            int out = counted.out.get();
            byte[] ping = RawPeer.frame(0x89, "are you there?".getBytes(StandardCharsets.US_ASCII));
            peer.send(ping);
            RawPeer.Frame pong = peer.readFrame();
            assertEquals(in + ping.length, counted.in.get());
            assertEquals(out + 2 + pong.payload().length, counted.out.get());
        }
    }

    @Test
    void seesWholeMessagesThatCameTogetherWithTheHandshake() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        serve(upgraded(p -> p.addBefore("session", "seen", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                seen.add(((TextWebSocketFrame) msg).text());
                ctx.fireChannelRead(msg);
            }
        })));
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(RawPeer.join(RawPeer.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII),
                    RawPeer.frame(0x01, "{\"inputText\":".getBytes(StandardCharsets.US_ASCII)),
                    RawPeer.frame(0x80, "\"one\"}".getBytes(StandardCharsets.US_ASCII))));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
            await().atMost(WAIT).until(() -> model.started() == 1);
            assertEquals(List.of("{\"inputText\":\"one\"}"), seen);
        }
    }

    @Test
    void closesTheConnectionWhoseCustomizerThrowsAndServesTheNext() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        serve(accepted(p -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalArgumentException("planted");
            }
        }));
        assertLogged(() -> assertTrue(ended(RawPeer.connect(server.address()))),
                "closing the connection, as pipeline customizer org.other.embedding.PipelineCustomizerTest$",
                "IllegalArgumentException: planted");
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            answersOneTurn(peer);
        }
    }

    @Test
    void closesTheConnectionWhoseCustomizerThrowsAtTheUpgradeAndServesTheNext() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        serve(upgraded(p -> {
            if (calls.incrementAndGet() == 1) {
                throw new AssertionError("planted");
            }
        }));
        assertLogged(() -> {
            try (RawPeer peer = RawPeer.connect(server.address())) {
                peer.send(RawPeer.join(RawPeer.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII),
                        RawPeer.frame(0x81, "{\"inputText\":\"one\"}".getBytes(StandardCharsets.US_ASCII))));
                assertTrue(peer.readHead().startsWith("HTTP/1.1 101 "));
                assertTrue(peer.atEnd());
            }
        }, "AssertionError: planted");
        assertEquals(0, model.started(), "a prompt of a connection that is being closed");
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            answersOneTurn(peer);
        }
    }

    @Test
    void saysWhichHandlerIsMissing() throws Exception {
        assertRefused(accepted(p -> p.remove("gate")), "pipeline: gate is missing (expected: all of [deadline, slow-reader, http, ");
    }

    @Test
    void saysWhichHandlerIsMissingAfterTheUpgrade() throws Exception {
        // And the session knows it.
        assertRefused(upgraded(p -> p.remove("session")), "pipeline: session is missing (expected: all of [liveness, frame-decoder, ",
                "connection ended");
    }

    @Test
    void saysThatANameIsTaken() throws Exception {
        assertRefused(accepted(p -> p.addLast("ping", new ChannelInboundHandlerAdapter())), "Duplicate handler name: ping");
    }

    @Test
    void refusesWebSocketExtensions() throws Exception {
        assertRefused(accepted(p -> p.addBefore("ping", "deflate", new WebSocketServerCompressionHandler(1 << 20))),
                "WebSocketServerCompressionHandler (expected: no WebSocket extensions)");
    }

    @Test
    void refusesAnAggregatorThatTakesTheBodiesOfAllRoutes() throws Exception {
        assertRefused(accepted(p -> p.addBefore("gate", "aggregator", new HttpObjectAggregator(1 << 20))),
                "request: aggregated (expected: in its parts; ");
    }

    /** A handshake ends in a closed connection, and the log says why. */
    private void assertRefused(PipelineCustomizer customizer, String... why) throws Exception {
        serve(customizer);
        assertLogged(() -> {
            RawPeer peer = RawPeer.connect(server.address());
            peer.send(RawPeer.handshake("/ws", ""));
            assertTrue(ended(peer));
        }, Stream.concat(Stream.of("ERROR"), Stream.of(why)).toArray(String[]::new));
    }

    private interface Step {
        void run() throws Exception;
    }

    /** The log may come later than what the client sees. */
    private static void assertLogged(Step step, String... expected) throws Exception {
        try (StandardError log = new StandardError()) {
            step.run();
            for (String part : expected) {
                await().atMost(WAIT).untilAsserted(() -> assertTrue(log.text().contains(part), () -> part + " in " + log.text()));
            }
        }
    }

    /** Whether the connection is closed, in whatever way and after whatever was said. */
    private static boolean ended(RawPeer peer) throws IOException {
        try (peer) {
            peer.readAll();
            return true;
        } catch (SocketException e) {
            return true;
        }
    }

    private void answersOneTurn(RawPeer peer) throws IOException {
        int before = model.started();
        peer.prompt("one");
        await().atMost(WAIT).until(() -> model.started() == before + 1);
        model.last().emits("Yes.");
        model.last().ends();
        assertEquals("{\"type\":\"chunk\",\"data\":\"Yes.\"}", peer.readMessage());
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Yes.\"}", peer.readMessage());
        peer.send(RawPeer.closeFrame(1000));
        assertEquals(1000, peer.readClose().closeCode());
    }

    private static String unzipped(RawPeer peer) throws IOException {
        String head = peer.readHead();
        assertTrue(head.contains("content-encoding: gzip"), head);
        byte[] zipped = peer.readBody(head);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Framing of a kind: it sees each byte, and changes none. */
    @ChannelHandler.Sharable
    private static final class CountedBytes extends ChannelDuplexHandler {
        private final AtomicInteger in = new AtomicInteger();
        private final AtomicInteger out = new AtomicInteger();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            in.addAndGet(((ByteBuf) msg).readableBytes());
            ctx.fireChannelRead(msg);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            out.addAndGet(((ByteBuf) msg).readableBytes());
            ctx.write(msg, promise);
        }
    }
}
