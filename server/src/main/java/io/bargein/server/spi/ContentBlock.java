package io.bargein.server.spi;

/** A part of a {@link Message}. */
public sealed interface ContentBlock {

    /**
     * Words.
     *
     * @param text not blank, without lone surrogates
     */
    record Text(String text) implements ContentBlock {}

    /**
     * The model asks for a tool to be called.
     *
     * @param id names this call; its result carries the same
     * @param name which tool
     * @param input a JSON object, as text
     */
    record ToolUse(String id, String name, String input) implements ContentBlock, GenerationEvent {}

    /**
     * What a tool answered.
     *
     * @param toolUseId the {@link ToolUse#id} it answers
     * @param content the answer, as text, not blank
     * @param failed whether it is an error's description
     */
    record ToolResult(String toolUseId, String content, boolean failed) implements ContentBlock {}
}
