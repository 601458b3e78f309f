package io.bargein.server.spi;

import java.time.Duration;

/**
 * Hears of the turns and the ends of all connections and invocations; the server's own logs are one. Called on the connection's event
 * loop, where others wait for it: no method may block. An exception is logged and harms nothing. Two calls come on other threads:
 * {@link #eventIgnored}, and {@link #turnEnded} where the event loop has ended before the model lets go of the turn.
 *
 * <p>Of each turn it hears {@link #turnStarted} first, {@link #firstDelta} at most once, and {@link #turnEnded} once, which may come when
 * later turns have begun: an interrupted one is told of when the model has let go of it.
 */
public interface SessionListener {

    /** How a turn ended. */
    enum Outcome {
        /** With the whole answer. */
        COMPLETE,
        /** By a prompt, a cancel, or the end of the connection, which the client was told. */
        INTERRUPTED,
        /** It failed. */
        ERROR,
        /** The client was gone. */
        DISCONNECTED
    }

    /**
     * A turn.
     *
     * @param context where its prompt came from
     * @param number counts the connection's turns, from 1
     * @param ofClient the client's own name for it, or null
     * @param prompt what the user said
     */
    record Turn(RequestContext context, int number, String ofClient, String prompt) {}

    /**
     * What became of a turn.
     *
     * @param turn which turn
     * @param outcome how it ended
     * @param answer what the client was sent of the answer
     * @param duration from the prompt to the end
     * @param firstDelta from the prompt to the first piece of the answer; null if there was none
     * @param interrupt from what cut in to {@code interrupted} having been handed to the channel; null if the turn was not interrupted, or
     *     if that had to wait behind a slow reader's backlog
     * @param upstreamAbort from there until the model had let go; null if there was nothing to let go of, or if it has not in 10 s
     * @param chunks how many chunks were sent
     * @param bytes how many bytes of UTF-8 the client was sent of the answer
     * @param stopReason why the model stopped, in its words; null if it did not
     * @param usage the tokens it cost; null where they are not known
     * @param error what the client was told went wrong; null unless the outcome is {@link Outcome#ERROR}
     * @param cause what that came from; or null
     */
    record TurnEnd(Turn turn, Outcome outcome, String answer, Duration duration, Duration firstDelta, Duration interrupt,
            Duration upstreamAbort, int chunks, long bytes, String stopReason, Usage usage, String error, Throwable cause) {}

    /**
     * The end of a connection.
     *
     * @param context where it came from
     * @param code the close code; 1006 where there was none (RFC 6455, section 7.1.5)
     * @param reason the reason, or ""
     * @param by who closed it: {@code client}, {@code server} or {@code nobody}
     * @param duration how long it lived
     * @param turns how many turns have ended
     * @param chunks how many chunks those had
     * @param bytes how many bytes of UTF-8 their answers had
     */
    record ConnectionEnd(RequestContext context, int code, String reason, String by, Duration duration, int turns, long chunks, long bytes) {}

    /**
     * A turn begins: its prompt has come.
     *
     * @param turn which turn
     */
    default void turnStarted(Turn turn) {}

    /**
     * The model has said something.
     *
     * @param turn in which turn
     * @param sincePrompt how long that took
     */
    default void firstDelta(Turn turn, Duration sincePrompt) {}

    /**
     * A turn has ended. If it was cut in on, and the model lets go of it only when the connection's event loop has ended, called on the
     * thread that lets go; or on a timer's, if that takes longer than 10 s.
     *
     * @param end what became of it
     */
    default void turnEnded(TurnEnd end) {}

    /**
     * A model has told something after the end of its answer, which was ignored. Called on the model's thread.
     *
     * @param context where the prompt came from
     */
    default void eventIgnored(RequestContext context) {}

    /**
     * A WebSocket connection has ended.
     *
     * @param end what became of it
     */
    default void connectionEnded(ConnectionEnd end) {}
}
