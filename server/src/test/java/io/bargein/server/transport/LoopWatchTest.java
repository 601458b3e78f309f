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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.other.embedding.Blocker;

/** Whom the watch blames, with time moved by hand and a real event loop that is blocked as long as the test wants it. */
class LoopWatchTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    /** Its event loop is the housekeeping: it runs what is due when the test says so. */
    private final EmbeddedChannel housekeeping = EmbeddedChannel.builder().ticker(ticker).build();
    private final LoopWatch watch = new LoopWatch(housekeeping.eventLoop(), ticker);
    /** Happens when the loop is handed something next, once. */
    private volatile Runnable whileAsked = () -> {};
    private final DefaultEventLoop loop = new DefaultEventLoop() {
        @Override
        public void execute(Runnable task) {
            Runnable now = whileAsked;
            whileAsked = () -> {};
            now.run();
            super.execute(task);
        }
    };
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
        looks(4);
        assertEquals(0, log.count("blocked"), "asked, and then 60 ms without an answer");
        looks(1);
        assertEquals(1, log.count("event loop: blocked"));
        assertTrue(log.text().contains("event loop: blocked for 80 ms or more by org.other.embedding.Blocker.block(Blocker.java:"), log.text());
        assertTrue(log.text().contains("java.util.concurrent.CountDownLatch.await(CountDownLatch.java:"), log.text());
        looks(20);
        assertEquals(1, log.count("event loop: blocked"));

        first.countDown();
        answers();
        looks(20);
        assertEquals(1, log.count("event loop: blocked"));
        block(released);
        looks(6);
        assertEquals(2, log.count("event loop: blocked"));
    }

    /** 1 ms before it is asked, and 1 ms after that: the shortest and the longest that a block goes on for until it is found. */
    @ParameterizedTest
    @ValueSource(ints = {1, 19})
    void findsABlockOf100MsWheneverItBegins(int beforeTheNextLook) throws Exception {
        enter();
        looks(1);
        answers();
        passes(20 - beforeTheNextLook);
        block(released);
        passes(beforeTheNextLook + 79);
        assertEquals(0, log.count("blocked"), log.text());
        passes(1);
        assertEquals(1, log.count("blocked for 80 ms or more by "), log.text());
    }

    @Test
    void overlooksABlockOfLessThan80Ms() throws Exception {
        enter();
        for (int i = 0; i < 20; i++) {
            CountDownLatch until = block(new CountDownLatch(1));
            passes(79);
            until.countDown();
            answers();
        }
        assertEquals(0, log.count("blocked"), log.text());
    }

    @Test
    void blamesNobodyForAProcessThatStoodStill() throws Exception {
        enter();
        block(released);
        looks(1);
        ticker.advance(10, TimeUnit.SECONDS);
        housekeeping.runScheduledPendingTasks();
        assertEquals(0, log.count("blocked"), "the look itself was late by all but 20 ms");
        looks(2);
        assertEquals(0, log.count("blocked"), log.text());
        looks(1);
        assertEquals(1, log.count("blocked for 80 ms"), log.text());
    }

    @Test
    void blamesNobodyForAProcessThatStoodStillWhileItLooked() throws Exception {
        enter();
        block(released);
        whileAsked = () -> ticker.advance(10, TimeUnit.SECONDS);
        looks(4);
        assertEquals(0, log.count("blocked"), log.text());
        looks(1);
        assertEquals(1, log.count("blocked for 80 ms"), log.text());
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

    /** Lets it look so many times, 20 ms apart; says whether it will look again. */
    private boolean looks(int times) {
        for (int i = 0; i < times; i++) {
            ticker.advance(20, TimeUnit.MILLISECONDS);
            housekeeping.runScheduledPendingTasks();
        }
        return housekeeping.runScheduledPendingTasks() >= 0;
    }

    /** Lets so much time pass, looked at when it is due. */
    private void passes(int millis) {
        for (int i = 0; i < millis; i++) {
            ticker.advance(1, TimeUnit.MILLISECONDS);
            housekeeping.runScheduledPendingTasks();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
