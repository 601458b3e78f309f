package io.bargein.protocol;

import java.util.Objects;

/** What a client says to the server. Immutable, and holds no buffer. */
public sealed interface ClientMessage {

    /**
     * Starts a turn; interrupts the running one first, if there is one.
     *
     * @param text what the user said: not blank, no lone surrogate, at most {@link Limits#maxTextBytes()} bytes of UTF-8
     * @param turnId the client's own name for the turn, up to {@value TurnId#MAX_OF_CLIENT_CHARS} characters; or null
     */
    record Prompt(String text, String turnId) implements ClientMessage {

        /**
         * Checks what can be checked without knowing the limits.
         *
         * @param text what the user said
         * @param turnId the client's own name for the turn, or null
         * @throws IllegalArgumentException if the text is blank or has a lone surrogate, or the name is empty or too long
         */
        public Prompt {
            if (text.isBlank()) {
                throw new IllegalArgumentException("text: blank (expected: some words; what a client says in vain is an InvalidMessageException)");
            }
            if (Utf8.hasLoneSurrogate(text)) {
                throw new IllegalArgumentException("text: a lone surrogate (expected: whole code points)");
            }
            if (turnId != null && (turnId.isEmpty() || turnId.length() > TurnId.MAX_OF_CLIENT_CHARS)) {
                throw new IllegalArgumentException("turnId: " + turnId.length() + " characters (expected: 1 to " + TurnId.MAX_OF_CLIENT_CHARS + ")");
            }
        }

        /**
         * A prompt whose turn the client has no name for.
         *
         * @param text what the user said
         */
        public Prompt(String text) {
            this(text, null);
        }
    }

    /**
     * Stops a turn without starting another. Answered by {@link ServerMessage.CancelAck}, behind the {@link ServerMessage.Interrupted}
     * that it causes; where the turn does not run any more, or never did, nothing is stopped.
     *
     * @param turn which turn, by its number or by the client's name for it; {@link TurnId#NONE} is the one that runs
     */
    record Cancel(TurnId turn) implements ClientMessage {

        /**
         * Names the turn.
         *
         * @param turn which turn
         * @throws NullPointerException if it is null
         */
        public Cancel {
            Objects.requireNonNull(turn, "turn: null (expected: TurnId.NONE for the one that runs)");
        }
    }

    /** The client has said what it speaks, and waits for {@link ServerMessage.Ready}. */
    record Hello() implements ClientMessage {}
}
