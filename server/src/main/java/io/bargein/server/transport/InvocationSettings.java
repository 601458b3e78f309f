package io.bargein.server.transport;

import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.session.BusyPolicy;
import java.time.Duration;

/**
 * What {@code POST /invocations} takes. Immutable.
 *
 * @param maxInvocationBytes the largest body: 1 KiB to 64 MiB, default 10 MiB; past it 413
 * @param maxInvocationsTotalBytes the most bytes of all bodies at a time: {@code maxInvocationBytes} to 1 TiB, default 256 MiB;
 *     past it 503
 * @param whileBusy what an invocation does while a turn of its conversation runs
 */
public record InvocationSettings(int maxInvocationBytes, long maxInvocationsTotalBytes, BusyPolicy whileBusy) {

    /** 64 invocations. */
    public static final int DEFAULT_QUEUE = 64;

    /** What holds unless something else is said. */
    public static final InvocationSettings DEFAULT = new InvocationSettings(
            10 << 20, 256 << 20, new BusyPolicy(WhenBusy.WAIT, DEFAULT_QUEUE, Duration.ofSeconds(60)));

    /**
     * Checks the ranges.
     *
     * @param maxInvocationBytes 1 KiB to 64 MiB
     * @param maxInvocationsTotalBytes {@code maxInvocationBytes} to 1 TiB
     * @param whileBusy what an invocation does while a turn of its conversation runs
     * @throws IllegalArgumentException if one is out of range
     */
    public InvocationSettings {
        Range.check("maxInvocationBytes", maxInvocationBytes, 1 << 10, 1 << 26);
        Range.check("maxInvocationsTotalBytes", maxInvocationsTotalBytes, maxInvocationBytes, 1L << 40);
    }
}
