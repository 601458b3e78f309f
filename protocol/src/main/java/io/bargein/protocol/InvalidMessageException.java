package io.bargein.protocol;

import static java.util.Objects.requireNonNull;

/**
 * A message that breaks the protocol. It reaches as far as that message: the connection and its running turn go on, and the
 * peer is told {@link #getMessage()}, which reads {@code name: value (expected: what)}.
 */
public final class InvalidMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    /** How far the message could be read. */
    public enum Kind {
        /** It is not UTF-8. */
        ENCODING,
        /** It is not JSON. */
        SYNTAX,
        /** It is JSON that says nothing the protocol knows, or more than it allows. */
        CONTENT
    }

    /** How far the message could be read. */
    private final Kind kind;

    /**
     * Creates the exception, without a stack trace: it reports a peer's mistake, not ours.
     *
     * @param kind how far the message could be read
     * @param message what was wrong and what was expected
     */
    public InvalidMessageException(Kind kind, String message) {
        super(requireNonNull(message, "message"), null, false, false);
        this.kind = requireNonNull(kind, "kind");
    }

    /**
     * Returns how far the message could be read.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}
