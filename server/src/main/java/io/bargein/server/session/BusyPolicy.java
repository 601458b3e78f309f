package io.bargein.server.session;

import io.bargein.server.conversation.Conversations.WhenBusy;
import java.time.Duration;

/**
 * What a prompt does that meets another session's turn of its conversation. Immutable.
 *
 * @param whenBusy whether it waits, interrupts or is refused
 * @param maxWaiting how many may wait before it: 0 to 100,000; past it the prompt gets an error
 * @param maxWait how long it waits: 10 ms to 1 h, past it the prompt gets an error; or zero for as long as it takes
 */
public record BusyPolicy(WhenBusy whenBusy, int maxWaiting, Duration maxWait) {

    /** What a WebSocket connection's prompts do. */
    public static final BusyPolicy CUT_IN = new BusyPolicy(WhenBusy.INTERRUPT, 100_000, Duration.ZERO);

    /**
     * Checks the ranges.
     *
     * @param whenBusy whether it waits, interrupts or is refused
     * @param maxWaiting 0 to 100,000
     * @param maxWait 10 ms to 1 h, or zero
     * @throws IllegalArgumentException if one is out of range
     */
    public BusyPolicy {
        if (maxWaiting < 0 || maxWaiting > 100_000) {
            throw new IllegalArgumentException("invocationQueue: " + maxWaiting + " (expected: 0 to 100000)");
        }
        if (!maxWait.isZero() && (maxWait.compareTo(Duration.ofMillis(10)) < 0 || maxWait.compareTo(Duration.ofHours(1)) > 0)) {
            throw new IllegalArgumentException("invocationWait: " + maxWait + " (expected: 10ms to 1h, or 0s)");
        }
    }
}
