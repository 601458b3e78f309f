package io.bargein.server.session;

import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.Tool;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * What all sessions of a server share; each part is safe for use by many threads.
 *
 * @param model answers
 * @param tools on offer to the model
 * @param upstream runs what may block: starting calls to the model, calling tools
 * @param conversations where the histories are
 * @param health is told of turns
 * @param settings what a session is allowed
 * @param listener hears of all turns
 */
public record SessionServices(Model model, List<Tool> tools, Executor upstream, Conversations conversations, Health health,
        SessionSettings settings, SessionListener listener) {

    /**
     * Copies the list.
     *
     * @param model answers
     * @param tools on offer
     * @param upstream runs what may block
     * @param conversations where the histories are
     * @param health is told of turns
     * @param settings what a session is allowed
     * @param listener hears of all turns
     */
    public SessionServices {
        tools = List.copyOf(tools);
    }
}
