package io.bargein.server.session;

import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.Usage;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What the log is told: a line for each turn that ends, and one for each connection. Nothing of a prompt or an answer is in them unless
 * that was asked for.
 */
public final class SessionLog implements SessionListener {
    private static final Logger log = LoggerFactory.getLogger(Session.class);

    private final boolean content;
    private final AtomicLong ignored = new AtomicLong();

    /**
     * Creates the log.
     *
     * @param content whether prompts and answers are written too
     */
    public SessionLog(boolean content) {
        this.content = content;
    }

    @Override
    public void turnEnded(TurnEnd end) {
        LoggingEventBuilder line = event(end.outcome() == Outcome.ERROR ? Level.WARN : Level.INFO, end.turn().context())
                .addKeyValue("turn", end.turn().number())
                .addKeyValue("outcome", end.outcome().name().toLowerCase(Locale.ROOT))
                .addKeyValue("durationMs", millis(end.duration()));
        add(line, "firstDeltaMs", end.firstDelta());
        line.addKeyValue("chunks", end.chunks()).addKeyValue("bytes", end.bytes());
        if (end.stopReason() != null) {
            line.addKeyValue("stopReason", end.stopReason());
        }
        Usage usage = end.usage();
        if (usage != null) {
            line.addKeyValue("inputTokens", usage.inputTokens()).addKeyValue("outputTokens", usage.outputTokens())
                    .addKeyValue("cacheReadInputTokens", usage.cacheReadInputTokens())
                    .addKeyValue("cacheWriteInputTokens", usage.cacheWriteInputTokens());
        }
        if (content) {
            line.addKeyValue("prompt", end.turn().prompt()).addKeyValue("answer", end.answer());
        }
        if (end.error() != null) {
            line.addKeyValue("error", end.error());
        }
        if (end.cause() != null) {
            line.addKeyValue("cause", end.cause().toString());
        }
        add(line, "interruptMs", end.interrupt());
        add(line, "upstreamAbortMs", end.upstreamAbort());
        line.log("turn ended");
    }

    /** Says so at the 1st, the 2nd, the 4th and so on, and how many it were. */
    @Override
    public void eventIgnored(RequestContext context) {
        long count = ignored.incrementAndGet();
        if (Long.bitCount(count) == 1) {
            event(Level.WARN, context).addKeyValue("ignored", count)
                    .log("model: told something after the end of its answer (expected: the end as the last call)");
        }
    }

    @Override
    public void connectionEnded(ConnectionEnd end) {
        event(Level.INFO, end.context())
                .addKeyValue("code", end.code()).addKeyValue("reason", end.reason()).addKeyValue("closedBy", end.by())
                .addKeyValue("durationMs", millis(end.duration()))
                .addKeyValue("turns", end.turns()).addKeyValue("chunks", end.chunks()).addKeyValue("bytes", end.bytes())
                .log("connection ended");
    }

    /** What each line begins with. */
    private static LoggingEventBuilder event(Level level, RequestContext context) {
        return log.atLevel(level).addKeyValue("sessionId", context.sessionId()).addKeyValue("requestId", context.requestId());
    }

    private static void add(LoggingEventBuilder line, String name, Duration value) {
        if (value != null) {
            line.addKeyValue(name, millis(value));
        }
    }

    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e3) / 1e3;
    }
}
