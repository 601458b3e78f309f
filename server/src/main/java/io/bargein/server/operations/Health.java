package io.bargein.server.operations;

import io.bargein.server.spi.ServerHealth;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code /ping} answers: {@code HealthyBusy} while any turn or task runs, so that the platform does not end the session, and
 * {@code Healthy} otherwise, unless an embedder knows better (contract C48, C49, C54). Its time is that of the last change of status,
 * never of the ping itself: a server that says "now" each time is never found idle (C50, C53). Safe for use by many threads.
 */
public final class Health implements ServerHealth {
    private static final Logger log = LoggerFactory.getLogger(Health.class);

    /**
     * The answer to a ping.
     *
     * @param ready whether the server has warmed up; before, a ping is answered with 503 (C15)
     * @param says what it says, once it is ready
     * @param runningTurns how many turns run
     * @param runningTasks how many tasks run
     * @param sinceEpochSecond when the status last changed, in seconds of Unix time
     */
    public record Report(boolean ready, Status says, int runningTurns, int runningTasks, long sinceEpochSecond) {}

    /** All that decides; {@code forced} and {@code custom}, what the supplier last said, may be null. */
    private record Facts(boolean ready, int turns, int tasks, Status forced, Status custom, long sinceEpochSecond) {

        /** In the documented order (C54). */
        Status status() {
            return forced != null ? forced
                    : custom != null ? custom
                    : turns + tasks > 0 ? Status.HEALTHY_BUSY : Status.HEALTHY;
        }

        Facts ready(boolean now) {
            return new Facts(now, turns, tasks, forced, custom, sinceEpochSecond);
        }

        Facts turns(int by) {
            assert turns + by >= 0 : "a turn ended that had not begun";
            return new Facts(ready, turns + by, tasks, forced, custom, sinceEpochSecond);
        }

        Facts tasks(int by) {
            return new Facts(ready, turns, tasks + by, forced, custom, sinceEpochSecond);
        }

        Facts forced(Status now) {
            return new Facts(ready, turns, tasks, now, custom, sinceEpochSecond);
        }

        Facts custom(Status now) {
            return new Facts(ready, turns, tasks, forced, now, sinceEpochSecond);
        }

        Facts since(long epochSecond) {
            return new Facts(ready, turns, tasks, forced, custom, epochSecond);
        }
    }

    private record Begun(String name, long atMillis) {}

    private final Clock clock;
    private final AtomicReference<Facts> facts;
    private final Map<Long, Begun> tasks = new ConcurrentHashMap<>();
    private final AtomicLong lastTask = new AtomicLong();
    /** Whom to ask, or null. */
    private volatile Supplier<Status> supplier;
    /** Whether the supplier's last answer was an exception, which is said once. */
    private volatile boolean supplierFails;
    /** Guards the wait for the last turn's end. */
    private final Object turnsEnded = new Object();

    /**
     * Starts out ready and healthy, as of now.
     *
     * @param clock tells the time of day
     */
    public Health(Clock clock) {
        this.clock = clock;
        this.facts = new AtomicReference<>(new Facts(true, 0, 0, null, null, clock.instant().getEpochSecond()));
    }

    /** The server warms up: until {@link #warm} it is not ready. */
    public void warmingUp() {
        change(now -> now.ready(false));
    }

    /** The server has warmed up. */
    public void warm() {
        change(now -> now.ready(true));
    }

    /**
     * Says whether the server has warmed up.
     *
     * @return false before, when no work is taken
     */
    public boolean isReady() {
        return facts.get().ready();
    }

    /** A turn has begun. */
    public void turnStarted() {
        change(now -> now.turns(1));
    }

    /** A turn has ended. */
    public void turnEnded() {
        if (change(now -> now.turns(-1)).turns() == 0) {
            synchronized (turnsEnded) {
                turnsEnded.notifyAll();
            }
        }
    }

    /**
     * Waits until no turn runs.
     *
     * @param timeout how long at most
     * @return whether none runs
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitNoTurns(Duration timeout) throws InterruptedException {
        // Unlike toNanos, this takes a wait of more than 292 years for one of 292.
        long nanos = TimeUnit.NANOSECONDS.convert(timeout);
        long begun = System.nanoTime();
        synchronized (turnsEnded) {
            while (facts.get().turns() > 0) {
                long left = nanos - (System.nanoTime() - begun);
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(turnsEnded, left);
            }
        }
        return true;
    }

    @Override
    public Task begin(String name) {
        long id = lastTask.incrementAndGet();
        tasks.put(id, new Begun(Objects.requireNonNull(name, "name"), clock.millis()));
        change(now -> now.tasks(1));
        return new Task() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void close() {
                if (tasks.remove(id) != null) {
                    change(now -> now.tasks(-1));
                }
            }
        };
    }

    @Override
    public List<RunningTask> tasks() {
        long now = clock.millis();
        return tasks.entrySet().stream().sorted(Comparator.comparing(Map.Entry::getKey)).map(Map.Entry::getValue)
                .map(begun -> new RunningTask(begun.name(), Duration.ofMillis(Math.max(0, now - begun.atMillis())))).toList();
    }

    @Override
    public void force(Status status) {
        change(now -> now.forced(status));
    }

    @Override
    public void custom(Supplier<Status> supplier) {
        this.supplier = supplier;
        supplierFails = false;
        status();
    }

    @Override
    public Status now() {
        return status().says();
    }

    /**
     * Asks the supplier, if there is one and nothing is forced (C54: lazily, at ping time), and says how things stand.
     *
     * @return what a ping is to be told
     */
    public Report status() {
        Facts now = facts.get();
        if (now.forced() == null) {
            Status custom = ask();
            if (custom != now.custom()) {
                now = change(before -> before.custom(custom));
            }
        }
        return new Report(now.ready(), now.status(), now.turns(), now.tasks(), now.sinceEpochSecond());
    }

    private Status ask() {
        Supplier<Status> asked = supplier;
        if (asked == null) {
            return null;
        }
        try {
            Status answer = asked.get();
            supplierFails = false;
            return answer;
        } catch (RuntimeException e) {
            if (!supplierFails) {
                supplierFails = true;
                log.warn("health: the custom supplier failed; what runs decides instead", e);
            }
            return null;
        }
    }

    /** The stamp changes only with what a ping says (C50, C53), and when it becomes something other than 503. */
    private Facts change(UnaryOperator<Facts> how) {
        Facts before;
        Facts after;
        do {
            before = facts.get();
            after = how.apply(before);
            if (after.status() != before.status() || after.ready() != before.ready()) {
                after = after.since(clock.instant().getEpochSecond());
            }
        } while (!facts.compareAndSet(before, after));
        return after;
    }
}
