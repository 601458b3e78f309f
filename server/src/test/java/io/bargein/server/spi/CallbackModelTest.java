package io.bargein.server.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.RecordingListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A model of callbacks: what waits, what stops the source, and what comes too late. The test is the source. */
class CallbackModelTest extends ModelTestBase {
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private Emitter emitter;

    private Generation startCallback() throws ModelException {
        return startCallback(Models.DEFAULT_MAX_WAITING_CHARACTERS);
    }

    private Generation startCallback(int maxWaiting) throws ModelException {
        Generation generation = start(Models.fromCallback((request, given) -> emitter = given, maxWaiting));
        emitter.onCancel(cancelled::countDown);
        return generation;
    }

    @Test
    void keepsWhatComesBeforeItIsAskedFor() throws Exception {
        Generation generation = startCallback();
        emitter.text("a");
        emitter.text("b");
        emitter.toolUse(TOOL_USE);
        emitter.end(END);
        assertEquals(0, listener.events() + listener.terminals());
        generation.request(1);
        assertEquals("a", listener.text());
        generation.request(2);
        assertEquals("ab", listener.text());
        assertEquals(List.of(TOOL_USE), listener.toolUses());
        assertEquals(END, listener.end());
        done(generation.cancel());
        // Its threads end once what was posted to them has run.
        model.close();
        awaitNoThreads("bargein-cancel-");
        assertEquals(1, cancelled.getCount(), "cancelled a source that had ended");
    }

    @Test
    void tellsTheEndUnasked() throws Exception {
        startCallback();
        emitter.end(END);
        assertEquals(END, listener.end());
    }

    @Test
    void tellsAFailureBehindWhatCameBeforeIt() throws Exception {
        Generation generation = startCallback();
        emitter.text("half a sen");
        emitter.fail(new IOException("https://user:secret@host"));
        assertEquals(0, listener.terminals());
        generation.request(5);
        assertEquals("half a sen", listener.text());
        failedWithoutWords();
        assertEquals(1, cancelled.getCount());
    }

    @Test
    void failsAndCancelsTheSourceWhenTooMuchWaits() throws Exception {
        Generation generation = startCallback(1_000);
        for (int i = 0; i < 20; i++) {
            emitter.text("x".repeat(36));
        }
        assertTrue(cancelled.await(20, TimeUnit.SECONDS));
        assertEquals(20 - 12, emitter.ignored(), "the one that was too much is the failure");
        generation.request(100);
        failed(ModelException.Kind.ANSWER_TOO_LONG,
                "answer: over 1000 characters wait to be sent (expected: a model that pauses, or a client that reads faster)");
        assertEquals(11 * 36, listener.text().length());
    }

    @Test
    void letsMoreThanTheLimitThroughWhileItIsAskedFor() throws Exception {
        Generation generation = startCallback(1_000);
        generation.request(100);
        for (int i = 0; i < 100; i++) {
            emitter.text("x".repeat(2_000));
        }
        emitter.end(END);
        assertEquals(200_000, listener.text().length());
        assertEquals(END, listener.end());
    }

    @Test
    void ignoresAndCountsWhatComesAfterTheEnd() throws Exception {
        startCallback().request(10);
        emitter.end(END);
        emitter.text("late");
        emitter.end(END);
        emitter.fail(new IOException("late"));
        assertEquals(3, emitter.ignored());
        assertEquals(0, listener.events());
        assertEquals(1, listener.terminals());
    }

    @Test
    void ignoresAndCountsWhatComesAfterACancel() throws Exception {
        Generation generation = startCallback();
        generation.request(10);
        emitter.text("a");
        done(generation.cancel());
        emitter.text("late");
        emitter.end(END);
        assertEquals(2, emitter.ignored());
        assertEquals(1, listener.events());
        assertEquals(0, listener.terminals());
        assertFalse(emitter.isReady());
    }

    @Test
    void saysNoMoreOfWhatWaitsOnceItIsCancelled() throws Exception {
        Generation[] generation = new Generation[1];
        AtomicInteger told = new AtomicInteger();
        model.close();
        model = Models.fromCallback((request, given) -> {
            given.text("a");
            given.text("b");
            given.end(END);
        });
        generation[0] = model.start(REQUEST, new RecordingListener() {
            @Override
            public void onText(String delta) {
                told.incrementAndGet();
                generation[0].cancel();
            }

            @Override
            public void onEnd(GenerationEnd ended) {
                told.incrementAndGet();
            }
        });
        generation[0].request(10);
        done(generation[0].cancel());
        assertEquals(1, told.get());
    }

    /** The canceller is an event loop. */
    @Test
    void stopsTheSourceOnAnotherThreadOnceAndIsDoneWhenThatIs() throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CompletableFuture<Thread> stopper = new CompletableFuture<>();
        AtomicInteger stops = new AtomicInteger();
        Generation generation = startCallback();
        emitter.onCancel(() -> {
            stops.incrementAndGet();
            stopper.complete(Thread.currentThread());
            try {
                assertTrue(mayEnd.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        generation.cancel();
        assertNotEquals(Thread.currentThread(), stopper.get(20, TimeUnit.SECONDS));
        assertFalse(letGo.isDone());
        mayEnd.countDown();
        done(letGo);
        assertEquals(1, stops.get());
    }

    /** As many as there are threads on a JDK without virtual ones. */
    @Test
    void stopsManySourcesAtOnceThoughEachBlocks() throws Exception {
        CountDownLatch within = new CountDownLatch(Models.MAX_CANCEL_THREADS);
        CompletableFuture<Thread> stopper = new CompletableFuture<>();
        List<CompletableFuture<Void>> letGo = new ArrayList<>();
        model.close();
        model = Models.fromCallback((request, given) -> given.onCancel(() -> {
            stopper.complete(Thread.currentThread());
            within.countDown();
            try {
                assertTrue(within.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        for (int i = 0; i < Models.MAX_CANCEL_THREADS; i++) {
            letGo.add(model.start(REQUEST, listener).cancel().toCompletableFuture());
        }
        assertTrue(within.await(20, TimeUnit.SECONDS), () -> within.getCount() + " wait");
        for (CompletableFuture<Void> one : letGo) {
            done(one);
        }
        Thread thread = stopper.get();
        assertTrue(thread.isDaemon());
        assertTrue(thread.getName().startsWith("bargein-cancel-"), thread.getName());
        assertEquals(VIRTUAL, VIRTUAL && (boolean) Thread.class.getMethod("isVirtual").invoke(thread));
    }

    @Test
    void logsWhatTheStoppingThrows() throws Exception {
        Runnable stop = () -> {
            throw new IllegalStateException("stuck");
        };
        Generation generation = startCallback();
        emitter.onCancel(stop);
        logsThatItFailedToStop(stop.getClass(), generation);
    }

    @Test
    void stopsAtOnceASourceThatSaysHowAfterTheCancel() throws Exception {
        Generation generation = start(Models.fromCallback((request, given) -> emitter = given));
        done(generation.cancel());
        emitter.onCancel(cancelled::countDown);
        assertEquals(0, cancelled.getCount());
    }

    @Test
    void failsWhereTheSourceThrowsAndStopsIt() throws Exception {
        start(Models.fromCallback((request, given) -> {
            given.onCancel(cancelled::countDown);
            throw new IOException("secret");
        }));
        failedWithoutWords();
        assertTrue(cancelled.await(20, TimeUnit.SECONDS));
    }

    @Test
    void throwsAtWhatIsNull() throws Exception {
        startCallback();
        assertThrows(NullPointerException.class, () -> emitter.text(null));
        assertThrows(NullPointerException.class, () -> emitter.toolUse(null));
        assertThrows(NullPointerException.class, () -> emitter.end(null));
        assertThrows(NullPointerException.class, () -> emitter.fail(null));
        assertNull(listener.error());
    }

    @Test
    void isReadyForOneMoreThanItWasAskedFor() throws Exception {
        Generation generation = startCallback();
        assertTrue(emitter.isReady());
        emitter.text("a");
        assertFalse(emitter.isReady());
        generation.request(1);
        assertTrue(emitter.isReady());
        generation.request(2);
        emitter.text("b");
        emitter.text("c");
        assertTrue(emitter.isReady());
        emitter.text("d");
        assertFalse(emitter.isReady());
        assertEquals("abc", listener.text());
    }

    @Test
    void resumesTheSourceOnceForEachTimeItWasNotReady() throws Exception {
        AtomicInteger resumed = new AtomicInteger();
        Generation generation = startCallback();
        emitter.onReady(resumed::incrementAndGet);
        assertEquals(1, resumed.get());
        emitter.text("a");
        generation.request(1);
        assertEquals(1, resumed.get(), "nobody had been told to pause");
        emitter.text("b");
        assertFalse(emitter.isReady());
        assertFalse(emitter.isReady());
        assertEquals(1, resumed.get());
        generation.request(1);
        generation.request(5);
        assertEquals(2, resumed.get());
        generation.cancel();
        assertEquals(2, resumed.get());
    }

    @Test
    void mayBePumpedFromWithinTheResuming() throws Exception {
        int[] number = new int[1];
        Generation generation = startCallback();
        emitter.onReady(() -> {
            while (emitter.isReady()) {
                emitter.text(number[0]++ + " ");
            }
        });
        assertEquals(1, number[0]);
        generation.request(50_000);
        assertEquals(50_000, listener.events());
        assertEquals(50_001, number[0]);
    }

    @Test
    void failsAndCancelsWhereTheResumingThrows() throws Exception {
        startCallback();
        emitter.onReady(() -> {
            throw new IllegalStateException("secret");
        });
        failedWithoutWords();
        assertTrue(cancelled.await(20, TimeUnit.SECONDS));
    }

    @Test
    void failsAndCancelsWhereTheResumingThrowsAnError() throws Exception {
        Generation generation = startCallback();
        emitter.onReady(() -> {
            throw new NoClassDefFoundError("missing");
        });
        failedWithoutWords();
        assertTrue(cancelled.await(20, TimeUnit.SECONDS));
        done(generation.cancel());
    }

    /** No wake-up is lost between a source that finds that it is to pause and a client that asks for more. */
    @Test
    void neverForgetsASourceThatPauses() throws Exception {
        AtomicInteger left = new AtomicInteger(50_000);
        Generation generation = start(Models.fromCallback((request, given) -> given.onReady(() -> SimThreads.POOL.execute(() -> {
            while (given.isReady()) {
                if (left.getAndDecrement() > 0) {
                    given.text("x");
                } else {
                    given.end(END);
                }
            }
        }))));
        for (int i = 1; i <= 50_000; i++) {
            generation.request(1);
            if (i % 100 == 0) {
                listener.awaitEvents(i);
            }
        }
        assertEquals(50_000, listener.awaitTerminal().events());
    }

    /** Events of several threads at once are told one at a time, and none is lost. */
    @Test
    void tellsEventsOfManyThreadsOneAtATime() throws Exception {
        AtomicInteger within = new AtomicInteger();
        AtomicInteger breaches = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        model.close();
        model = Models.fromCallback((request, given) -> emitter = given);
        Generation generation = model.start(REQUEST, new RecordingListener() {
            @Override
            public void onText(String delta) {
                breaches.addAndGet(within.getAndIncrement());
                told.incrementAndGet();
                within.decrementAndGet();
            }
        });
        generation.request(Long.MAX_VALUE);
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            done.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 10_000; i++) {
                    emitter.text("x");
                }
            }, SimThreads.POOL));
        }
        for (CompletableFuture<Void> one : done) {
            one.get(20, TimeUnit.SECONDS);
        }
        done(generation.cancel());
        assertEquals(40_000, told.get());
        assertEquals(0, breaches.get());
    }
}
