package io.bargein.server.session;

import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several listeners as one. What one of them throws reaches neither the others nor the session. */
public final class SessionListeners implements SessionListener {
    private static final Logger log = LoggerFactory.getLogger(SessionListeners.class);

    private final List<SessionListener> listeners;

    /**
     * Puts listeners together.
     *
     * @param listeners told in this order
     */
    public SessionListeners(List<SessionListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    @Override
    public void turnStarted(Turn turn) {
        tell(listener -> listener.turnStarted(turn));
    }

    @Override
    public void firstDelta(Turn turn, Duration sincePrompt) {
        tell(listener -> listener.firstDelta(turn, sincePrompt));
    }

    @Override
    public void turnEnded(TurnEnd end) {
        tell(listener -> listener.turnEnded(end));
    }

    @Override
    public void eventIgnored(RequestContext context) {
        tell(listener -> listener.eventIgnored(context));
    }

    @Override
    public void connectionEnded(ConnectionEnd end) {
        tell(listener -> listener.connectionEnded(end));
    }

    private void tell(Consumer<SessionListener> event) {
        for (SessionListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                // Errors as well, such as a class that is missing: a turn would hang for it.
                log.warn("listener {} failed (expected: no exception)", listener.getClass().getName(), e);
            }
        }
    }
}
