package io.bargein.protocol;

/**
 * A message that breaks the protocol. It reaches as far as that message: the connection and its running turn go on, and the
 * peer is told {@link #getMessage()}, which reads {@code name: value (expected: what)}.
 */
public final class InvalidMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception, without a stack trace: it reports a peer's mistake, not ours.
     *
     * @param message what was wrong and what was expected
     */
    public InvalidMessageException(String message) {
        super(message, null, false, false);
    }
}
