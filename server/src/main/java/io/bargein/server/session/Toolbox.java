package io.bargein.server.session;

import io.bargein.server.spi.Tool;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The tools, and what they are run by.
 *
 * @param tools on offer to the model; what they say of themselves is cheap to ask and never changes
 * @param executor calls them; may reject, but never runs anything on the thread that asks
 * @param signals tells calls that they are cancelled, on threads that none of the calls can hold: else a signal might wait for those that
 *     wait for it
 * @param settings what tools are allowed
 */
public record Toolbox(List<Tool> tools, Executor executor, Executor signals, ToolSettings settings) {

    /** No tools. */
    public static final Toolbox EMPTY = new Toolbox(List.of(), Toolbox::reject, Toolbox::reject, ToolSettings.DEFAULT);

    /**
     * Copies the list.
     *
     * @param tools on offer
     * @param executor calls them
     * @param signals tells them that they are cancelled
     * @param settings what tools are allowed
     */
    public Toolbox {
        tools = List.copyOf(tools);
    }

    /** The tool of that name, or null. */
    Tool named(String name) {
        for (Tool tool : tools) {
            if (tool.name().equals(name)) {
                return tool;
            }
        }
        return null;
    }

    private static void reject(Runnable task) {
        throw new RejectedExecutionException("no tools");
    }
}
