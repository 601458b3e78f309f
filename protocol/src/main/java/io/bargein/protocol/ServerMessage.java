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
     * @param stopReason why the model stopped, in its own words
     * @param usage the tokens that the turn cost, or null where they are not known
     */
    record Complete(String fullResponse, String stopReason, Usage usage) implements ServerMessage {

        /**
         * An answer that ended of itself, of which no more is known.
         *
         * @param fullResponse the concatenation of the {@code data} of all chunks this client was sent for the turn
         */
        public Complete(String fullResponse) {
            this(fullResponse, "end_turn", null);
        }
    }

    /**
     * The tokens of a turn, as the model counted them.
     *
     * @param inputTokens tokens read, those from the cache not included
     * @param outputTokens tokens written
     * @param cacheReadInputTokens tokens read from the prompt cache
     * @param cacheWriteInputTokens tokens written to the prompt cache
     */
    record Usage(long inputTokens, long outputTokens, long cacheReadInputTokens, long cacheWriteInputTokens) {}

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
     * @param type what kind of thing went wrong
     * @param error what was wrong, and what was expected
     */
    record Failure(ErrorType type, String error) implements ServerMessage {

        /**
         * Bad input.
         *
         * @param error what was wrong, and what was expected
         */
        public Failure(String error) {
            this(ErrorType.INVALID_INPUT, error);
        }
    }
}
