package io.bargein.server.spi;

/**
 * Hears the events of one answer, one at a time and in order, on any thread. Implemented by the runtime: no method blocks or
 * throws. {@link #onEnd} or {@link #onError} is the last call; after either, and after a cancel, nothing may follow but
 * {@link #onIgnored}, and what does is ignored.
 */
public interface GenerationListener {

    /**
     * A piece of the answer's text. Uses up one of the demand.
     *
     * @param text the piece as it came; it may be empty and may end in the middle of a surrogate pair
     */
    void onText(String text);

    /**
     * A piece of what the model thinks before it answers. Uses up one of the demand. Clients that asked for it are shown it; it is no part
     * of the answer, nor of the history.
     *
     * @param text the piece as it came
     */
    default void onReasoning(String text) {}

    /**
     * What the model thought is whole: what {@link #onReasoning} has told, to be shown to the model again if it asks for tools. Uses up one
     * of the demand.
     *
     * @param reasoning what the model thought
     */
    default void onReasoningEnd(ContentBlock.Reasoning reasoning) {}

    /**
     * The model wants a tool to be called; its input is whole. Uses up one of the demand. The calls are made, together,
     * after {@link #onEnd}.
     *
     * @param toolUse which tool, with what input
     */
    void onToolUse(ContentBlock.ToolUse toolUse);

    /**
     * The answer is whole. To be called only on proof of that: a stream that merely stops is an error
     * ({@link ModelException.Kind#TRUNCATED}).
     *
     * @param end why it ended and what it used
     */
    void onEnd(GenerationEnd end);

    /**
     * The answer failed.
     *
     * @param error why, and whether trying again may help
     */
    void onError(ModelException error);

    /**
     * What the answer comes from has told something after its end, which the model has dropped. No event: it may come at any time, also
     * during another call and after the last one. Counted as what a model tells too late itself, by {@link SessionListener#eventIgnored}.
     */
    default void onIgnored() {}
}
