package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/** One event of an answer, for sources that say more than text: a piece of text or of reasoning, a tool use, or the end. */
public sealed interface GenerationEvent permits GenerationEvent.Text, GenerationEvent.Reasoning, ContentBlock.ToolUse, GenerationEnd {

    /**
     * A piece of the answer's text.
     *
     * @param text the piece as it came; it may be empty and may end in the middle of a surrogate pair
     */
    record Text(String text) implements GenerationEvent {

        /**
         * Checks that there is a text.
         *
         * @param text the piece
         */
        public Text {
            requireNonNull(text, "text");
        }
    }

    /**
     * A piece of what the model thinks before it answers.
     *
     * @param text the piece as it came
     */
    record Reasoning(String text) implements GenerationEvent {

        /**
         * Checks that there is a text.
         *
         * @param text the piece
         */
        public Reasoning {
            requireNonNull(text, "text");
        }
    }
}
