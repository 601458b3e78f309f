package io.bargein.server.session;

import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.SessionListener;
import java.util.concurrent.Executor;

/**
 * What all sessions of a server share; each part is safe for use by many threads.
 *
 * @param model answers
 * @param toolbox the tools, and what they are run by
 * @param upstream starts calls to the model, which may block
 * @param conversations where the histories are
 * @param health is told of turns
 * @param settings what a session is allowed
 * @param listener hears of all turns
 */
public record SessionServices(Model model, Toolbox toolbox, Executor upstream, Conversations conversations, Health health,
        SessionSettings settings, SessionListener listener) {}
