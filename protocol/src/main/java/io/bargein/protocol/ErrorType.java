package io.bargein.protocol;

import java.util.Locale;

/** What kind of thing went wrong, for programs to tell errors apart by. What clients are shown of it is its {@link #word}. */
public enum ErrorType {
    /** The client sent what is no message. */
    INVALID_INPUT,
    /** A turn of the conversation runs, and the client may not wait for its end. */
    CONVERSATION_BUSY,
    /** As many wait for the conversation as may. */
    QUEUE_FULL,
    /** The turns before it took longer than the client may wait. */
    WAIT_TIMEOUT,
    /** The server is about to stop. */
    DRAINING,
    /** There is no room for more history. */
    CONVERSATIONS_FULL,
    /** Too many requests or tokens for the model just now. */
    THROTTLED,
    /** The model cannot serve just now. */
    UNAVAILABLE,
    /** All places for calls to the model are taken. */
    BUSY,
    /** The connection to the model could not be made, or broke. */
    CONNECTION_LOST,
    /** The model said nothing for too long. */
    STALLED,
    /** The answer stopped without an end. */
    TRUNCATED,
    /** The model failed while it answered. */
    MODEL_FAILED,
    /** The model does not accept the request. */
    INVALID_REQUEST,
    /** The model may not be used with these credentials. */
    ACCESS_DENIED,
    /** The answer passed its limit. */
    ANSWER_TOO_LONG,
    /** The model asked for tools more often than it may. */
    TOO_MANY_TOOL_ROUNDS,
    /** A fault of the server's. */
    INTERNAL;

    private final String word = name().toLowerCase(Locale.ROOT);

    /**
     * Returns the wire's word for it.
     *
     * @return the name in lower case, as {@code model_failed}
     */
    public String word() {
        return word;
    }
}
