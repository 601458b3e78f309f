package io.bargein.protocol;

import java.util.Locale;

/**
 * What the server says to a client. Immutable, and holds no buffer. {@link Chunk}s and the three terminals are the conversation; all the
 * others a framing may leave out.
 */
public sealed interface ServerMessage {

    /**
     * Returns which turn it is of.
     *
     * @return the turn, or {@link TurnId#NONE}
     */
    default TurnId turn() {
        return TurnId.NONE;
    }

    /**
     * Says whether a turn ends with it.
     *
     * @return true for {@link Complete}, {@link Interrupted}, and {@link Failure}, which may also be about bad input
     */
    default boolean isTerminal() {
        return false;
    }

    /** The answer to {@link ClientMessage.Hello}. */
    record Ready() implements ServerMessage {}

    /**
     * A turn has begun. Sent before anything else of it.
     *
     * @param turn its number, and the client's name for it
     */
    record TurnStarted(TurnId turn) implements ServerMessage {}

    /**
     * A piece of a turn's answer.
     *
     * @param turn which turn
     * @param data the text, without lone surrogates
     */
    record Chunk(TurnId turn, String data) implements ServerMessage {

        /**
         * A piece, where turns have no names.
         *
         * @param data the text
         */
        public Chunk(String data) {
            this(TurnId.NONE, data);
        }
    }

    /**
     * A piece of what the model thinks before it answers. No part of the answer.
     *
     * @param turn which turn
     * @param data the text, without lone surrogates
     */
    record Reasoning(TurnId turn, String data) implements ServerMessage {}

    /**
     * A tool is being called.
     *
     * @param turn which turn
     * @param toolUseId names the call
     * @param name which tool
     * @param input the input, a JSON object, as text
     */
    record ToolStarted(TurnId turn, String toolUseId, String name, String input) implements ServerMessage {}

    /**
     * A tool has answered.
     *
     * @param turn which turn
     * @param toolUseId names the call
     * @param name which tool
     * @param failed whether {@code content} describes an error
     * @param content what the model is told
     */
    record ToolResulted(TurnId turn, String toolUseId, String name, boolean failed, String content) implements ServerMessage {}

    /**
     * The turn's answer is whole; terminal.
     *
     * @param turn which turn
     * @param fullResponse the concatenation of the {@code data} of all chunks this client was sent for the turn
     * @param stopReason why the model stopped, in its own words; null where it did not say
     * @param usage the tokens that the turn cost, or null where they are not known
     */
    record Complete(TurnId turn, String fullResponse, String stopReason, Usage usage) implements ServerMessage {

        /**
         * An answer that ended of itself, of which no more is known.
         *
         * @param fullResponse the concatenation of the {@code data} of all chunks this client was sent for the turn
         */
        public Complete(String fullResponse) {
            this(TurnId.NONE, fullResponse, "end_turn", null);
        }

        @Override
        public boolean isTerminal() {
            return true;
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
     * @param turn which turn
     * @param reason what cut in
     * @param partialResponse the concatenation of the {@code data} of all chunks this client was sent for the turn; may
     *     be empty
     */
    record Interrupted(TurnId turn, Reason reason, String partialResponse) implements ServerMessage {

        /** What cut in on a turn. */
        public enum Reason {
            /** A new prompt. */
            NEW_INPUT,
            /** The client's wish. */
            CANCEL,
            /** A newer connection of the same conversation. */
            DISCONNECT,
            /** A limit in time. */
            TIMEOUT,
            /** The server ends the connection. */
            SHUTDOWN;

            private final String word = name().toLowerCase(Locale.ROOT);

            /**
             * Returns the wire's word for it.
             *
             * @return the name in lower case, as {@code new_input}
             */
            public String word() {
                return word;
            }
        }

        /**
         * A turn that a new prompt cut in on, where turns have no names.
         *
         * @param partialResponse what was sent of it
         */
        public Interrupted(String partialResponse) {
            this(TurnId.NONE, Reason.NEW_INPUT, partialResponse);
        }

        @Override
        public boolean isTerminal() {
            return true;
        }
    }

    /**
     * Bad input, after which the connection and any running turn go on, or a turn that failed, for which it is terminal.
     *
     * @param turn which turn failed; one without a number could not begin, and {@link TurnId#NONE} is bad input
     * @param type what kind of thing went wrong
     * @param error what was wrong, and what was expected
     */
    record Failure(TurnId turn, ErrorType type, String error) implements ServerMessage {

        /**
         * What went wrong, where turns have no names.
         *
         * @param type what kind of thing went wrong
         * @param error what was wrong, and what was expected
         */
        public Failure(ErrorType type, String error) {
            this(TurnId.NONE, type, error);
        }

        /**
         * Bad input.
         *
         * @param error what was wrong, and what was expected
         */
        public Failure(String error) {
            this(ErrorType.INVALID_INPUT, error);
        }

        @Override
        public boolean isTerminal() {
            return true;
        }
    }

    /**
     * The answer to {@link ClientMessage.Cancel}, behind the {@link Interrupted} that it caused.
     *
     * @param turn the turn that was stopped; or, if none was, what the client called it
     * @param accepted whether a turn was stopped
     * @param answering whether a turn runs now: another than the one that was meant
     */
    record CancelAck(TurnId turn, boolean accepted, boolean answering) implements ServerMessage {}

    /**
     * What a turn took. May follow its terminal, with other turns' messages between them. Times are in nanoseconds, and negative where
     * they do not apply or are not known.
     *
     * @param turn which turn
     * @param firstDeltaNanos from the prompt to the first piece of the answer
     * @param interruptNanos from what cut in to the {@link Interrupted} having been handed to the channel
     * @param upstreamAbortNanos from there to the model having let go
     */
    record Metrics(TurnId turn, long firstDeltaNanos, long interruptNanos, long upstreamAbortNanos) implements ServerMessage {}
}
