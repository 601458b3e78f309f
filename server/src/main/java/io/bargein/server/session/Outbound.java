package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;

/**
 * The way to the client, in two lanes: control overtakes data. Used on the session's event loop only. What is handed over
 * is on its way at the latest after {@link #flush}.
 */
public interface Outbound {

    /** Hears what becomes of it. Called on the session's event loop. */
    interface Listener {

        /**
         * A message, or several chunks merged into one, has been handed to the channel: from now on it counts as sent.
         *
         * @param message what was sent
         */
        void sent(ServerMessage message);

        /** There is {@linkplain Outbound#hasRoom room} again. */
        void room();

        /** The connection is being closed: nothing more will be sent. */
        void closing();
    }

    /**
     * Queues behind all other data: chunks, and the terminal that follows them.
     *
     * @param message what to send
     */
    void data(ServerMessage message);

    /** Drops all queued data of which nothing is out yet. */
    void purgeData();

    /**
     * Queues ahead of all data.
     *
     * @param message what to send
     */
    void control(ServerMessage message);

    /** Sends what may be sent now. */
    void flush();

    /**
     * Says whether more data could be sent soon.
     *
     * @return false while the client is slower than the answer; {@link Listener#room} tells when that has changed
     */
    boolean hasRoom();

    /**
     * Closes the connection, after what is in the control lane. The first call counts.
     *
     * @param code the close code (RFC 6455, section 7.4)
     * @param reason at most 123 bytes of UTF-8
     */
    void close(int code, String reason);
}
