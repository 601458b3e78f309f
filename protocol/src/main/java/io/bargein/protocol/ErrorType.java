package io.bargein.protocol;

import java.util.Locale;

/** What kind of thing went wrong, for programs to tell errors apart by. What clients are shown of it is its {@link #word}. */
public enum ErrorType {
    /** The client sent what is no message. */
    INVALID_INPUT(false),
    /** A turn of the conversation runs, and the client may not wait for its end. */
    CONVERSATION_BUSY(true),
    /** As many wait for the conversation as may. */
    QUEUE_FULL(true),
    /** The turns before it took longer than the client may wait. */
    WAIT_TIMEOUT(true),
    /** The server is about to stop. */
    DRAINING(true),
    /** There is no room for more history. */
    CONVERSATIONS_FULL(true),
    /** What was said before could not be had in time. */
    HISTORY_UNAVAILABLE(true),
    /** Too many requests or tokens for the model just now. */
    THROTTLED(true),
    /** The model cannot serve just now. */
    UNAVAILABLE(true),
    /** All places for calls to the model are taken. */
    BUSY(true),
    /** The connection to the model could not be made, or broke. */
    CONNECTION_LOST(true),
    /** The model said nothing for too long. */
    STALLED(true),
    /** The answer stopped without an end. */
    TRUNCATED(true),
    /** The model failed while it answered. */
    MODEL_FAILED(true),
    /** The model does not accept the request. */
    INVALID_REQUEST(false),
    /** The model may not be used with these credentials. */
    ACCESS_DENIED(false),
    /** The answer passed its limit. */
    ANSWER_TOO_LONG(false),
    /** The model asked for tools more often than it may. */
    TOO_MANY_TOOL_ROUNDS(false),
    /** A fault of the server's. */
    INTERNAL(false);

    private final String word = name().toLowerCase(Locale.ROOT);
    private final boolean retryable;

    ErrorType(boolean retryable) {
        this.retryable = retryable;
    }

    /**
     * Returns the wire's word for it.
     *
     * @return the name in lower case, as {@code model_failed}
     */
    public String word() {
        return word;
    }

    /**
     * Says whether the same prompt may succeed later.
     *
     * @return whether trying again may help
     */
    public boolean retryable() {
        return retryable;
    }
}
