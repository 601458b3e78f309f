package io.bargein.server.operations;

import java.time.Clock;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What {@code /ping} answers: {@code HealthyBusy} while any turn runs, so that the platform does not end the session, and
 * {@code Healthy} otherwise (contract C48, C49). Its time is that of the last change of status, never of the ping itself:
 * a server that says "now" each time is never found idle (C50, C53). Safe for use by many threads.
 */
public final class Health {

    /**
     * The answer to a ping.
     *
     * @param runningTurns how many turns run
     * @param sinceEpochSecond when the status last changed, in seconds of Unix time
     */
    public record Status(int runningTurns, long sinceEpochSecond) {

        /**
         * Returns the status in the platform's words.
         *
         * @return {@code Healthy} or {@code HealthyBusy}
         */
        public String word() {
            return runningTurns == 0 ? "Healthy" : "HealthyBusy";
        }
    }

    private final Clock clock;
    private final AtomicReference<Status> status;

    /**
     * Starts out healthy, as of now.
     *
     * @param clock tells the time of day
     */
    public Health(Clock clock) {
        this.clock = clock;
        this.status = new AtomicReference<>(new Status(0, clock.instant().getEpochSecond()));
    }

    /** A turn has begun. */
    public void turnStarted() {
        change(1);
    }

    /** A turn has ended. */
    public void turnEnded() {
        change(-1);
    }

    /**
     * Returns the status.
     *
     * @return the status as of now
     */
    public Status status() {
        return status.get();
    }

    private void change(int by) {
        Status before;
        Status after;
        do {
            before = status.get();
            int turns = before.runningTurns() + by;
            assert turns >= 0 : "a turn ended that had not begun";
            boolean sameStatus = (turns == 0) == (before.runningTurns() == 0);
            after = new Status(turns, sameStatus ? before.sinceEpochSecond() : clock.instant().getEpochSecond());
        } while (!status.compareAndSet(before, after));
    }
}
