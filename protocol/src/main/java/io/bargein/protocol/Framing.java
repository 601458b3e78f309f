package io.bargein.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Turns whole WebSocket messages into {@link ClientMessage}s and {@link ServerMessage}s into message fragments.
 *
 * <p>One instance serves one connection and is called on that connection's event loop only, so it may keep state.
 */
public interface Framing {

    /**
     * Decodes one whole message.
     *
     * @param message its payload, of one component or several; read from {@code readerIndex} to {@code writerIndex}. The
     *     caller keeps it and releases it; nothing of it may be held after the call
     * @return the message, never null
     * @throws InvalidMessageException if the payload is no message of this framing; the connection goes on, and its text
     *     is sent to the peer
     */
    ClientMessage decode(ByteBuf message) throws InvalidMessageException;

    /**
     * Begins to encode one message. Nothing is encoded before the first {@link Encoding#writeTo}.
     *
     * @param message what to send
     * @return the encoding, used once
     */
    Encoding encode(ServerMessage message);

    /** A message on its way into bytes, piece by piece, so that a long one never stands in memory whole. */
    interface Encoding {

        /**
         * Appends the next bytes of the message.
         *
         * @param out where to; the caller owns it. It is grown as needed, by at most {@code maxBytes}
         * @param maxBytes the most to append, at least 64; a fragment ends on a code point's boundary
         * @return whether more remains; when false, the message is whole and this encoding is used up
         */
        boolean writeTo(ByteBuf out, int maxBytes);
    }
}
