package io.bargein.server.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every model owes the runtime. Each implementation runs all of it; all of them understand the {@code sim} form. */
public abstract class ModelContractTest {
    protected Model model;

    /** Makes the model under test. */
    protected abstract Model createModel() throws Exception;

    /** How the names of its threads begin. */
    protected abstract String threadPrefix();

    @BeforeEach
    void create() throws Exception {
        model = createModel();
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void saysAllOfItInOrderAndEndsOnce() throws Exception {
        RecordingListener listener = new RecordingListener();
        start("sim chunks=50 bytes=20 delay_ms=0", listener).request(1_000);
        listener.awaitTerminal();

        assertEquals(50, listener.events());
        assertTrue(listener.text().startsWith("0 "), listener.text());
        assertEquals(50 * 20, listener.text().length());
        for (int i = 0; i < 50; i++) {
            assertTrue(listener.text().startsWith(i + " ", i * 20), "chunk " + i);
        }
        assertEquals(GenerationEnd.END_TURN, listener.end().stopReason());
        assertEquals(1, listener.terminals());
        assertNull(listener.error());
    }

    @Test
    void saysNothingBeforeItIsAsked() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("sim chunks=10 delay_ms=0", listener);
        RecordingListener other = new RecordingListener();
        start("sim chunks=10 delay_ms=0", other).request(100);
        other.awaitTerminal();

        assertEquals(0, listener.events());
        generation.request(10);
        listener.awaitTerminal();
        assertEquals(10, listener.events());
    }

    @Test
    void neverSaysMoreThanItIsAskedAndEndsWithoutBeingAsked() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("sim chunks=30 delay_ms=0", listener);
        for (int asked = 3; asked <= 30; asked += 3) {
            generation.request(3);
            listener.awaitEvents(asked);
            RecordingListener other = new RecordingListener();
            start("sim chunks=5 delay_ms=0", other).request(100);
            other.awaitTerminal();
            assertEquals(asked, listener.events());
        }
        listener.awaitTerminal();
        assertEquals(30, listener.events());
    }

    @Test
    void canBeAskedForMoreFromWithinAnEventWithoutEnd() throws Exception {
        Generation[] generation = new Generation[1];
        RecordingListener listener = new RecordingListener() {
            @Override
            public synchronized void onText(String delta) {
                super.onText(delta);
                generation[0].request(1);
            }
        };
        generation[0] = start("sim chunks=20000 bytes=16 delay_ms=0", listener);
        generation[0].request(1);
        listener.awaitTerminal();

        assertEquals(20_000, listener.events());
    }

    @Test
    void canBeAskedForMoreThanThereIs() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("sim chunks=10 delay_ms=0", listener);
        generation.request(Long.MAX_VALUE / 2);
        generation.request(Long.MAX_VALUE / 2);
        listener.awaitTerminal();

        assertEquals(10, listener.events());
    }

    @Test
    void isSilentOnceACancelIsDone() throws Exception {
        for (int round = 0; round < 20; round++) {
            RecordingListener listener = new RecordingListener();
            // More than is asked for: however fast it is, it does not end by itself.
            Generation generation = start("sim chunks=2000000 delay_ms=0", listener);
            generation.request(1_000_000);
            listener.awaitEvents(round * 50 + 1);
            generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
            int heard = listener.events();
            answerSomethingElse();

            assertEquals(heard, listener.events());
            assertEquals(0, listener.terminals());
        }
    }

    @Test
    void canBeCancelledBeforeItIsAsked() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("sim chunks=10 delay_ms=0", listener);
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
        generation.request(5);
        answerSomethingElse();

        assertEquals(0, listener.events());
        assertEquals(0, listener.terminals());
    }

    @Test
    void canBeCancelledRightAfterItWasAsked() throws Exception {
        for (int round = 0; round < 20; round++) {
            RecordingListener listener = new RecordingListener();
            Generation generation = start("sim chunks=10 delay_ms=1000", listener);
            generation.request(10);
            generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertEquals(0, listener.terminals());
        }
        answerSomethingElse();
    }

    @Test
    void takesACancelTwiceAndAfterTheEnd() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("sim chunks=3 delay_ms=0", listener);
        generation.request(10);
        listener.awaitTerminal();
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
        generation.request(1);

        RecordingListener other = new RecordingListener();
        Generation cancelled = start("sim chunks=100 delay_ms=50", other);
        cancelled.request(10);
        cancelled.cancel();
        cancelled.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(1, listener.terminals());
        assertEquals(0, other.terminals());
    }

    @Test
    void answersManyAtOnce() throws Exception {
        List<RecordingListener> listeners = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            RecordingListener listener = new RecordingListener();
            listeners.add(listener);
            start("sim chunks=20 delay_ms=5 #" + i, listener).request(100);
        }
        for (RecordingListener listener : listeners) {
            listener.awaitTerminal();
            assertEquals(20, listener.events());
            assertEquals(20 * 24, listener.text().length());
        }
    }

    @Test
    void quotesAnyOtherPromptInALivelyAnswerWithUnicode() throws Exception {
        RecordingListener listener = new RecordingListener();
        Generation generation = start("What of 日本の歴史?", listener);
        generation.request(10_000);
        listener.awaitEvents(12);
        generation.cancel().toCompletableFuture().get(20, TimeUnit.SECONDS);

        assertTrue(listener.text().contains("“What of 日本の歴史?”"), listener.text());
    }

    @Test
    void namesABadValueOfAScript() throws Exception {
        assertTrue(failure("sim bytes=3").contains("refused") || failure("sim bytes=3").equals("bytes: 3 (expected: 16 to 65536)"));
        failure("sim chunks=0");
        failure("sim delay_ms=soon");
        failure("sim colour=red");
    }

    @Test
    void leavesNoThreadBehindWhenItIsClosed() throws Exception {
        RecordingListener listener = new RecordingListener();
        start("sim chunks=1000 delay_ms=10", listener).request(1_000);
        listener.awaitEvents(1);
        model.close();

        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertEquals(List.of(), threads()));
    }

    private List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(Thread::isAlive).map(Thread::getName)
                .filter(name -> name.startsWith(threadPrefix())).toList();
    }

    /** A round trip through the model, after which whatever was under way before would have been heard. */
    private void answerSomethingElse() throws Exception {
        RecordingListener other = new RecordingListener();
        start("sim chunks=3 delay_ms=0", other).request(10);
        other.awaitTerminal();
        assertEquals(3, other.events());
    }

    private String failure(String prompt) throws Exception {
        RecordingListener listener = new RecordingListener();
        try {
            start(prompt, listener).request(1);
        } catch (ModelException e) {
            assertEquals(ModelException.Kind.INVALID_REQUEST, e.kind());
            return e.getMessage();
        }
        listener.awaitTerminal();
        assertEquals(ModelException.Kind.INVALID_REQUEST, listener.error().kind());
        return listener.error().getMessage();
    }

    protected Generation start(String prompt, RecordingListener listener) throws ModelException {
        return model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), List.of(Message.user(prompt)), List.of()), listener);
    }
}
