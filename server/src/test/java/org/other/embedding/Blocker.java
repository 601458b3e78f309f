package org.other.embedding;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A callback that does what it must not: it blocks the thread it is called on, for 20 s at most. */
public final class Blocker {
    private Blocker() {}

    public static void block(CountDownLatch blocked, CountDownLatch until) {
        blocked.countDown();
        try {
            until.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
