package io.bargein.server.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.RecordingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A model of iterators: what is taken when, on which thread, and who closes. */
class IteratorModelTest extends ModelTestBase {
    /** Says what the test gives it; blocks while that is nothing. */
    private static final class Given implements Iterator<String>, AutoCloseable {
        private static final String END = new String("end");

        final LinkedBlockingQueue<String> pieces = new LinkedBlockingQueue<>();
        final AtomicInteger taken = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final CompletableFuture<Thread> thread = new CompletableFuture<>();
        final CountDownLatch interrupted = new CountDownLatch(1);
        final CountDownLatch closing = new CountDownLatch(1);
        final CountDownLatch mayClose = new CountDownLatch(1);
        volatile boolean interruptedAtClose;
        private String ahead;

        @Override
        public boolean hasNext() {
            thread.complete(Thread.currentThread());
            try {
                ahead = ahead != null ? ahead : pieces.take();
            } catch (InterruptedException e) {
                interrupted.countDown();
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return ahead != END;
        }

        @Override
        public String next() {
            taken.incrementAndGet();
            String next = ahead;
            ahead = null;
            return next;
        }

        @Override
        public void close() {
            interruptedAtClose = Thread.interrupted();
            closing.countDown();
            try {
                assertTrue(mayClose.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                interruptedAtClose = true;
            }
            closed.incrementAndGet();
        }
    }

    private final Given given = new Given();

    @Test
    void takesAnElementOnlyWhenItIsAskedForAndFindsTheEndUnasked() throws Exception {
        given.pieces.addAll(List.of("a", "b", "c", Given.END));
        Generation generation = start(Models.fromIterator(request -> given));
        given.thread.get(20, TimeUnit.SECONDS);
        assertEquals(0, given.taken.get());
        generation.request(2);
        listener.awaitEvents(2);
        assertEquals(2, given.taken.get());
        generation.request(1);
        listener.awaitTerminal();
        assertEquals("abc", listener.text());
        assertEquals(GenerationEnd.END_TURN, listener.end().stopReason());

        assertTrue(given.closing.await(20, TimeUnit.SECONDS));
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        given.mayClose.countDown();
        done(letGo);
        assertEquals(1, given.closed.get());
        assertFalse(given.interruptedAtClose);
    }

    @Test
    void opensTheSourceOnTheAnswersThreadAVirtualOneWhereThereAreSome() throws Exception {
        CompletableFuture<Thread> opener = new CompletableFuture<>();
        CountDownLatch mayOpen = new CountDownLatch(1);
        given.mayClose.countDown();
        Generation generation = start(Models.fromIterator(request -> {
            opener.complete(Thread.currentThread());
            assertTrue(mayOpen.await(20, TimeUnit.SECONDS));
            return given;
        }));
        // To have come here is the point: the start did not wait.
        Thread thread = opener.get(20, TimeUnit.SECONDS);
        mayOpen.countDown();
        assertEquals(thread, given.thread.get(20, TimeUnit.SECONDS));
        assertTrue(thread.isDaemon());
        assertTrue(thread.getName().startsWith("bargein-answer-"), thread.getName());
        assertEquals(VIRTUAL, VIRTUAL && (boolean) Thread.class.getMethod("isVirtual").invoke(thread));
        done(generation.cancel());
    }

    @Test
    void interruptsWhatItWaitsInAndIsDoneWhenTheIteratorIsClosed() throws Exception {
        Generation generation = start(Models.fromIterator(request -> given));
        generation.request(3);
        given.thread.get(20, TimeUnit.SECONDS);
        CompletableFuture<Void> letGo = generation.cancel().toCompletableFuture();
        assertTrue(given.interrupted.await(20, TimeUnit.SECONDS));
        assertFalse(letGo.isDone());
        given.mayClose.countDown();
        done(letGo);
        assertEquals(1, given.closed.get());
        assertFalse(given.interruptedAtClose, "what closes it may have to write");
        assertEquals(0, listener.terminals());
    }

    @Test
    void interruptsTheOpening() throws Exception {
        CompletableFuture<Thread> opener = new CompletableFuture<>();
        Generation generation = start(Models.fromIterator(request -> {
            opener.complete(Thread.currentThread());
            new CountDownLatch(1).await();
            return given;
        }));
        opener.get(20, TimeUnit.SECONDS);
        done(generation.cancel());
        assertEquals(0, listener.terminals());
    }

    @Test
    void wakesWhatWaitsForDemandAtACancel() throws Exception {
        given.pieces.add("a");
        given.mayClose.countDown();
        Generation generation = start(Models.fromIterator(request -> given));
        given.thread.get(20, TimeUnit.SECONDS);
        done(generation.cancel());
        assertEquals(0, given.taken.get());
        assertEquals(1, given.closed.get());
    }

    /** On a thread of a pool that would hit another's answer. */
    @Test
    void neverInterruptsTheNextAnswerOnTheSameThread() throws Exception {
        model.close();
        model = Models.fromIterator(request -> new Iterator<String>() {
            private int left = 3;

            @Override
            public boolean hasNext() {
                if (Thread.currentThread().isInterrupted()) {
                    throw new IllegalStateException("interrupted");
                }
                return left > 0;
            }

            @Override
            public String next() {
                return "piece " + left--;
            }
        });
        for (int i = 0; i < 2_000; i++) {
            RecordingListener cut = new RecordingListener();
            Generation generation = model.start(REQUEST, cut);
            generation.request(10);
            if (i % 2 == 0) {
                cut.awaitTerminal();
            }
            generation.cancel();
            RecordingListener whole = new RecordingListener();
            model.start(REQUEST, whole).request(10);
            assertEquals(3, whole.awaitTerminal().events());
            assertEquals(1, whole.terminals());
            assertEquals("piece 3piece 2piece 1", whole.text());
        }
    }

    @Test
    void closesAnIteratorThatFailsAndTellsTheClientNothing() throws Exception {
        given.mayClose.countDown();
        Generation generation = start(Models.fromIterator(request -> given));
        given.thread.get(20, TimeUnit.SECONDS).interrupt();
        failedWithoutWords();
        done(generation.cancel());
        assertEquals(1, given.closed.get());
    }

    @Test
    void tellsTheClientWhatAModelExceptionSays() throws Exception {
        start(Models.fromIterator(request -> {
            throw new UncheckedIOException(new IOException(new ModelException(ModelException.Kind.ACCESS_DENIED, "no key")));
        }));
        failed(ModelException.Kind.ACCESS_DENIED, "no key");
    }

    @Test
    void failsAtAnElementOrAnIteratorThatIsNullAndAtAnError() throws Exception {
        List<Models.Source<Iterator<String>>> sources = new ArrayList<>();
        sources.add(request -> Arrays.asList("a", null).iterator());
        sources.add(request -> null);
        sources.add(request -> {
            throw new NoClassDefFoundError("missing");
        });
        model.close();
        for (Models.Source<Iterator<String>> source : sources) {
            model = Models.fromIterator(source);
            RecordingListener heard = new RecordingListener();
            model.start(REQUEST, heard).request(5);
            assertEquals("model: failed", heard.awaitTerminal().error().getMessage());
            model.close();
        }
    }

    @Test
    void logsWhatTheClosingThrows() throws Exception {
        class Stuck implements Iterator<String>, AutoCloseable {
            @Override
            public boolean hasNext() {
                given.hasNext();
                return true;
            }

            @Override
            public String next() {
                return given.next();
            }

            @Override
            public void close() {
                throw new IllegalStateException("stuck");
            }
        }
        Generation generation = start(Models.fromIterator(request -> new Stuck()));
        given.thread.get(20, TimeUnit.SECONDS);
        logsThatItFailedToStop(Stuck.class, generation);
    }

    @Test
    void closesAStream() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        Generation generation = start(Models.fromStream(request -> Stream.of("a", "b").onClose(closed::incrementAndGet)));
        generation.request(5);
        assertEquals("ab", listener.awaitTerminal().text());
        done(generation.cancel());
        assertEquals(1, closed.get());
    }

    @Test
    void carriesToolUsesTheStopReasonAndUsage() throws Exception {
        Generation generation = start(Models.fromEventIterator(request -> List.of(new GenerationEvent.Text("Let me see"), TOOL_USE, END).iterator()));
        generation.request(2);
        listener.awaitTerminal();
        assertEquals("Let me see", listener.text());
        assertEquals(List.of(TOOL_USE), listener.toolUses());
        assertEquals(END, listener.end());
        done(generation.cancel());
    }

    @Test
    void takesRunningDryWithoutAnEndForATruncation() throws Exception {
        start(Models.fromEventIterator(request -> List.of(new GenerationEvent.Text("half a sen")).iterator())).request(2);
        failed(ModelException.Kind.TRUNCATED, "model: the stream ended before the answer did");
        assertEquals("half a sen", listener.text());
    }

    /** Virtual threads are not counted. */
    @Test
    void refusesAnAnswerForWhichThereIsNoThread() throws Exception {
        model.close();
        model = Models.fromIterator(request -> {
            new CountDownLatch(1).await();
            return given;
        });
        for (int i = 0; i < Models.MAX_PLATFORM_THREADS; i++) {
            model.start(REQUEST, new RecordingListener());
        }
        Generation oneMore = model.start(REQUEST, listener);
        if (!VIRTUAL) {
            failed(ModelException.Kind.BUSY, "model: no thread is free for another answer (expected: fewer at a time)");
        }
        done(oneMore.cancel());
        assertNotEquals(VIRTUAL, listener.terminals() == 1);
    }
}
