package io.bargein.server.spi;

import java.util.concurrent.CompletionStage;

/**
 * Something the model may ask to be done. One tool serves all sessions at once, so it must be safe for use by many threads. What it says
 * of itself is read once, when it is registered.
 *
 * <p>The tools that one answer asks for are called together, up to 64 of them, and the model goes on when all have answered or their time
 * is up. Of a call that is interrupted the model is told just that; a result that comes later is dropped.
 */
public interface Tool {

    /**
     * Names the tool to the model.
     *
     * @return 1 to 64 letters, digits, {@code _} and {@code -}
     */
    String name();

    /**
     * Tells the model what the tool is for.
     *
     * @return a description, not blank, of whole characters
     */
    String description();

    /**
     * Tells the model what input the tool takes.
     *
     * @return a JSON schema, as text, with {@code "type":"object"}; of it no more than that is checked
     */
    String inputSchema();

    /**
     * Says whether what the tool has begun is to be brought to its end even if nobody waits for the result any more: then its calls never
     * hear the {@linkplain ToolCall#cancelled signal to stop}, and those that wait for a thread are made all the same. Their results are
     * dropped as any other's.
     *
     * @return true to be spared the signal; default false
     */
    default boolean keepRunning() {
        return false;
    }

    /**
     * Does the work. Called on one of a few threads for tools, which may block, never on an event loop. A tool that blocks holds its
     * thread until it returns, also when it has been cancelled: one that may take long should heed the signal to stop. An exception, thrown
     * or in the stage, is logged, and the model is told no more than that the tool has failed; what it should know of a failure belongs into
     * a {@linkplain ToolResult#failed failed result}.
     *
     * @param call what the model asks for; its input is a JSON object, which need not follow the schema
     * @return completes, on any thread, with what the model is to read
     */
    CompletionStage<ToolResult> call(ToolCall call);
}
