package io.bargein.server.spi;

import java.util.concurrent.CompletionStage;

/** One call of a tool. Implemented by the runtime; safe for use by many threads. */
public interface ToolCall {

    /**
     * Returns where the turn's prompt came from.
     *
     * @return the context
     */
    RequestContext context();

    /**
     * Returns what the model asks for: the call's id, the tool's name, and the input.
     *
     * @return the tool use
     */
    ContentBlock.ToolUse use();

    /**
     * Returns the signal to stop: nobody waits for the result any more, because the user has cut in, the client is gone, the server is
     * being closed, or the time is up. Never raised for a tool that {@linkplain Tool#keepRunning keeps running}, nor once the call has
     * answered.
     *
     * @return completes when the call is cancelled, and never if it is not; what depends on it runs on a thread that may block
     */
    CompletionStage<Void> cancelled();

    /**
     * Says whether the signal to stop was raised, for tools that look now and then.
     *
     * @return whether nobody waits any more
     */
    boolean isCancelled();
}
