package io.bargein.loadtest.standin;

import java.util.Arrays;

/** When the newest batches of an answer were sent, and their bytes; the oldest are forgotten. Confined by its exchange's lock. */
final class RecentSends {
    static final int MAX = 32;

    private long[] nanos = new long[4];
    private int[] bytes = new int[4];
    private long count;

    void add(long sentNanos, int sentBytes) {
        if (count == nanos.length && nanos.length < MAX) {
            nanos = Arrays.copyOf(nanos, 2 * nanos.length);
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        int at = (int) (count++ % nanos.length);
        nanos[at] = sentNanos;
        bytes[at] = sentBytes;
    }

    /** A time and a number of bytes by turns, oldest first. */
    long[] toArray() {
        int kept = (int) Math.min(count, nanos.length);
        long[] pairs = new long[2 * kept];
        for (int i = 0; i < kept; i++) {
            int at = (int) ((count - kept + i) % nanos.length);
            pairs[2 * i] = nanos[at];
            pairs[2 * i + 1] = bytes[at];
        }
        return pairs;
    }
}
