package io.bargein.server.operations;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ServerHealth;
import io.bargein.server.spi.ServerHealth.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HealthTest {
    private final MovableClock clock = new MovableClock(Instant.ofEpochSecond(1_000));
    private final Health health = new Health(clock);

    @Test
    void isBusyWhileATurnOrATaskRunsAndHealthyOtherwise() {
        says(Status.HEALTHY, 1_000);
        clock.advance(Duration.ofSeconds(1));
        health.turnStarted();
        says(Status.HEALTHY_BUSY, 1_001);
        clock.advance(Duration.ofSeconds(1));
        try (ServerHealth.Task task = health.begin("index")) {
            assertEquals("index", task.name());
            health.turnEnded();
            says(Status.HEALTHY_BUSY, 1_001);
            clock.advance(Duration.ofSeconds(1));
        }
        says(Status.HEALTHY, 1_003);
    }

    /** C50: a time that moved with each ping would keep an idle session alive for ever. */
    @Test
    void keepsItsTimeFromPingToPing() {
        for (int i = 0; i < 100; i++) {
            clock.advance(Duration.ofSeconds(2));
            says(Status.HEALTHY, 1_000);
        }
    }

    @Test
    void listsTheTasksThatRunTheOldestFirstAndCountsAnEndOnce() {
        ServerHealth.Task first = health.begin("index");
        clock.advance(Duration.ofSeconds(5));
        ServerHealth.Task second = health.begin("index");
        assertEquals(List.of(new ServerHealth.RunningTask("index", Duration.ofSeconds(5)),
                new ServerHealth.RunningTask("index", Duration.ZERO)), health.tasks());
        first.close();
        first.close();
        assertEquals(Status.HEALTHY_BUSY, health.now());
        second.close();
        assertEquals(List.of(), health.tasks());
        assertEquals(Status.HEALTHY, health.now());
    }

    /** C54: forced before custom before what runs. */
    @Test
    void obeysAForcedStatusBeforeACustomOneBeforeWhatRuns() {
        health.turnStarted();
        health.custom(() -> Status.HEALTHY);
        clock.advance(Duration.ofSeconds(1));
        says(Status.HEALTHY, 1_000);
        health.force(Status.HEALTHY_BUSY);
        says(Status.HEALTHY_BUSY, 1_001);
        health.turnEnded();
        says(Status.HEALTHY_BUSY, 1_001);
        clock.advance(Duration.ofSeconds(1));
        health.force(null);
        says(Status.HEALTHY, 1_002);
        health.custom(null);
        says(Status.HEALTHY, 1_002);
    }

    @Test
    void asksTheCustomSupplierAtEachPingAndStampsWhatChanges() {
        AtomicReference<Status> answer = new AtomicReference<>(Status.HEALTHY);
        health.custom(answer::get);
        clock.advance(Duration.ofSeconds(7));
        says(Status.HEALTHY, 1_000);
        answer.set(Status.HEALTHY_BUSY);
        says(Status.HEALTHY_BUSY, 1_007);
        clock.advance(Duration.ofSeconds(7));
        says(Status.HEALTHY_BUSY, 1_007);
        answer.set(null);
        says(Status.HEALTHY, 1_014);
    }

    /** C54: an exception falls through to what runs, with a warning. */
    @Test
    void fallsThroughToWhatRunsWhenTheCustomSupplierFails() {
        List<String> warnings = StandardError.during(() -> {
            health.custom(() -> {
                throw new IllegalStateException("no idea");
            });
            assertEquals(Status.HEALTHY, health.now());
            health.turnStarted();
            assertEquals(Status.HEALTHY_BUSY, health.now());
            health.now();
        }).lines().filter(line -> line.contains("the custom supplier failed")).toList();
        assertEquals(1, warnings.size(), warnings::toString);
    }

    /** C15. */
    @Test
    void isNotReadyWhileItWarmsUpAndStampsTheMomentItIs() {
        health.warmingUp();
        assertFalse(health.status().ready());
        clock.advance(Duration.ofSeconds(3));
        health.warm();
        assertTrue(health.status().ready());
        says(Status.HEALTHY, 1_003);
    }

    @Test
    void waitsForTheLastTurnToEndAndNoLonger() throws Exception {
        assertTrue(health.awaitNoTurns(Duration.ZERO));
        health.turnStarted();
        health.turnStarted();
        assertFalse(health.awaitNoTurns(Duration.ofMillis(1)));
        AtomicReference<Boolean> ended = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            try {
                ended.set(health.awaitNoTurns(Duration.ofSeconds(Long.MAX_VALUE)));
            } catch (InterruptedException e) {
                // The test has failed already.
            }
        });
        waiting.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        health.turnEnded();
        assertNull(ended.get());
        health.turnEnded();
        waiting.join(20_000);
        assertEquals(true, ended.get());
    }

    private void says(Status status, long since) {
        Health.Report report = health.status();
        assertEquals(status, report.says());
        assertEquals(since, report.sinceEpochSecond());
    }
}
