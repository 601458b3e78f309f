package io.bargein.loadtest.client;

import java.time.Duration;

/** Hears how a client's connection fares. Called on the client's event loop, which is not to be blocked. */
public interface ConnectionListener {

    /** Hears nothing. */
    ConnectionListener NONE = new ConnectionListener() {};

    /**
     * The connection is open.
     *
     * @param again whether there was one before
     */
    default void connected(boolean again) {}

    /**
     * The connection was lost, or could not be made, for a reason that may pass: another will be made, with the same session id.
     *
     * @param why what happened
     * @param delay how long until then
     */
    default void reconnecting(RuntimeClientException why, Duration delay) {}

    /**
     * The client has ended. Called once, last.
     *
     * @param why what ended it; null after {@link RuntimeClient#close}
     */
    default void closed(RuntimeClientException why) {}
}
