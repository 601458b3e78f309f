package io.bargein.loadtest.run;

import java.util.SplittableRandom;

/**
 * When one connection's prompts are due. Decided by the clock alone: a server that is late makes no prompt later, so that its lateness
 * shows in every latency it delays (no coordinated omission).
 */
final class Arrivals {
    private final double meanNanos;
    private final boolean poisson;
    private final SplittableRandom random;
    private double dueNanos;

    /**
     * @param startNanos when arrivals begin; the first comes after a part of the mean at random, so that connections do not march in step
     * @param perSecond how many there are a second
     */
    Arrivals(long startNanos, double perSecond, boolean poisson, long seed) {
        this.meanNanos = 1e9 / perSecond;
        this.poisson = poisson;
        this.random = new SplittableRandom(seed);
        this.dueNanos = startNanos + random.nextDouble() * meanNanos;
    }

    /** When the next prompt is due. */
    long dueNanos() {
        return (long) dueNanos;
    }

    void advance() {
        dueNanos += poisson ? -Math.log(1 - random.nextDouble()) * meanNanos : meanNanos;
    }
}
