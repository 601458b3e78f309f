package io.bargein.loadtest.frontdoor;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Where a front door takes the time from: the machine, or a test's hand ({@link HandMovedTime}). */
public interface FrontDoorTime {

    /**
     * Tells the date, which signatures and tokens are held against.
     *
     * @return the time of day
     */
    Instant now();

    /**
     * Tells the time that durations are measured with.
     *
     * @return nanoseconds since some moment
     */
    long nanos();

    /**
     * Has something done later.
     *
     * @param loop where to do it
     * @param delay in how long
     * @param task what to do
     * @return calls it off, if it has not been done
     */
    Runnable after(EventExecutor loop, Duration delay, Runnable task);

    /**
     * Takes the machine's time.
     *
     * @return a time that passes by itself
     */
    static FrontDoorTime ofTheMachine() {
        return new FrontDoorTime() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public Runnable after(EventExecutor loop, Duration delay, Runnable task) {
                Future<?> scheduled = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            }
        };
    }
}
