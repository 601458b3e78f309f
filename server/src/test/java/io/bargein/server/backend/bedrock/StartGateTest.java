package io.bargein.server.backend.bedrock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StartGateTest {
    private final ScheduledExecutorService timers = new ScheduledThreadPoolExecutor(1);
    /** What the loop has been given and has not come round to. */
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final CountDownLatch refused = new CountDownLatch(1);

    @AfterEach
    void stop() {
        timers.shutdownNow();
    }

    private StartGate gate(Duration patience) {
        return new StartGate(loop::add, Runnable::run, timers, patience);
    }

    private StartGate.Start start(String name) {
        return new StartGate.Start() {
            @Override
            public void start() {
                told.add(name);
            }

            @Override
            public void refused(ModelException why) {
                told.add(name + " " + why.kind());
                refused.countDown();
            }
        };
    }

    private void enter(StartGate gate, String... names) {
        for (String name : names) {
            gate.enter(name, start(name));
        }
    }

    @Test
    void startsTheNextCallWhenTheLoopHasComeRoundToOne() {
        StartGate gate = gate(Duration.ofHours(1));
        enter(gate, "a", "b", "c", "d");
        assertEquals(List.of("a", "b"), told);
        loop.remove().run();
        assertEquals(List.of("a", "b", "c"), told);
        loop.remove().run();
        loop.remove().run();
        loop.remove().run();
        assertEquals(List.of("a", "b", "c", "d"), told);
        assertTrue(loop.isEmpty());
        enter(gate, "e", "f", "g");
        assertEquals(List.of("a", "b", "c", "d", "e", "f"), told);
    }

    @Test
    void neverStartsACallThatIsLetGoOfWhileItWaits() {
        StartGate gate = gate(Duration.ofHours(1));
        enter(gate, "a", "b", "c", "d");
        assertTrue(gate.withdraw("c"));
        assertFalse(gate.withdraw("c"), "twice");
        assertFalse(gate.withdraw("a"), "one that was started");
        loop.remove().run();
        assertEquals(List.of("a", "b", "d"), told);
    }

    @Test
    void refusesACallThatHasWaitedForTooLong() throws InterruptedException {
        StartGate gate = gate(Duration.ofMillis(1));
        enter(gate, "a", "b", "c");
        assertTrue(refused.await(20, TimeUnit.SECONDS));
        loop.remove().run();
        loop.remove().run();
        assertEquals(List.of("a", "b", "c BUSY"), told);
    }

    @Test
    void aStartThatFailsLetsTheNextOneIn() {
        StartGate gate = gate(Duration.ofHours(1));
        StartGate.Start failing = new StartGate.Start() {
            @Override
            public void start() {
                throw new IllegalStateException("made to fail");
            }

            @Override
            public void refused(ModelException why) {
                told.add("refused");
            }
        };
        assertThrows(IllegalStateException.class, () -> gate.enter("x", failing));
        assertThrows(IllegalStateException.class, () -> gate.enter("y", failing));
        enter(gate, "a");
        assertEquals(List.of(), told);
        loop.remove().run();
        assertEquals(List.of("a"), told);
    }

    @Test
    void refusesWhomNobodyCanStart() {
        StartGate gate = new StartGate(loop::add, task -> {
            throw new RejectedExecutionException("full");
        }, timers, Duration.ofHours(1));
        enter(gate, "a", "b", "c", "d");
        loop.remove().run();
        loop.remove().run();
        assertEquals(List.of("a", "b", "c BUSY", "d BUSY"), told);
    }

    @Test
    void refusesWhoWouldHaveToWaitOnceTheModelIsClosed() {
        StartGate gate = gate(Duration.ofHours(1));
        enter(gate, "a", "b");
        timers.shutdownNow();
        enter(gate, "c");
        assertEquals(List.of("a", "b", "c UNAVAILABLE"), told);
    }
}
