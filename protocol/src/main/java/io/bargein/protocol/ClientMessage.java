package io.bargein.protocol;

/** What a client says to the server. Immutable, and holds no buffer. */
public sealed interface ClientMessage {

    /**
     * Starts a turn; interrupts the running one first, if there is one.
     *
     * @param text what the user said: not blank, no lone surrogate, at most {@link Limits#maxTextBytes()} bytes of UTF-8
     */
    record Prompt(String text) implements ClientMessage {}

    /** Stops the running turn without starting another; does nothing when none runs. */
    record Cancel() implements ClientMessage {}

    /** One of the server's own messages, sent back by a proxy (contract C85): ignored without a word. */
    record Echo() implements ClientMessage {}
}
