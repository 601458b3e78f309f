package io.bargein.server.transport;

import java.util.concurrent.TimeUnit;

/**
 * Counts frames in a sliding second. Data frames may fill the limit; terminals, continuations and control frames may go a fifth
 * beyond it, which still stays below AgentCore's 250 (contract C69). Confined to its connection's event loop.
 */
final class FramePacer {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int dataLimit;
    private final int limit;
    /** When the last {@link #limit} frames left, as a ring; made at the first frame, as most connections are idle. */
    private long[] times;
    private int next;
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
        if (times == null) {
            times = new long[limit];
        }
        times[next] = nowNanos;
        next = next + 1 == limit ? 0 : next + 1;
        count = Math.min(count + 1, limit);
    }

    private long waitNanos(int allowed, long nowNanos) {
        if (allowed == 0 || count < allowed) {
            return 0;
        }
        // The frame that has to be a second old before one more may leave.
        int index = next - allowed;
        long age = nowNanos - times[index < 0 ? index + limit : index];
        return Math.max(0, SECOND - age);
    }
}
