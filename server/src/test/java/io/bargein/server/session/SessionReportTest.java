package io.bargein.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the end of a turn that was cut in on is told. */
class SessionReportTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final BlockingQueue<SessionListener.TurnEnd> ends = new LinkedBlockingQueue<>();
    private final BlockingQueue<ServerMessage.Metrics> metrics = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> letGo = new CompletableFuture<>();

    /** An application's loop outlives the server: a timer there would hold on to all of it. */
    @Test
    void leavesNoTimerOnTheLoopWhileItWaitsForTheModel() {
        EmbeddedChannel loop = new EmbeddedChannel();
        leave(loop.eventLoop(), NEVER);
        assertEquals(-1, loop.runScheduledPendingTasks());
        assertEquals(List.of(), List.copyOf(ends));

        letGo.complete(null);
        assertNotNull(ends.poll().upstreamAbort());
        assertTrue(metrics.poll().upstreamAbortNanos() >= 0);
        loop.finishAndReleaseAll();
    }

    @Test
    void tellsTheEndOnceTheModelLetsGoThoughTheLoopIsGone() throws Exception {
        DefaultEventLoop loop = new DefaultEventLoop();
        loop.submit(() -> leave(loop, NEVER)).sync();
        shutDown(loop);
        assertEquals(List.of(), List.copyOf(ends));
        letGo.complete(null);
        assertNotNull(ends.remove().upstreamAbort());
        assertEquals(List.of(), List.copyOf(ends));
        assertEquals(List.of(), List.copyOf(metrics), "there is no loop to send it on");
    }

    @Test
    void tellsTheEndOnceThoughTheModelNeverLetsGoAndTheLoopIsGone() throws Exception {
        DefaultEventLoop loop = new DefaultEventLoop();
        shutDown(loop);
        // Gone before the turn is left, so that the limit cannot be over while the loop still runs.
        leave(loop, Duration.ofMillis(5));
        SessionListener.TurnEnd end = ends.poll(20, TimeUnit.SECONDS);
        assertNotNull(end, "not told in 20 s");
        assertNull(end.upstreamAbort());
        letGo.complete(null);
        assertEquals(List.of(), List.copyOf(ends));
    }

    /** Where others wait for it, as all else that a listener hears; the time is kept elsewhere. */
    @Test
    void tellsTheEndOnTheLoopThoughTheModelNeverLetsGo() throws Exception {
        DefaultEventLoop loop = new DefaultEventLoop();
        Thread thread = loop.submit(Thread::currentThread).sync().getNow();
        leave(loop, Duration.ofMillis(5));
        assertNotNull(ends.poll(20, TimeUnit.SECONDS), "not told in 20 s");
        assertEquals(List.of(thread), List.copyOf(threads));
        assertEquals(-1, metrics.poll(20, TimeUnit.SECONDS).upstreamAbortNanos());
        shutDown(loop);
    }

    private static void shutDown(DefaultEventLoop loop) throws InterruptedException {
        assertTrue(loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(20, TimeUnit.SECONDS));
    }

    private void leave(EventExecutor loop, Duration letGoLimit) {
        SessionReport report = new SessionReport(RequestContext.of(RequestContext.Kind.WS, "s", "r"), new SessionListener() {
            @Override
            public void turnEnded(TurnEnd end) {
                threads.add(Thread.currentThread());
                ends.add(end);
            }
        }, loop, letGoLimit);
        report.left(new Turn(new TurnId(1, null), "one", loop.ticker()), letGo, metrics::add);
    }
}
