package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.operations.StandardError;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.other.embedding.Blocker;

/** Whom the watch blames, with time moved by hand and a real event loop that is blocked as long as the test wants it. */
class LoopWatchTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    /** Its event loop is the housekeeping: it runs what is due when the test says so. */
    private final EmbeddedChannel housekeeping = EmbeddedChannel.builder().ticker(ticker).build();
    private final LoopWatch watch = new LoopWatch(housekeeping.eventLoop(), ticker);
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final CountDownLatch released = new CountDownLatch(1);
    private final StandardError log = new StandardError();

    @AfterEach
    void close() {
        log.close();
        released.countDown();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        housekeeping.finishAndReleaseAll();
    }

    @Test
    void namesTheCallbackThatBlocksALoopAndShowsTheStackOnceUntilItGoesOn() throws Exception {
        enter();
        CountDownLatch first = block(new CountDownLatch(1));
        looks(3);
        assertEquals(0, log.count("blocked"), "asked, and then 50 and 100 ms without an answer");
        looks(1);
        assertEquals(1, log.count("event loop: blocked"));
        assertTrue(log.text().contains("event loop: blocked for 150 ms by org.other.embedding.Blocker.block(Blocker.java:"), log.text());
        assertTrue(log.text().contains("java.util.concurrent.CountDownLatch.await(CountDownLatch.java:"), log.text());
        looks(20);
        assertEquals(1, log.count("event loop: blocked"));

        first.countDown();
        answers();
        looks(20);
        assertEquals(1, log.count("event loop: blocked"));
        block(released);
        looks(4);
        assertEquals(2, log.count("event loop: blocked"));
    }

    @Test
    void blamesNobodyForAProcessThatStoodStill() throws Exception {
        enter();
        block(released);
        looks(1);
        ticker.advance(10, TimeUnit.SECONDS);
        housekeeping.runScheduledPendingTasks();
        assertEquals(0, log.count("blocked"), "the look itself was late by all but 50 ms");
        looks(2);
        assertEquals(1, log.count("blocked for 150 ms"), log.text());
    }

    @Test
    void blamesNobodyWhereNoCallbackIsOnTheStack() throws Exception {
        enter();
        CountDownLatch blocked = new CountDownLatch(1);
        loop.execute(() -> {
            blocked.countDown();
            awaitUninterruptibly(released);
        });
        blocked.await();
        looks(20);
        assertEquals(0, log.count("event loop:"), log.text());
    }

    @Test
    void asksNothingOfALoopThatHasNoConnections() throws Exception {
        LocalChannel channel = enter();
        LocalChannel other = enter();
        looks(3);
        channel.close().sync();
        assertTrue(looks(1), "there is another connection");
        other.close().sync();
        looks(1);
        assertFalse(looks(1), "and now there is none");
        enter();
        assertTrue(looks(1));
    }

    @Test
    void endsWithTheHousekeeping() throws Exception {
        ticker.advance(1, TimeUnit.SECONDS);
        LoopWatch late = new LoopWatch(loop, ticker);
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        DefaultEventLoop another = new DefaultEventLoop();
        LocalChannel channel = new LocalChannel();
        another.register(channel).sync();
        another.submit(() -> late.enter(channel)).sync();
        another.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        assertEquals(0, log.count("event loop:"), log.text());
    }

    private LocalChannel enter() throws InterruptedException {
        LocalChannel channel = new LocalChannel();
        loop.register(channel).sync();
        loop.submit(() -> watch.enter(channel)).sync();
        return channel;
    }

    private CountDownLatch block(CountDownLatch until) throws InterruptedException {
        Thread thread = loop.submit(Thread::currentThread).sync().getNow();
        CountDownLatch blocked = new CountDownLatch(1);
        loop.execute(() -> Blocker.block(blocked, until));
        blocked.await();
        // Only from then on its stack shows what it waits for.
        Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1))
                .until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return until;
    }

    /** What the loop was handed before has run. */
    private void answers() throws InterruptedException {
        loop.submit(() -> {}).sync();
    }

    /** Lets it look so many times, 50 ms apart; says whether it will look again. */
    private boolean looks(int times) {
        for (int i = 0; i < times; i++) {
            ticker.advance(50, TimeUnit.MILLISECONDS);
            housekeeping.runScheduledPendingTasks();
        }
        return housekeeping.runScheduledPendingTasks() >= 0;
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
