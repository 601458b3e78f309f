package io.bargein.server.spi;

import java.util.concurrent.CompletionStage;

/** Something the model may ask to be done. One tool serves all sessions at once, so it must be safe for use by many threads. */
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
     * @return a description, not blank
     */
    String description();

    /**
     * Tells the model what input the tool takes.
     *
     * @return a JSON schema, of type object, as text
     */
    String inputSchema();

    /**
     * Does the work. Called on an upstream thread, never on an event loop. An exception, thrown or in the stage, becomes a
     * failed result that the model is shown; a result that comes after the turn was interrupted is dropped.
     *
     * @param call what the model asks for
     * @return completes, on any thread, with what the model is to read
     */
    CompletionStage<String> call(ContentBlock.ToolUse call);
}
