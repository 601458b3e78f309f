package io.bargein.server;

import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.session.BusyPolicy;
import io.bargein.server.transport.InvocationSettings;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The settings of {@code POST /invocations}. What they mean is said once, at the records they become. */
final class InvocationOptions {

    @Option(names = "--max-invocation-bytes", paramLabel = "SIZE", defaultValue = "10MiB", converter = IntSize.class,
            description = "Largest body of an invocation; past it 413")
    private int maxInvocationBytes;

    @Option(names = "--max-invocations-total-bytes", paramLabel = "SIZE", defaultValue = "256MiB", converter = LongSize.class,
            description = "Most bytes of all invocations' bodies at a time; past it 503")
    private long maxInvocationsTotalBytes;

    @Option(names = "--invocation-while-busy", paramLabel = "WHAT", defaultValue = "wait",
            description = "What an invocation does while a turn of its conversation runs: wait, interrupt it, or reject (409)")
    private WhenBusy whileBusy;

    @Option(names = "--invocation-queue", paramLabel = "N", defaultValue = "" + InvocationSettings.DEFAULT_QUEUE,
            description = "Invocations that may wait for one conversation; past it 429")
    private int queue;

    @Option(names = "--invocation-wait", paramLabel = "TIME", defaultValue = "60s", converter = Durations.class,
            description = "Time an invocation waits for its conversation, 0 without end; past it 503")
    private Duration wait;

    InvocationSettings settings() {
        return new InvocationSettings(maxInvocationBytes, maxInvocationsTotalBytes, new BusyPolicy(whileBusy, queue, wait));
    }

    static WhenBusy whenBusy(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "wait" -> WhenBusy.WAIT;
            case "interrupt" -> WhenBusy.INTERRUPT;
            case "reject" -> WhenBusy.REJECT;
            default -> throw new TypeConversionException("'" + value + "' (expected: wait, interrupt or reject)");
        };
    }
}
