package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;
import io.bargein.server.spi.RequestContext;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.slf4j.spi.NOPLoggingEventBuilder;

/**
 * What the log is told of one connection: a line for each turn that ends, and one for its own end. Nothing of a prompt or an answer is
 * in them unless that was asked for. Confined to the session's event loop; only a line that waits for the upstream to let go is written
 * elsewhere.
 */
final class SessionLog {
    private static final Logger log = LoggerFactory.getLogger(Session.class);

    private final RequestContext context;
    private final LogDetail detail;
    private final Ticker ticker;
    private final long startNanos;
    private int turns;
    private long chunks;
    private long bytes;

    SessionLog(RequestContext context, LogDetail detail, Ticker ticker) {
        this.context = context;
        this.detail = detail;
        this.ticker = ticker;
        this.startNanos = ticker.nanoTime();
    }

    /** A turn's terminal was sent. */
    void ended(Turn turn, ServerMessage terminal) {
        boolean failed = terminal instanceof ServerMessage.Failure;
        LoggingEventBuilder line = line(turn, failed ? Level.WARN : Level.INFO, failed ? "error" : "complete");
        if (terminal instanceof ServerMessage.Failure failure) {
            line.addKeyValue("error", failure.error());
            if (turn.failure != null && turn.failure.getCause() != null) {
                line.addKeyValue("cause", turn.failure.getCause().toString());
            }
        }
        line.log("turn ended");
    }

    /**
     * A turn was left without its terminal, or with {@code interrupted}.
     *
     * @param letGo completes when the upstream has let go of the turn's call; null if there was none
     */
    void left(Turn turn, CompletionStage<Void> letGo) {
        LoggingEventBuilder line = line(turn, Level.INFO, turn.interrupted ? "interrupted" : "disconnected");
        if (turn.interruptNanos >= 0) {
            line.addKeyValue("interruptMs", millis(turn.interruptNanos));
        }
        if (letGo == null) {
            line.log("turn ended");
        } else {
            long leftNanos = ticker.nanoTime();
            letGo.whenComplete((done, failure) -> line.addKeyValue("upstreamAbortMs", millis(ticker.nanoTime() - leftNanos)).log("turn ended"));
        }
    }

    /**
     * The connection is gone.
     *
     * @param code the close code: 1006 where there was none (RFC 6455, section 7.1.5)
     * @param reason the reason, or ""
     * @param by who closed it
     */
    void connectionEnded(int code, String reason, String by) {
        event(Level.INFO).addKeyValue("code", code).addKeyValue("reason", reason).addKeyValue("closedBy", by)
                .addKeyValue("durationMs", millis(ticker.nanoTime() - startNanos))
                .addKeyValue("turns", turns).addKeyValue("chunks", chunks).addKeyValue("bytes", bytes)
                .log("connection ended");
    }

    void moved(State from, State to, String why) {
        if (log.isTraceEnabled()) {
            log.trace("session {}: {} -> {}: {}", context.sessionId(), from.getClass().getSimpleName(), to.getClass().getSimpleName(), why);
        }
    }

    private LoggingEventBuilder line(Turn turn, Level level, String outcome) {
        turns++;
        chunks += turn.chunksSent;
        bytes += turn.bytesSent();
        LoggingEventBuilder line = event(level).addKeyValue("turn", turn.number).addKeyValue("outcome", outcome)
                .addKeyValue("durationMs", millis(ticker.nanoTime() - turn.startNanos));
        if (turn.firstDeltaNanos >= 0) {
            line.addKeyValue("firstDeltaMs", millis(turn.firstDeltaNanos));
        }
        line.addKeyValue("chunks", turn.chunksSent).addKeyValue("bytes", turn.bytesSent());
        if (turn.stopReason != null) {
            line.addKeyValue("stopReason", turn.stopReason);
        }
        ServerMessage.Usage usage = turn.usage();
        if (usage != null && turn.stopReason != null) {
            line.addKeyValue("inputTokens", usage.inputTokens()).addKeyValue("outputTokens", usage.outputTokens())
                    .addKeyValue("cacheReadInputTokens", usage.cacheReadInputTokens())
                    .addKeyValue("cacheWriteInputTokens", usage.cacheWriteInputTokens());
        }
        if (detail == LogDetail.CONTENT) {
            line.addKeyValue("prompt", turn.prompt).addKeyValue("answer", turn.seen());
        }
        return line;
    }

    /** What each line begins with. */
    private LoggingEventBuilder event(Level level) {
        LoggingEventBuilder event = detail == LogDetail.NOTHING ? NOPLoggingEventBuilder.singleton() : log.atLevel(level);
        return event.addKeyValue("sessionId", context.sessionId()).addKeyValue("requestId", context.requestId());
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }
}
