package io.bargein.server.session;

import io.bargein.server.spi.Tool;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The tools on offer and what runs them. Immutable, and safe for use by many threads.
 *
 * @param tools each of a name of its own
 * @param executor calls them; they may block it
 */
public record Toolbox(List<Tool> tools, Executor executor) {

    /** No tools. */
    public static final Toolbox NONE = new Toolbox(List.of(), Runnable::run);

    /**
     * Copies the list.
     *
     * @param tools each of a name of its own
     * @param executor calls them
     */
    public Toolbox {
        tools = List.copyOf(tools);
    }
}
