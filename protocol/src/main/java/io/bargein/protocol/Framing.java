package io.bargein.protocol;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * How WebSocket messages and {@link ClientMessage}s, {@link ServerMessage}s turn into each other. One framing serves all connections, so
 * it must be safe for use by many threads; what it knows of one connection is in the {@link Codec} that it {@linkplain #open opens}.
 *
 * <p>A connection's framing is chosen once: by the first of the subprotocols its client offers that a framing has; where there is none,
 * by the first message, which the framings are asked about in the order in which they were given to the server. What nobody wants is
 * {@link JsonFraming}'s. Framings are given to the server's builder, or found by {@link java.util.ServiceLoader}; those that were found
 * are chosen by subprotocol only.
 */
public interface Framing {

    /**
     * Returns the subprotocols (RFC 6455, section 1.9) that stand for this framing.
     *
     * @return names, each a token of RFC 9110; may be empty
     */
    default List<String> subprotocols() {
        return List.of();
    }

    /**
     * Says whether a connection that has not been chosen for by subprotocol speaks this framing. Called on the connection's event loop; must
     * not block.
     *
     * @param first its first message, of one component or several; the caller keeps it and releases it
     * @param text whether it is a text message; a binary one if not
     * @return whether this framing is to have the connection, this message included; by default true if it has no subprotocols
     */
    default boolean accepts(ByteBuf first, boolean text) {
        return subprotocols().isEmpty();
    }

    /**
     * Begins a connection. Called on the connection's event loop, before the first message is decoded.
     *
     * @param connection what is known of it
     * @return what turns its messages into each other, for this connection alone
     */
    Codec open(Connection connection);

    /**
     * What a framing may want to know of a connection.
     *
     * @param sessionId the conversation's id
     * @param subprotocol what the connection was chosen by, or null
     * @param limits how large a message and a text may be
     * @param idleTimeout how long it may be silent, both ways, before it is closed; zero is for ever
     */
    record Connection(String sessionId, String subprotocol, Limits limits, Duration idleTimeout) {}

    /** Serves one connection and is called on its event loop only, so it may keep state. No method may block. */
    interface Codec {

        /**
         * Decodes one whole WebSocket message into as many messages as there are in it: none, one or several.
         *
         * @param message its payload, of one component or several, in UTF-8 if it is text; read from {@code readerIndex} to
         *     {@code writerIndex}. The caller keeps it and releases it; nothing of it may be held after the call
         * @param text whether it is a text message; a binary one if not
         * @param out takes what was decoded, in order, at once
         * @throws InvalidMessageException if the payload is no message of this framing; the connection goes on, and the peer gets a
         *     {@link ServerMessage.Failure} with its text. Any other exception is a fault: it is logged, and the connection closed
         *     with 1011
         */
        void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) throws InvalidMessageException;

        /**
         * Begins to encode one message, which leaves before any other is encoded. Nothing need be encoded before the first
         * {@link Encoding#writeTo}.
         *
         * @param message what to send
         * @return the encoding, used once; or null if this framing has no words for it. Then nothing is sent, and for the runtime it
         *     counts as sent
         */
        Encoding encode(ServerMessage message);

        /** The connection is gone: releases what this holds. Called once, as the last. */
        default void close() {}
    }

    /** A message on its way into bytes, piece by piece, so that a long one never stands in memory whole. */
    interface Encoding {

        /**
         * Appends the next bytes of the message.
         *
         * @param out where to; the caller owns it. It is grown as needed, by at most {@code maxBytes}
         * @param maxBytes the most to append, at least 64; a fragment of text ends on a code point's boundary
         * @return whether more remains, and then at least a byte was appended; when false, the message is whole and this encoding is
         *     used up
         */
        boolean writeTo(ByteBuf out, int maxBytes);

        /**
         * Says which kind of WebSocket message it is.
         *
         * @return true for a binary one; false, the default, for text
         */
        default boolean isBinary() {
            return false;
        }
    }
}
