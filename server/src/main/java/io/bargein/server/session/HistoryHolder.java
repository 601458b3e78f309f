package io.bargein.server.session;

import io.bargein.protocol.CloseCode;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.Conversations;
import io.netty.util.concurrent.EventExecutor;

/** The door through which a session's history comes and goes, on other connections' threads. */
final class HistoryHolder implements Conversations.Holder {
    private final Session session;
    private final EventExecutor loop;

    HistoryHolder(Session session, EventExecutor loop) {
        this.session = session;
        this.loop = loop;
    }

    @Override
    public void given(Conversation given) {
        if (loop.inEventLoop()) {
            session.onConversation(given);
        } else {
            loop.execute(() -> session.onConversation(given));
        }
    }

    @Override
    public void takenOver() {
        // Always posted: the newer connection may be on this very loop, in the middle of its own opening.
        loop.execute(() -> session.close(CloseCode.TAKEN_OVER, "taken over"));
    }
}
