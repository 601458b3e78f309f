package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.conversation.ScriptedStore;
import io.bargein.server.operations.StandardError;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.ToolResult;
import io.bargein.server.transport.RawPeer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server leaves behind that has all it can have: tools, a store, and loops of an application's. */
class CloseTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Set<Thread> before = Thread.getAllStackTraces().keySet();
    /** What a model heard. */
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    @Test
    void endsEachTurnOnceAndLeavesNoThreadWhateverItWasAt() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, new DefaultThreadFactory("app"), NioIoHandler.newFactory());
        ScriptedModel model = new ScriptedModel();
        ScriptedStore store = new ScriptedStore();
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        BlockingQueue<String> called = new LinkedBlockingQueue<>();
        BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(model).eventLoopGroup(loops).conversationStore(store)
                .tool(new ScriptedTool("clock", call -> {
                    called.add("clock");
                    call.cancelled().toCompletableFuture().join();
                    return CompletableFuture.completedStage(ToolResult.of("noon"));
                })).listener(new SessionListener() {
                    @Override
                    public void turnEnded(TurnEnd end) {
                        ended.add(end.turn().prompt() + " " + end.outcome());
                    }
                }).start();
        try (RawPeer tools = RawPeer.upgraded(server.address()); RawPeer streaming = RawPeer.upgraded(server.address());
                RawPeer idle = RawPeer.upgraded(server.address())) {
            tools.prompt("tools");
            await().atMost(WAIT).until(() -> model.started() == 1);
            model.last().asksFor(new ToolUse("t1", "clock", "{}"));
            model.last().ends();
            assertEquals("clock", called.poll(20, TimeUnit.SECONDS));
            streaming.prompt("streaming");
            await().atMost(WAIT).until(() -> model.started() == 2);
            model.last().emits("Once");
            assertTrue(streaming.readMessage().contains("Once"));

            server.close();
            assertTrue(tools.readMessage().contains("interrupted"));
            assertTrue(streaming.readMessage().contains("interrupted"));
            assertEquals(1001, tools.readClose().closeCode());
            assertEquals(1001, streaming.readClose().closeCode());
            assertEquals(1001, idle.readClose().closeCode());
        }
        assertEquals(Set.of("tools INTERRUPTED", "streaming INTERRUPTED"), new HashSet<>(ended));
        assertEquals(2, ended.size());
        assertLeavesNoThread();
        assertTrue(loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(20, TimeUnit.SECONDS));
    }

    /** A shutdown hook and try-with-resources both close it; and what starts an answer needs the model's connections. */
    @Test
    void closesTheModelOnceAndOnlyWhenItHasStartedWhatItWasAt() throws Exception {
        AtomicBoolean stillInterrupted = new AtomicBoolean();
        BargeinServer server = startingAnAnswer(Duration.ofMinutes(1));
        try (server) {
            Thread closing = new Thread(() -> {
                server.close();
                stillInterrupted.set(Thread.interrupted());
            });
            closing.start();
            awaitUntilItWaits(closing);
            closing.interrupt();
            await().until(() -> !closing.isInterrupted());
            awaitUntilItWaits(closing);
            assertEquals(List.of(), calls);
            released.countDown();
            server.close();
            assertEquals(List.of("started", "closed"), calls, "whoever closes it again waits until it is done");
            closing.join(20_000);
            assertTrue(stillInterrupted.get());
        }
        assertEquals(List.of("started", "closed"), calls);
        assertLeavesNoThread();
    }

    @Test
    void closesTheModelThoughItHangsInAStart() throws Exception {
        BargeinServer server = startingAnAnswer(Duration.ofMillis(100));
        try (server) {
            String log = StandardError.during(server::close);
            assertEquals(List.of("closed"), calls);
            assertTrue(log.contains("model: 1 calls of start or refresh not over 100 ms after the server began to close"), log);
        } finally {
            released.countDown();
        }
        assertLeavesNoThread();
    }

    /** A server whose model is at starting an answer until that is released, for a client that has gone. */
    private BargeinServer startingAnAnswer(Duration lastStarts) throws Exception {
        CountDownLatch starting = new CountDownLatch(1);
        ScriptedModel answers = new ScriptedModel();
        answers.duringStart(() -> {
            starting.countDown();
            waitFor(released);
        });
        BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).lastStarts(lastStarts).model(new Model() {
            @Override
            public Generation start(ModelRequest request, GenerationListener listener) {
                Generation generation = answers.start(request, listener);
                calls.add("started");
                return generation;
            }

            @Override
            public void close() {
                calls.add("closed");
            }
        }).start();
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("one");
            assertTrue(starting.await(20, TimeUnit.SECONDS));
            peer.reset();
        }
        return server;
    }

    /** Until it waits for upstream threads to end. */
    private static void awaitUntilItWaits(Thread thread) {
        await().atMost(Duration.ofSeconds(20)).until(() -> thread.getState() == Thread.State.TIMED_WAITING
                && Arrays.stream(thread.getStackTrace()).anyMatch(frame -> frame.getMethodName().equals("awaitUpstream")));
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesNoThreadWhereAServiceCannotBeMade(@TempDir Path services) throws Exception {
        Path file = services.resolve("META-INF/services/io.bargein.protocol.Framing");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "org.elsewhere.NoSuchFraming\n");
        ClassLoader usual = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {services.toUri().toURL()}, usual)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertThrows(ServiceConfigurationError.class,
                    () -> BargeinServer.builder().host("127.0.0.1").port(0).model(new ScriptedModel()).start());
        } finally {
            Thread.currentThread().setContextClassLoader(usual);
        }
        assertLeavesNoThread();
    }

    private void assertLeavesNoThread() {
        await().atMost(WAIT).untilAsserted(() -> assertEquals(List.of(), Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread)).map(Thread::getName).filter(name -> name.startsWith("bargein")).toList()));
    }
}
