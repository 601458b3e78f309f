package io.bargein.loadtest.client;

import io.bargein.protocol.ServerMessage;

/** Hears what becomes of one prompt. Called on the client's event loop, which is not to be blocked. */
public interface TurnListener {

    /**
     * A message of this turn has come. The last is a {@link ServerMessage.Complete}, {@link ServerMessage.Interrupted} or
     * {@link ServerMessage.Failure}, unless {@link #lost} comes instead; nothing is called after either.
     *
     * @param message what has come
     */
    void message(ServerMessage message);

    /**
     * The turn has no terminal and gets none: its connection is gone, or there was none. The prompt is not sent again by itself.
     *
     * @param why what happened, and what to do
     */
    void lost(RuntimeClientException why);
}
