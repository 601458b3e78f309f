package io.bargein.protocol;

/** What the server says to a client. Immutable, and holds no buffer. */
public sealed interface ServerMessage {

    /**
     * A piece of the running turn's answer.
     *
     * @param data the text, without lone surrogates
     */
    record Chunk(String data) implements ServerMessage {}

    /**
     * The turn's answer is whole; terminal.
     *
     * @param fullResponse the concatenation of the {@code data} of all chunks this client was sent for the turn
     */
    record Complete(String fullResponse) implements ServerMessage {}

    /**
     * The turn was cut in on; terminal, and sent before anything of the next turn.
     *
     * @param partialResponse the concatenation of the {@code data} of all chunks this client was sent for the turn; may
     *     be empty
     */
    record Interrupted(String partialResponse) implements ServerMessage {}

    /**
     * Bad input, after which the connection and any running turn go on, or a turn that failed, for which it is terminal.
     *
     * @param error what was wrong, and what was expected
     */
    record Failure(String error) implements ServerMessage {}
}
