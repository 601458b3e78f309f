package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/** An answer that could not be had. Reaches as far as its turn; the client is told {@link #getMessage()}. */
public final class ModelException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong, as far as it makes a difference to anyone. */
    public enum Kind {
        /** Too many requests or tokens just now. */
        THROTTLED(true),
        /** The model or its service cannot serve just now. */
        UNAVAILABLE(true),
        /** All places for calls to the model were taken for as long as one may wait for a place. */
        BUSY(true),
        /** The connection could not be made, or broke. */
        CONNECTION_LOST(true),
        /** No bytes for as long as the stall time-out says, though some were asked for. */
        STALLED(true),
        /** The stream ended without saying that the answer was whole. */
        TRUNCATED(true),
        /** The model failed while it answered. */
        MODEL_FAILED(true),
        /** The request is not acceptable to the model. */
        INVALID_REQUEST(false),
        /** No credentials, or they do not allow it. */
        ACCESS_DENIED(false),
        /** The answer passed its limit. */
        ANSWER_TOO_LONG(false),
        /** A fault of ours. */
        INTERNAL(false);

        private final boolean retryable;

        Kind(boolean retryable) {
            this.retryable = retryable;
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

    /** What went wrong. */
    private final Kind kind;

    /**
     * Creates the exception.
     *
     * @param kind what went wrong
     * @param message what the client is told: one line, no secret in it; null for one that names the kind
     * @param cause what it came from, for the log; may be null
     */
    public ModelException(Kind kind, String message, Throwable cause) {
        super(message == null ? "model: failed (" + kind + ")" : message, cause);
        this.kind = requireNonNull(kind, "kind");
    }

    /**
     * Creates the exception.
     *
     * @param kind what went wrong
     * @param message what the client is told: one line, no secret in it; null for one that names the kind
     */
    public ModelException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * Returns what went wrong.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}
