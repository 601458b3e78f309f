package io.bargein.server.operations;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Restores, as both clocks tell them; the test moves both. */
class RestorableModelTest {
    private final MovableClock wall = new MovableClock(Instant.ofEpochSecond(1_000_000));
    private final MockTicker monotonic = Ticker.newMockTicker();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private volatile Runnable duringRefresh = () -> {};
    private final RestorableModel model = new RestorableModel(new Model() {
        private final ScriptedModel answers = new ScriptedModel();

        @Override
        public Generation start(ModelRequest request, GenerationListener listener) {
            calls.add("start");
            return answers.start(request, listener);
        }

        @Override
        public void refresh() {
            duringRefresh.run();
            calls.add("refresh");
        }
    }, wall, monotonic);

    @Test
    void refreshesNothingWhileBothClocksGoTheSameWay() throws ModelException {
        for (int hour = 0; hour < 24; hour++) {
            pass(Duration.ofHours(1));
            model.check(Runnable::run);
            start();
        }
        assertEquals(24, calls.size());
        assertEquals(-1, calls.indexOf("refresh"));
    }

    /** C14: after a restore the monotonic clock shows no jump. */
    @Test
    void refreshesBeforeTheFirstAnswerAfterARestoreAndNotAgain() throws ModelException {
        start();
        wall.advance(Duration.ofHours(7));
        start();
        start();
        model.check(Runnable::run);
        assertEquals(List.of("start", "refresh", "start", "start"), calls);
    }

    @Test
    void refreshesAtALookThatComesBeforeTheFirstAnswer() throws ModelException {
        wall.advance(Duration.ofMinutes(10));
        model.check(Runnable::run);
        start();
        assertEquals(List.of("refresh", "start"), calls);
    }

    @Test
    void takesAClockThatWasSetBackForOneToo() {
        wall.advance(Duration.ofSeconds(-3));
        model.check(Runnable::run);
        assertEquals(List.of("refresh"), calls);
    }

    /** An adjusted clock runs a little fast or slow, all day long. */
    @Test
    void takesNoDriftForARestoreHoweverMuchItAddsUpTo() {
        for (int second = 0; second < 100_000; second++) {
            pass(Duration.ofSeconds(1));
            wall.advance(Duration.ofMillis(1));
            model.check(Runnable::run);
        }
        assertEquals(List.of(), calls);
    }

    /** An answer that begins while the refresh is at work waits for its end. */
    @Test
    void startsNoAnswerBeforeARefreshThatRunsIsDone() throws Exception {
        CountDownLatch refreshing = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        duringRefresh = () -> {
            refreshing.countDown();
            try {
                mayEnd.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        wall.advance(Duration.ofMinutes(10));
        Thread upstream = new Thread(() -> model.check(Runnable::run));
        upstream.start();
        refreshing.await();
        Thread prompt = new Thread(() -> {
            try {
                start();
            } catch (ModelException e) {
                throw new AssertionError(e);
            }
        });
        prompt.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> prompt.getState() == Thread.State.BLOCKED);
        mayEnd.countDown();
        prompt.join(20_000);
        upstream.join(20_000);
        assertEquals(List.of("refresh", "start"), calls);
    }

    /** Whoever looks every second is not to be kept waiting, and one jump is one refresh. */
    @Test
    void refreshesOnAnotherThreadAndOneAtATime() {
        List<Runnable> posted = new ArrayList<>();
        wall.advance(Duration.ofMinutes(10));
        model.check(posted::add);
        model.check(posted::add);
        assertEquals(List.of(), calls);
        assertEquals(1, posted.size());
        posted.get(0).run();
        model.check(posted::add);
        assertEquals(List.of("refresh"), calls);
        assertEquals(1, posted.size());
    }

    /** Errors as well: a class that is missing. What is tried every second is said once. */
    @Test
    void triesAgainWhatFailedAndSaysSoOnce() throws ModelException {
        NoClassDefFoundError broken = new NoClassDefFoundError("not today");
        duringRefresh = () -> {
            calls.add("broken");
            throw broken;
        };
        wall.advance(Duration.ofMinutes(10));
        try (StandardError log = new StandardError()) {
            model.check(Runnable::run);
            model.check(Runnable::run);
            assertEquals(List.of("broken", "broken"), calls);
            assertEquals(1, log.count("the model failed to drop its connections and credentials (expected: new ones after a restore)"), log.text());
            assertEquals(1, log.count("not today"), log.text());
            assertSame(broken, assertThrows(NoClassDefFoundError.class, this::start), "its turn is told that it failed");

            duringRefresh = () -> {};
            start();
            model.check(Runnable::run);
            assertEquals(List.of("broken", "broken", "broken", "refresh", "start"), calls);

            duringRefresh = () -> {
                throw broken;
            };
            wall.advance(Duration.ofMinutes(10));
            model.check(Runnable::run);
            assertEquals(2, log.count("not today"), log.text());
        }
    }

    @Test
    void looksAgainWhereThereIsNoThreadToRefreshOn() {
        wall.advance(Duration.ofMinutes(10));
        model.check(task -> {
            throw new RejectedExecutionException();
        });
        assertEquals(List.of(), calls);
        model.check(Runnable::run);
        assertEquals(List.of("refresh"), calls);
    }

    private void pass(Duration time) {
        wall.advance(time);
        monotonic.advance(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void start() throws ModelException {
        model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "s"), List.of(Message.user("hi")), List.of()), new GenerationListener() {
            @Override
            public void onText(String text) {}

            @Override
            public void onToolUse(ContentBlock.ToolUse toolUse) {}

            @Override
            public void onEnd(GenerationEnd end) {}

            @Override
            public void onError(ModelException error) {}
        });
    }
}
