package io.bargein.loadtest.client;

import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** How long to wait before each attempt to connect again: 1, 2, 4, 8, 15 s and then 15 s each, 25 % more or less. */
final class Backoff {
    private static final int[] SECONDS = {1, 2, 4, 8, 15};
    private static final double SPREAD = 0.25;

    private final DoubleSupplier random;
    private int attempts;

    /** @param random gives numbers from 0 to 1 */
    Backoff(DoubleSupplier random) {
        this.random = random;
    }

    long nextNanos() {
        long whole = TimeUnit.SECONDS.toNanos(SECONDS[Math.min(attempts++, SECONDS.length - 1)]);
        return (long) (whole * (1 - SPREAD + 2 * SPREAD * random.getAsDouble()));
    }

    void reset() {
        attempts = 0;
    }
}
