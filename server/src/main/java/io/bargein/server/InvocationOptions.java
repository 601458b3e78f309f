package io.bargein.server;

import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.session.BusyPolicy;
import io.bargein.server.transport.InvocationSettings;
import java.time.Duration;

/** The settings of {@code POST /invocations}. What they mean is said once, at the records they become. */
final class InvocationOptions extends Options {

    private final Setting<Integer> maxInvocationBytes = size("--max-invocation-bytes", "10MiB", "Largest body of an invocation; past it 413");
    private final Setting<Long> maxInvocationsTotalBytes = longSize("--max-invocations-total-bytes", "256MiB",
            "Most bytes of all invocations' bodies at a time; past it 503");
    private final Setting<WhenBusy> whileBusy = oneOf("--invocation-while-busy", "WHAT", "wait",
            "What an invocation does while a turn of its conversation runs: wait, interrupt it, or reject (409)",
            WhenBusy.values());
    private final Setting<Integer> queue = number("--invocation-queue", InvocationSettings.DEFAULT_QUEUE,
            "Invocations that may wait for one conversation; past it 429");
    private final Setting<Duration> wait = time("--invocation-wait", "60s",
            "Time an invocation waits for its conversation, 0 without end; past it 503");

    InvocationSettings settings() {
        return new InvocationSettings(maxInvocationBytes.value(), maxInvocationsTotalBytes.value(),
                new BusyPolicy(whileBusy.value(), queue.value(), wait.value()));
    }
}
