package io.bargein.server.transport;

import java.util.concurrent.TimeUnit;

/**
 * Counts frames in a sliding second. Data frames may fill the limit; terminals, continuations and control frames may go a fifth
 * beyond it, which still stays below AgentCore's 250 (contract C69). Confined to its connection's event loop.
 */
final class FramePacer {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long[] NONE = {};
    private static final int SMALLEST = 8;

    private final int dataLimit;
    private final int limit;
    /**
     * When frames of the last second left, as a ring from the oldest on. It is as large as a second has needed so far: most connections
     * are idle, and few send as much as they may.
     */
    private long[] times = NONE;
    private int oldest;
    private int count;

    /** @param framesPerSecond how many data frames in any second; 0 is no limit */
    FramePacer(int framesPerSecond) {
        this.dataLimit = framesPerSecond;
        this.limit = framesPerSecond + framesPerSecond / 5;
    }

    /** How long a data frame has to wait; 0 if it may leave now. */
    long dataWaitNanos(long nowNanos) {
        return waitNanos(dataLimit, nowNanos);
    }

    /** How long any other frame has to wait; 0 if it may leave now. */
    long controlWaitNanos(long nowNanos) {
        return waitNanos(limit, nowNanos);
    }

    /** A frame leaves. */
    void record(long nowNanos) {
        if (limit == 0) {
            return;
        }
        while (count > 0 && (count == limit || nowNanos - times[oldest] >= SECOND)) {
            oldest = at(1);
            count--;
        }
        if (count == times.length) {
            grow();
        }
        times[at(count)] = nowNanos;
        count++;
    }

    private void grow() {
        long[] grown = new long[Math.min(limit, Math.max(SMALLEST, 2 * count))];
        for (int i = 0; i < count; i++) {
            grown[i] = times[at(i)];
        }
        times = grown;
        oldest = 0;
    }

    private long waitNanos(int allowed, long nowNanos) {
        if (allowed == 0 || count < allowed) {
            return 0;
        }
        // The frame that has to be a second old before one more may leave.
        return Math.max(0, SECOND - (nowNanos - times[at(count - allowed)]));
    }

    /** Where the frame is that left so many after the oldest. */
    private int at(int after) {
        int index = oldest + after;
        return index < times.length ? index : index - times.length;
    }
}
