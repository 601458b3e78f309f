package org.elsewhere;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.Framing;
import io.bargein.protocol.InvalidMessageException;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * A framing of a team's own: binary messages of a letter and what belongs to it. The client's first begins with the letter {@code H},
 * unless it has opened the connection with the subprotocol.
 *
 * <pre>
 * in    H                  hello; may be followed by any other message
 * in    P text             a prompt
 * in    C turn             cancel that turn; without a number, the one that runs
 * out   R                  ready
 * out   T turn             chunks that follow are of this turn; said only when that has changed
 * out   D text             a chunk
 * out   Z reason           the turn is complete; the reason is empty where the model gave none
 * out   I                  the turn was interrupted
 * out   E type blank text  an error
 * </pre>
 */
public final class CompactFraming implements Framing {
    public static final String SUBPROTOCOL = "compact.elsewhere.org";

    @Override
    public List<String> subprotocols() {
        return List.of(SUBPROTOCOL);
    }

    @Override
    public boolean accepts(ByteBuf first, boolean text) {
        return !text && first.isReadable() && first.getByte(first.readerIndex()) == 'H';
    }

    @Override
    public Codec open(Connection connection) {
        return new CompactCodec(connection.limits().maxTextBytes());
    }

    /** Remembers which turn it spoke of last. */
    private static final class CompactCodec implements Codec {
        private final int maxTextBytes;
        private int turn;

        CompactCodec(int maxTextBytes) {
            this.maxTextBytes = maxTextBytes;
        }

        // snippet: decode
        @Override
        public void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) throws InvalidMessageException {
            ByteBuf rest = message.slice();
            if (text || !rest.isReadable()) {
                throw invalid("message: text or empty (expected: a binary message of a letter and what belongs to it)");
            }
            char letter = (char) rest.readByte();
            if (letter == 'H') {
                out.accept(new ClientMessage.Hello());
                if (!rest.isReadable()) {
                    return;
                }
                letter = (char) rest.readByte();
            }
            switch (letter) {
                case 'P' -> out.accept(new ClientMessage.Prompt(prompt(rest)));
                case 'C' -> out.accept(new ClientMessage.Cancel(rest.isReadable(4) ? new TurnId(rest.readInt(), null) : TurnId.NONE));
                default -> throw invalid("letter: " + (int) letter + " (expected: H, P or C)");
            }
        }
        // end

        private String prompt(ByteBuf utf8) throws InvalidMessageException {
            if (utf8.readableBytes() > maxTextBytes) {
                throw invalid("prompt: " + utf8.readableBytes() + " bytes (expected: at most " + maxTextBytes + ")");
            }
            try {
                String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(ByteBufUtil.getBytes(utf8))).toString();
                if (text.isBlank()) {
                    throw invalid("prompt: blank (expected: some text)");
                }
                return text;
            } catch (CharacterCodingException e) {
                throw invalid("prompt: invalid UTF-8 (expected: RFC 3629)");
            }
        }

        // snippet: encode
        @Override
        public Encoding encode(ServerMessage message) {
            if (message instanceof ServerMessage.Ready) {
                return new Compact("R", "");
            }
            if (message instanceof ServerMessage.TurnStarted started && started.turn().number() != turn) {
                turn = started.turn().number();
                return new Compact("T", "" + turn);
            }
            if (message instanceof ServerMessage.Chunk chunk) {
                return new Compact("D", chunk.data());
            }
            if (message instanceof ServerMessage.Complete complete) {
                return new Compact("Z", complete.stopReason() == null ? "" : complete.stopReason());
            }
            if (message instanceof ServerMessage.Interrupted) {
                return new Compact("I", "");
            }
            return message instanceof ServerMessage.Failure failure
                    ? new Compact("E", failure.type().word() + " " + failure.error()) : null;
        }
        // end

        private static InvalidMessageException invalid(String message) {
            return new InvalidMessageException(InvalidMessageException.Kind.CONTENT, message);
        }
    }

    /** A letter, and text that is encoded as far as there is room for it. */
    private static final class Compact implements Encoding {
        private final CharBuffer text;
        private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();

        Compact(String letter, String text) {
            this.text = CharBuffer.wrap(letter + text);
        }

        @Override
        public boolean writeTo(ByteBuf out, int maxBytes) {
            ByteBuffer room = ByteBuffer.allocate(Math.min(maxBytes, 4 * text.remaining()));
            utf8.encode(text, room, true);
            out.writeBytes(room.flip());
            return text.hasRemaining();
        }

        @Override
        public boolean isBinary() {
            return true;
        }
    }
}
