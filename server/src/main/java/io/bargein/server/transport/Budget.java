package io.bargein.server.transport;

import java.util.concurrent.atomic.AtomicLong;

/** How much there may be of something, in all connections together: bytes, or connections. Safe for use by many threads. */
final class Budget {
    private final long max;
    private final AtomicLong taken = new AtomicLong();

    Budget(long max) {
        this.max = max;
    }

    /**
     * Takes some, which {@link #giveBack} gives back; says whether there was as much. What is refused is never counted, not even for a
     * moment, in which another would be refused that there is room for.
     */
    boolean take(long amount) {
        long before = taken.get();
        while (amount <= max - before) {
            if (taken.compareAndSet(before, before + amount)) {
                return true;
            }
            before = taken.get();
        }
        return false;
    }

    void giveBack(long amount) {
        long left = taken.addAndGet(-amount);
        assert left >= 0 : "gave back more than was taken";
    }
}
