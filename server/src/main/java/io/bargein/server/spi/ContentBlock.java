package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/** A part of a {@link Message}. */
public sealed interface ContentBlock {

    /**
     * Words.
     *
     * @param text not blank, without lone surrogates
     */
    record Text(String text) implements ContentBlock {}

    /**
     * What the model thought before it asked for tools. Kept to be shown to it again with their results, as it was: the model may refuse
     * them otherwise.
     *
     * @param text what it thought; "" if that is redacted
     * @param signature what the model knows its own by: opaque, or null where it gave none; if {@code redacted}, what it thought, in Base64
     * @param redacted whether what it thought is hidden from us
     */
    record Reasoning(String text, String signature, boolean redacted) implements ContentBlock {}

    /**
     * The model asks for a tool to be called.
     *
     * @param id names this call; its result carries the same
     * @param name which tool
     * @param input a JSON object, as text
     */
    record ToolUse(String id, String name, String input) implements ContentBlock, GenerationEvent {

        /**
         * Checks that nothing is missing.
         *
         * @param id names this call
         * @param name which tool
         * @param input a JSON object, as text
         */
        public ToolUse {
            requireNonNull(id, "id");
            requireNonNull(name, "name");
            requireNonNull(input, "input");
        }
    }

    /**
     * What a tool answered.
     *
     * @param toolUseId the {@link ToolUse#id} it answers
     * @param content the answer, as text, not blank
     * @param failed whether it is an error's description
     */
    record ToolResult(String toolUseId, String content, boolean failed) implements ContentBlock {}
}
