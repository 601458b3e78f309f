package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/**
 * What a tool answers. Immutable.
 *
 * @param content what the model is to read; blank is told to it as no output
 * @param failed whether it is an error's description
 */
public record ToolResult(String content, boolean failed) {

    /**
     * Checks that there is content.
     *
     * @param content what the model is to read
     * @param failed whether it is an error's description
     */
    public ToolResult {
        requireNonNull(content, "content");
    }

    /**
     * Returns what a tool that did its work answers.
     *
     * @param content what the model is to read
     * @return the result
     */
    public static ToolResult of(String content) {
        return new ToolResult(content, false);
    }

    /**
     * Returns what a tool that failed answers.
     *
     * @param error what the model is to read: what was wrong, and what it may do about it
     * @return the result
     */
    public static ToolResult failed(String error) {
        return new ToolResult(error, true);
    }
}
