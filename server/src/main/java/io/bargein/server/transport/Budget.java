package io.bargein.server.transport;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes there may be of something, in all connections together. Safe for use by many threads. */
final class Budget {
    private final long max;
    private final AtomicLong taken = new AtomicLong();

    Budget(long max) {
        this.max = max;
    }

    /** Takes bytes, which {@link #giveBack} gives back; says whether there were as many. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= max) {
            return true;
        }
        giveBack(bytes);
        return false;
    }

    void giveBack(long bytes) {
        long left = taken.addAndGet(-bytes);
        assert left >= 0 : "gave back more than was taken";
    }
}
