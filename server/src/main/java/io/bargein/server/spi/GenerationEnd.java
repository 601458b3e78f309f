package io.bargein.server.spi;

/**
 * How an answer ended.
 *
 * @param stopReason why the model stopped, in Bedrock's words: {@code end_turn}, {@code tool_use}, {@code max_tokens},
 *     {@code stop_sequence}, {@code guardrail_intervened}, {@code content_filtered}, …; null where the upstream did not say
 * @param usage the tokens it cost, or null where the upstream did not say
 */
public record GenerationEnd(String stopReason, Usage usage) implements GenerationEvent {

    /** The model said all it had to say. */
    public static final String END_TURN = "end_turn";

    /** The model waits for the results of its tool calls. */
    public static final String TOOL_USE = "tool_use";
}
