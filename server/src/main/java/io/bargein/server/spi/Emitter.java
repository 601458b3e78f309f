package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

/**
 * What a callback API tells its answer to: see {@link Models#fromCallback}. Implemented by the runtime. All methods may be called from any
 * thread; none blocks. What is told after the end, after a failure or after a cancel is ignored, and {@linkplain #ignored counted}.
 *
 * <p>What the runtime has not asked for yet waits here. A source that can pause does so while {@link #isReady} says no; one that cannot
 * fails the answer ({@link ModelException.Kind#ANSWER_TOO_LONG}) once more than the limit waits, and is cancelled.
 */
public interface Emitter {

    /**
     * Tells an event: a piece of text or of reasoning, a tool use, or the end.
     *
     * @param event the event
     */
    void emit(GenerationEvent event);

    /**
     * Tells a piece of the answer's text.
     *
     * @param text the piece as it came
     */
    default void text(String text) {
        emit(new GenerationEvent.Text(text));
    }

    /**
     * Tells a piece of what the model thinks before it answers.
     *
     * @param text the piece as it came
     */
    default void reasoning(String text) {
        emit(new GenerationEvent.Reasoning(text));
    }

    /**
     * Tells that the model wants a tool to be called; its input is whole.
     *
     * @param toolUse which tool, with what input
     */
    default void toolUse(ContentBlock.ToolUse toolUse) {
        emit(requireNonNull(toolUse, "toolUse"));
    }

    /**
     * Tells that the answer is whole. Only on proof of that.
     *
     * @param end why it ended and what it used
     */
    default void end(GenerationEnd end) {
        emit(requireNonNull(end, "end"));
    }

    /**
     * Tells that the answer failed; what came before it is still told. The client reads the message of a {@link ModelException}, given or
     * among the causes; of any other failure it learns nothing, and the log is told the cause.
     *
     * @param failure what went wrong
     */
    void fail(Throwable failure);

    /**
     * Sets what stops the source. It runs once, on a thread of its own where it may block: when the answer is cancelled, or when too much
     * waits; at once, on the calling thread, if that has happened already. The thread is a virtual one where the JDK has them (21 and later),
     * else one of {@link Models#MAX_CANCEL_THREADS}. The answer's place counts as free when it has returned; what it throws there is logged.
     * Of several the last counts.
     *
     * @param stop cancels the call
     */
    void onCancel(Runnable stop);

    /**
     * Says whether the source should go on: no more than it was asked for waits. It is so at the start, for one event, since the end is to
     * be found without being asked for.
     *
     * @return false to pause until {@link #onReady} runs; false for good once the answer is over
     */
    boolean isReady();

    /**
     * Sets what makes the source go on. It runs at once if the source is {@linkplain #isReady ready}, and then once for each time that
     * {@link #isReady} said no and it is ready again: one at a time, on any thread, an event loop too, so it must not block. Of several the
     * last counts.
     *
     * @param resume reads on
     */
    void onReady(Runnable resume);

    /**
     * Returns how much was told in vain: events and failures after the end, after a failure or after a cancel.
     *
     * @return their number
     */
    long ignored();
}
