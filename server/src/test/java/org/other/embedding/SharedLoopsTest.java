package org.other.embedding;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.BargeinServer;
import io.bargein.server.BargeinServerBuilder;
import io.bargein.server.PipelineCustomizer;
import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.transport.RawPeer;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers that live on the event loops of an application, and beside each other. */
class SharedLoopsTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final String PING = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

    private final List<BargeinServer> servers = new ArrayList<>();
    private final List<EventLoopGroup> groups = new ArrayList<>();

    @AfterEach
    void shutDown() {
        servers.forEach(BargeinServer::close);
        groups.forEach(group -> assertTrue(group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(20, TimeUnit.SECONDS)));
    }

    private <G extends EventLoopGroup> G group(G group) {
        groups.add(group);
        return group;
    }

    private CountedLoops loops(int threads) {
        return group(new CountedLoops(threads, NioIoHandler.newFactory()));
    }

    private BargeinServer start(BargeinServerBuilder builder) throws IOException {
        BargeinServer server = builder.start();
        servers.add(server);
        return server;
    }

    private static BargeinServerBuilder server() {
        return BargeinServer.builder().host("127.0.0.1").port(0).model(new DemoModel());
    }

    static Stream<IoHandlerFactory> transports() {
        return Epoll.isAvailable() ? Stream.of(NioIoHandler.newFactory(), EpollIoHandler.newFactory())
                : Stream.of(NioIoHandler.newFactory());
    }

    @ParameterizedTest
    @MethodSource("transports")
    void letsTwoServersShareTheLoopsAndEndOneByOne(IoHandlerFactory transport) throws Exception {
        CountedLoops loops = group(new CountedLoops(2, transport));
        BargeinServer one = start(server().eventLoopGroup(loops).pipeline(new HelloRoute()));
        BargeinServer two = start(server().eventLoopGroup(loops));
        assertTrue(exchange(one, HELLO).endsWith("hello 1"));
        assertTrue(exchange(two, HELLO).startsWith("HTTP/1.1 404 "), "that route is the other server's");
        try (RawPeer ofOne = RawPeer.upgraded(one.address()); RawPeer ofTwo = RawPeer.upgraded(two.address())) {
            ofOne.prompt("sim chunks=1000000 delay_ms=1");
            ofTwo.prompt("sim chunks=1000000 delay_ms=1");
            ofOne.readMessage();
            one.close();
            assertEquals(1001, ofOne.readClose().closeCode());
            assertTrue(ofTwo.readMessage().contains("chunk"));
            ofTwo.prompt("sim chunks=1");
            for (String message = ofTwo.readMessage(); !message.contains("\"complete\""); message = ofTwo.readMessage()) {
                assertTrue(message.contains("\"chunk\"") || message.contains("\"interrupted\""), message);
            }
        }
        assertTrue(exchange(two, PING).contains("Healthy"));
        two.close();
        await().atMost(WAIT).untilAsserted(() -> assertEquals(0, loops.channels()));
        assertFalse(loops.isShuttingDown());
    }

    @Test
    void letsTwoServersHaveLoopsOfTheirOwn() throws Exception {
        BargeinServer one = start(server().ioThreads(1).pipeline(new HelloRoute()));
        BargeinServer two = start(server().ioThreads(1).pipeline(new EchoRoute()));
        assertTrue(exchange(one, HELLO).endsWith("hello 1"));
        assertTrue(exchange(two, HELLO).startsWith("HTTP/1.1 404 "));
        one.close();
        assertTrue(exchange(two, PING).contains("Healthy"));
    }

    /** Neither a channel, nor a timer, nor a task: each of them would hold on to what is gone here. */
    @ParameterizedTest
    @MethodSource("transports")
    void leavesNothingOnTheLoopsWhenClosed(IoHandlerFactory transport) throws Exception {
        CountedLoops loops = group(new CountedLoops(2, transport));
        List<WeakReference<?>> ours = serveAndClose(loops);
        await().atMost(WAIT).untilAsserted(() -> assertEquals(0, loops.channels()));
        assertFalse(loops.isShuttingDown());
        await().atMost(WAIT).until(() -> {
            System.gc();
            return ours.stream().allMatch(gone -> gone.get() == null);
        });
    }

    /** In a frame of its own, so that nothing here is held by the test. */
    private static List<WeakReference<?>> serveAndClose(EventLoopGroup loops) throws Exception {
        HelloRoute route = new HelloRoute();
        DemoModel model = new DemoModel();
        List<WeakReference<?>> ours = new ArrayList<>(List.of(new WeakReference<>(route), new WeakReference<>(model)));
        BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(model).eventLoopGroup(loops).pipeline(route)
                .pipeline(new PipelineCustomizer() {
                    @Override
                    public void accepted(ChannelPipeline pipeline) {
                        ours.add(new WeakReference<>(pipeline.channel()));
                    }
                }).start();
        ours.add(new WeakReference<>(server));
        try (RawPeer http = RawPeer.connect(server.address()); RawPeer half = RawPeer.connect(server.address());
                RawPeer idle = RawPeer.upgraded(server.address()); RawPeer running = RawPeer.upgraded(server.address());
                RawPeer invoking = RawPeer.connect(server.address())) {
            http.send(PING);
            http.readResponse();
            half.send("GET /pi");
            running.prompt("sim chunks=1000000 delay_ms=1");
            running.readMessage();
            invoking.send("POST /invocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Length: 42\r\n\r\n"
                    + "{\"prompt\":\"sim chunks=1000000 delay_ms=1\"}");
            invoking.readHead();
            // Nobody answers the closing handshakes: that is cut short.
            server.close();
            assertEquals(1001, idle.readClose().closeCode());
        }
        return ours;
    }

    @Test
    void acceptsOnOneGroupAndServesOnAnother() throws Exception {
        CountedLoops acceptors = loops(1);
        CountedLoops workers = loops(2);
        try (BargeinServer server = server().eventLoopGroup(acceptors, workers).start();
                RawPeer peer = RawPeer.upgraded(server.address())) {
            assertEquals(1, acceptors.channels());
            assertEquals(1, workers.channels());
            peer.prompt("hello");
            assertTrue(peer.readMessage().contains("chunk"));
        }
        await().atMost(WAIT).untilAsserted(() -> assertEquals(0, acceptors.channels() + workers.channels()));
    }

    /** It is closed, and on its way off its loop. */
    @Test
    void waitsForAConnectionThatHasEndedJustBefore() throws Exception {
        CountedLoops acceptors = loops(1);
        CountedLoops workers = loops(1);
        CountDownLatch ended = new CountDownLatch(1);
        BargeinServer server = start(server().eventLoopGroup(acceptors, workers).pipeline(new PipelineCustomizer() {
            @Override
            public void accepted(ChannelPipeline pipeline) {
                pipeline.channel().closeFuture().addListener(closed -> {
                    ended.countDown();
                    SingleThreadEventLoop loop = (SingleThreadEventLoop) pipeline.channel().eventLoop();
                    // Until somebody waits for this loop; for a while, if nobody does.
                    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
                    while (loop.pendingTasks() == 0 && System.nanoTime() - deadline < 0) {
                        Thread.onSpinWait();
                    }
                });
            }
        }));
        RawPeer.upgraded(server.address()).close();
        assertTrue(ended.await(20, TimeUnit.SECONDS));
        server.close();
        assertEquals(0, acceptors.channels() + workers.channels());
    }

    @Test
    void makesItsBuffersWithTheApplicationsAllocator() throws Exception {
        PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);
        try (BargeinServer server = server().allocator(allocator).start()) {
            assertTrue(exchange(server, PING).contains("Healthy"));
            assertTrue(allocator.metric().usedDirectMemory() > 0);
        }
    }

    /** It would wait for itself. */
    @Test
    void refusesToBeWaitedForOnAnEventLoop() throws Exception {
        EventLoopGroup loops = loops(2);
        BargeinServer server = start(server().eventLoopGroup(loops));
        assertEquals("close: called on an event loop (expected: another thread)", failureOn(loops, server::close));
        assertEquals("drain: called on an event loop (expected: another thread)", failureOn(loops, () -> server.drain(WAIT)));
        assertEquals("awaitShutdown: called on an event loop (expected: another thread)", failureOn(loops, server::awaitShutdown));
        assertEquals("start: called on an event loop (expected: another thread)",
                failureOn(loops, () -> start(server().eventLoopGroup(loops))));
        assertTrue(exchange(server, PING).contains("\"Healthy\""), "nothing has happened");
    }

    @Test
    void refusesToBeClosedOnALoopOfItsOwn() throws Exception {
        String[] failure = new String[1];
        BargeinServer[] server = new BargeinServer[1];
        server[0] = start(server().pipeline(new PipelineCustomizer() {
            @Override
            public void accepted(ChannelPipeline pipeline) {
                failure[0] = assertThrows(IllegalStateException.class, server[0]::close).getMessage();
            }
        }));
        assertTrue(exchange(server[0], PING).contains("Healthy"));
        assertEquals("close: called on an event loop (expected: another thread)", failure[0]);
    }

    @Test
    void closesThoughTheApplicationHasShutItsLoopsDownBefore() throws Exception {
        EventLoopGroup loops = loops(1);
        BargeinServer server = start(server().eventLoopGroup(loops));
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
            server.close();
            assertEquals(-1, peer.socket.getInputStream().read());
        }
    }

    @Test
    void refusesLoopsThatAreShutDown() {
        EventLoopGroup loops = loops(1);
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        assertFails("eventLoopGroup: shut down (expected: one that runs)", b -> b.eventLoopGroup(loops));
    }

    @Test
    void refusesLoopsAndChannelsThatDoNotGoTogether() {
        EventLoopGroup nio = loops(1);
        EventLoopGroup local = group(new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory()));
        assertFails("eventLoopGroup: io.netty.channel.MultiThreadIoEventLoopGroup (expected: one of NIO, epoll, kqueue or io_uring; or a"
                + " serverChannel that it drives)", b -> b.eventLoopGroup(local));
        assertFails("serverChannel: io.netty.channel.socket.nio.NioServerSocketChannel (expected: one that both"
                + " org.other.embedding.CountedLoops and io.netty.channel.MultiThreadIoEventLoopGroup drive)",
                b -> b.eventLoopGroup(nio, local));
        assertFails("serverChannel: io.netty.channel.epoll.EpollServerSocketChannel (expected: one that both"
                + " org.other.embedding.CountedLoops and org.other.embedding.CountedLoops drive)",
                b -> b.eventLoopGroup(nio).serverChannel(EpollServerSocketChannel.class));
        assertFails("serverChannel: io.netty.channel.socket.nio.NioServerSocketChannel (expected: none without the event loops that drive"
                + " it; see eventLoopGroup)", b -> b.serverChannel(NioServerSocketChannel.class));
    }

    @Test
    void listensWithAChannelOfTheApplicationsOwn() throws Exception {
        try (BargeinServer server = server().eventLoopGroup(loops(1)).serverChannel(OwnChannel.class).start()) {
            assertTrue(exchange(server, PING).contains("Healthy"));
        }
    }

    @Test
    void saysThatAnUnknownChannelIsNotDrivenByTheLoops() {
        EventLoopGroup local = group(new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory()));
        BargeinServerBuilder builder = server().eventLoopGroup(local).serverChannel(OwnChannel.class);
        String message = assertThrows(IOException.class, builder::start).getMessage();
        assertTrue(message.contains("incompatible event loop type"), message);
    }

    @Test
    void namesWhatIsNull() {
        assertEquals("customizer", assertThrows(NullPointerException.class, () -> server().pipeline(null)).getMessage());
        assertEquals("acceptors", assertThrows(NullPointerException.class, () -> server().eventLoopGroup(null)).getMessage());
        assertEquals("workers", assertThrows(NullPointerException.class, () -> server().eventLoopGroup(loops(1), null)).getMessage());
        assertEquals("serverChannel", assertThrows(NullPointerException.class, () -> server().serverChannel(null)).getMessage());
        assertEquals("allocator", assertThrows(NullPointerException.class, () -> server().allocator(null)).getMessage());
    }

    /** What an application may listen with. */
    public static final class OwnChannel extends NioServerSocketChannel {}

    private static void assertFails(String message, Function<BargeinServerBuilder, BargeinServerBuilder> how) {
        assertEquals(message, assertThrows(IllegalStateException.class, () -> how.apply(server()).start()).getMessage());
    }

    private interface Call {
        void run() throws Exception;
    }

    private static String failureOn(EventLoopGroup loops, Call call) throws InterruptedException {
        Future<?> done = loops.submit(() -> {
            call.run();
            return null;
        });
        assertTrue(done.await(10, TimeUnit.SECONDS), "it waits");
        return ((IllegalStateException) done.cause()).getMessage();
    }

    private static String exchange(BargeinServer server, String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request);
            return peer.readResponse();
        }
    }
}
