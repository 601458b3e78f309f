package io.bargein.server.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.RecordingListener;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The subscriber in a model of publishers, by the rules of Reactive Streams. The test is the publisher. */
class PublisherModelTest extends ModelTestBase {

    /** Notes what is asked of it: requests by their number, a cancel as "cancel". */
    private static class Noted implements Flow.Subscription {
        final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

        @Override
        public void request(long n) {
            calls.add(String.valueOf(n));
        }

        @Override
        public void cancel() {
            calls.add("cancel");
        }

        String next() throws InterruptedException {
            return calls.poll(20, TimeUnit.SECONDS);
        }
    }

    /** One whose first request does not return until it may. */
    private static final class Slow extends Noted {
        final CountDownLatch within = new CountDownLatch(1);
        final CountDownLatch mayReturn = new CountDownLatch(1);
        final CompletableFuture<Thread> canceller = new CompletableFuture<>();

        @Override
        public void request(long n) {
            within.countDown();
            try {
                assertTrue(mayReturn.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            super.request(n);
        }

        @Override
        public void cancel() {
            canceller.complete(Thread.currentThread());
            super.cancel();
        }
    }

    private final Noted subscription = new Noted();
    private Flow.Subscriber<? super String> subscriber;
    private Flow.Subscriber<? super GenerationEvent> eventSubscriber;

    private Generation startText() throws ModelException {
        return start(Models.fromPublisher(request -> (Flow.Publisher<String>) given -> subscriber = given));
    }

    private Generation startEvents() throws ModelException {
        Generation generation = start(Models.fromEventPublisher(request -> given -> eventSubscriber = given));
        eventSubscriber.onSubscribe(subscription);
        return generation;
    }

    @Test
    void passesDemandOnAsItComes() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        assertTrue(subscription.calls.isEmpty());
        generation.request(7);
        generation.request(1);
        assertEquals("7", subscription.next());
        assertEquals("1", subscription.next());
        subscriber.onNext("a");
        subscriber.onNext("");
        subscriber.onComplete();
        assertEquals("a", listener.text());
        assertEquals(2, listener.events());
        assertEquals(new GenerationEnd(GenerationEnd.END_TURN, null), listener.end());
        assertTrue(subscription.calls.isEmpty());
    }

    @Test
    void keepsDemandUntilThereIsASubscription() throws Exception {
        Generation generation = startText();
        generation.request(Long.MAX_VALUE - 1);
        generation.request(3);
        subscriber.onSubscribe(subscription);
        assertEquals(String.valueOf(Long.MAX_VALUE), subscription.next());
    }

    @Test
    void cancelsOnceAndAsksForNothingAfterwards() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        done(generation.cancel());
        done(generation.cancel());
        generation.request(5);
        subscriber.onNext("late");
        subscriber.onComplete();
        assertEquals("cancel", subscription.next());
        assertTrue(subscription.calls.isEmpty(), subscription.calls::toString);
        assertEquals(0, listener.events() + listener.terminals() + listener.ignored());
    }

    /** The canceller is an event loop; a publisher may have a connection to close. */
    @Test
    void cancelsTheSubscriptionOnAnotherThreadAndIsDoneWhenThatIs() throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CompletableFuture<Thread> canceller = new CompletableFuture<>();
        Generation generation = startText();
        subscriber.onSubscribe(new Noted() {
            @Override
            public void cancel() {
                canceller.complete(Thread.currentThread());
                try {
                    mayEnd.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        assertNotEquals(Thread.currentThread(), canceller.get(20, TimeUnit.SECONDS));
        assertFalse(letGo.isDone());
        mayEnd.countDown();
        done(letGo);
    }

    /** 3.15 forbids it. */
    @Test
    void logsWhatACancelThrows() throws Exception {
        Noted stuck = new Noted() {
            @Override
            public void cancel() {
                throw new IllegalStateException("stuck");
            }
        };
        Generation generation = startText();
        subscriber.onSubscribe(stuck);
        logsThatItFailedToStop(stuck.getClass(), generation);
    }

    @Test
    void cancelsASubscriptionThatComesAfterTheCancel() throws Exception {
        Generation generation = startText();
        generation.request(1);
        done(generation.cancel());
        subscriber.onSubscribe(subscription);
        assertEquals("cancel", subscription.next());
        assertTrue(subscription.calls.isEmpty());
    }

    /** 2.5. */
    @Test
    void refusesASecondSubscription() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        Noted second = new Noted();
        subscriber.onSubscribe(second);
        assertEquals("cancel", second.next());
        generation.request(2);
        assertEquals("2", subscription.next());
        assertTrue(second.calls.isEmpty());
    }

    /** 2.7: a cancel that comes while another thread is within a request waits for it, and that thread does not call again. */
    @Test
    void neverCallsTheSubscriptionFromTwoThreadsAtOnce() throws Exception {
        Slow slow = new Slow();
        Generation generation = startText();
        subscriber.onSubscribe(slow);
        CompletableFuture<Void> requesting = CompletableFuture.runAsync(() -> generation.request(1), SimThreads.POOL);
        assertTrue(slow.within.await(20, TimeUnit.SECONDS));
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        generation.request(1);
        // Its threads end once what was posted to them has run.
        model.close();
        awaitNoThreads("bargein-cancel-");
        assertTrue(slow.calls.isEmpty());
        slow.mayReturn.countDown();
        requesting.get(20, TimeUnit.SECONDS);
        done(letGo);
        assertEquals(List.of("1", "cancel"), List.copyOf(slow.calls));
    }

    /** Who requests is an event loop: it leaves the cancel that came meanwhile to another thread. */
    @Test
    void cancelsOnAnotherThreadThanTheRequestThatItWaitedFor() throws Exception {
        Slow slow = new Slow();
        Generation generation = startText();
        subscriber.onSubscribe(slow);
        CompletableFuture<Void> requesting = CompletableFuture.runAsync(() -> generation.request(1), SimThreads.POOL);
        assertTrue(slow.within.await(20, TimeUnit.SECONDS));
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        generation.request(1);
        assertFalse(slow.canceller.isDone());
        slow.mayReturn.countDown();
        requesting.get(20, TimeUnit.SECONDS);
        done(letGo);
        assertTrue(slow.canceller.get().getName().startsWith("bargein-cancel-"), slow.canceller.get().getName());
    }

    /** A naive publisher tells within the request; neither we nor it recurse, and a cancel from there reaches it there. */
    @Test
    void takesElementsWithinTheRequest() throws Exception {
        int[] told = new int[1];
        boolean[] cancelled = new boolean[1];
        Generation[] generation = new Generation[1];
        model.close();
        model = Models.fromPublisher(request -> (Flow.Publisher<String>) given -> given.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                for (long i = 0; i < n && !cancelled[0]; i++) {
                    told[0]++;
                    given.onNext("x");
                }
            }

            @Override
            public void cancel() {
                cancelled[0] = true;
            }
        }));
        generation[0] = model.start(REQUEST, new RecordingListener() {
            @Override
            public synchronized void onText(String delta) {
                super.onText(delta);
                if (events() == 100_000) {
                    generation[0].cancel();
                } else {
                    generation[0].request(1);
                }
            }
        });
        generation[0].request(10);
        done(generation[0].cancel());
        assertEquals(100_000, told[0]);
        assertTrue(cancelled[0]);
    }

    /** 2.13. */
    @Test
    void failsAndCancelsAtAnElementThatIsNull() throws Exception {
        startText();
        subscriber.onSubscribe(subscription);
        assertThrows(NullPointerException.class, () -> subscriber.onNext(null));
        failedWithoutWords();
        assertEquals("cancel", subscription.next());
    }

    @Test
    void ignoresAndTellsOfWhatComesAfterTheEnd() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        generation.request(10);
        subscriber.onComplete();
        subscriber.onNext("late");
        subscriber.onError(new IOException("late"));
        subscriber.onComplete();
        done(generation.cancel());
        generation.request(1);
        assertEquals(0, listener.events());
        assertEquals(1, listener.terminals());
        assertEquals(3, listener.ignored());
        assertEquals("10", subscription.next());
        assertTrue(subscription.calls.isEmpty());
    }

    @Test
    void holdsBackWhatWasNotAskedFor() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        generation.request(1);
        subscriber.onNext("a");
        subscriber.onNext("b");
        subscriber.onComplete();
        assertEquals("a", listener.text());
        assertEquals(0, listener.terminals());
        generation.request(1);
        assertEquals("ab", listener.text());
        assertEquals(1, listener.terminals());
    }

    /** A publisher that does not heed demand is stopped; what it said before is told. */
    @Test
    void failsAndCancelsAPublisherThatFloods() throws Exception {
        Generation generation = startText();
        subscriber.onSubscribe(subscription);
        String text = "x".repeat(1 << 10);
        for (int i = 0; i < 2_000; i++) {
            subscriber.onNext(text);
        }
        assertEquals("cancel", subscription.next());
        generation.request(1_000_000);
        failed(ModelException.Kind.ANSWER_TOO_LONG, "answer: over 1048576 characters wait to be sent (expected: a model that pauses, "
                + "or a client that reads faster)");
        assertEquals((1 << 20) / (1_024 + 64) + 1, listener.events());
        assertEquals(0, listener.ignored());
    }

    @Test
    void tellsTheClientWhatAModelExceptionSays() throws Exception {
        startText();
        subscriber.onSubscribe(subscription);
        subscriber.onError(new RuntimeException("wrapped", new ModelException(ModelException.Kind.THROTTLED, "slow down")));
        failed(ModelException.Kind.THROTTLED, "slow down");
    }

    @Test
    void tellsTheClientNothingOfOtherFailures() throws Exception {
        startText();
        subscriber.onSubscribe(subscription);
        subscriber.onError(new IOException("https://user:secret@host"));
        failedWithoutWords();
    }

    @Test
    void failsWhereThePublisherIsNullOrThrows() throws Exception {
        start(Models.fromPublisher(request -> null));
        failedWithoutWords();
    }

    @Test
    void failsWhereTheSourceThrows() throws Exception {
        start(Models.fromPublisher(request -> {
            throw new IOException("secret");
        }));
        failedWithoutWords();
    }

    @Test
    void failsWhereSubscribingThrows() throws Exception {
        start(Models.fromPublisher(request -> (Flow.Publisher<String>) given -> {
            given.onSubscribe(subscription);
            throw new NoClassDefFoundError("missing");
        }));
        failedWithoutWords();
        assertEquals("cancel", subscription.next());
    }

    @Test
    void failsAndCancelsWhereARequestThrows() throws Exception {
        failsAndCancelsWhereARequestDoes(() -> {
            throw new IllegalStateException("secret");
        });
    }

    @Test
    void failsAndCancelsWhereARequestThrowsAnError() throws Exception {
        failsAndCancelsWhereARequestDoes(() -> {
            throw new NoClassDefFoundError("missing");
        });
    }

    private void failsAndCancelsWhereARequestDoes(Runnable what) throws Exception {
        CompletableFuture<Thread> canceller = new CompletableFuture<>();
        Generation generation = startText();
        subscriber.onSubscribe(new Noted() {
            @Override
            public void request(long n) {
                what.run();
            }

            @Override
            public void cancel() {
                canceller.complete(Thread.currentThread());
            }
        });
        generation.request(1);
        failedWithoutWords();
        assertNotEquals(Thread.currentThread(), canceller.get(20, TimeUnit.SECONDS));
        done(generation.cancel());
    }

    @Test
    void carriesToolUsesTheStopReasonAndUsageAndAsksForOneMore() throws Exception {
        Generation generation = startEvents();
        assertEquals("1", subscription.next());
        generation.request(2);
        assertEquals("2", subscription.next());
        eventSubscriber.onNext(new GenerationEvent.Text("Let me see"));
        eventSubscriber.onNext(TOOL_USE);
        assertNull(listener.end());
        eventSubscriber.onNext(END);
        eventSubscriber.onComplete();
        assertEquals("Let me see", listener.text());
        assertEquals(List.of(TOOL_USE), listener.toolUses());
        assertEquals(END, listener.end());
        done(generation.cancel());
        assertEquals(1, listener.terminals());
        assertEquals(0, listener.ignored());
        assertTrue(subscription.calls.isEmpty());
    }

    @Test
    void ignoresAndTellsOfWhatComesAfterAnEndThatIsAnElement() throws Exception {
        Generation generation = startEvents();
        eventSubscriber.onNext(END);
        eventSubscriber.onNext(new GenerationEvent.Text("late"));
        eventSubscriber.onComplete();
        assertEquals(1, listener.ignored());
        eventSubscriber.onError(new IOException("late"));
        eventSubscriber.onComplete();
        generation.request(5);
        assertEquals(3, listener.ignored());
        assertEquals(0, listener.events());
        assertEquals(1, listener.terminals());
        assertEquals(END, listener.end());
    }

    @Test
    void takesACompletionWithoutAnEndForATruncation() throws Exception {
        startEvents().request(2);
        eventSubscriber.onNext(new GenerationEvent.Text("half a sen"));
        eventSubscriber.onComplete();
        failed(ModelException.Kind.TRUNCATED, "model: the stream ended before the answer did");
        assertEquals("half a sen", listener.text());
    }

    @Test
    void cancelsWhatRunsWhenItIsClosedAndStartsNoMore() throws Exception {
        startText();
        subscriber.onSubscribe(subscription);
        model.close();
        assertEquals("cancel", subscription.next());
        assertEquals(ModelException.Kind.UNAVAILABLE, assertThrows(ModelException.class, () -> model.start(REQUEST, listener)).kind());
        assertEquals(0, listener.terminals());
    }
}
