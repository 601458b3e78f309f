package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.ErrorType;
import io.bargein.protocol.Framing;
import io.bargein.protocol.InvalidMessageException;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ModelException;
import io.bargein.server.transport.RawPeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every framing: for its codec alone, and for a server that speaks it. */
abstract class FramingContract {
    private static final List<String> TEXTS = List.of("x", "日本の歴史を教えて 😀", "a\"b\\c\n\t/d", "é".repeat(5_000), "x😀".repeat(400));

    abstract Framing framing();

    /** What the client offers in its handshake, or null. */
    String subprotocol() {
        return null;
    }

    /** What the client says before its first prompt; null if nothing. */
    byte[] opening() {
        return null;
    }

    abstract boolean isBinary();

    abstract byte[] prompt(String text);

    /** What a client makes of a message: {@code chunk TEXT}, {@code complete}, {@code interrupted}, {@code error}; null for any other. */
    abstract String read(byte[] message);

    /** How a message comes. */
    enum CutUp { WHOLE, BYTE_BY_BYTE, FRAGMENTED }

    private Framing.Codec open() throws InvalidMessageException {
        Framing.Codec codec = framing().open(new Framing.Connection("s", subprotocol(), Limits.DEFAULT, Duration.ZERO));
        if (opening() != null) {
            codec.decode(Unpooled.wrappedBuffer(opening()), !isBinary(), said -> { });
        }
        return codec;
    }

    @Test
    void readsAPromptWhateverBufferItIsIn() throws InvalidMessageException {
        for (String text : TEXTS) {
            byte[] message = prompt(text);
            assertReads(text, Unpooled.copiedBuffer(message));
            assertReads(text, PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(message));
            assertReads(text, Unpooled.wrappedBuffer(new byte[] {'{', 'P'}, message, new byte[] {'}'}).skipBytes(2)
                    .writerIndex(2 + message.length));
            CompositeByteBuf bytes = Unpooled.compositeBuffer(Integer.MAX_VALUE);
            for (byte b : message) {
                bytes.addComponent(true, Unpooled.buffer(1).writeByte(b));
            }
            assertReads(text, bytes);
        }
    }

    /** And leaves the buffer as it was. */
    private void assertReads(String text, ByteBuf message) throws InvalidMessageException {
        int from = message.readerIndex();
        int to = message.writerIndex();
        List<ClientMessage> said = new ArrayList<>();
        open().decode(message, !isBinary(), said::add);
        assertEquals(1, said.size());
        assertEquals(text, ((ClientMessage.Prompt) said.get(0)).text());
        assertEquals(from, message.readerIndex());
        assertEquals(to, message.writerIndex());
        assertEquals(1, message.refCnt());
        message.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 66, 67, 125, 126, 1_000, 65_535, 65_536})
    void writesTheSameHoweverSmallItsFragments(int maxBytes) throws InvalidMessageException {
        TurnId turn = new TurnId(7, "mine");
        for (String text : TEXTS) {
            for (ServerMessage message : List.of(new ServerMessage.Chunk(turn, text), new ServerMessage.Failure(turn, ErrorType.BUSY, text),
                    new ServerMessage.Complete(turn, text, "end_turn", new ServerMessage.Usage(1, 2, 3, 4)),
                    new ServerMessage.Interrupted(turn, ServerMessage.Interrupted.Reason.CANCEL, text))) {
                byte[] whole = join(fragments(open().encode(message), 1 << 20));
                List<byte[]> fragments = fragments(open().encode(message), maxBytes);
                assertEquals(new String(whole, StandardCharsets.UTF_8), new String(join(fragments), StandardCharsets.UTF_8));
                assertEquals(message instanceof ServerMessage.Chunk ? "chunk " + text
                        : message instanceof ServerMessage.Complete ? "complete"
                        : message instanceof ServerMessage.Interrupted ? "interrupted" : "error", read(whole));
                if (!isBinary()) {
                    fragments.forEach(part -> assertFalse(new String(part, StandardCharsets.UTF_8).contains("\uFFFD"), "a code point was cut"));
                }
            }
        }
    }

    private List<byte[]> fragments(Framing.Encoding encoding, int maxBytes) {
        assertEquals(isBinary(), encoding.isBinary());
        List<byte[]> fragments = new ArrayList<>();
        boolean more = true;
        while (more) {
            ByteBuf out = Unpooled.buffer(0);
            more = encoding.writeTo(out, maxBytes);
            assertTrue(out.readableBytes() <= maxBytes, () -> out.readableBytes() + " bytes in " + maxBytes);
            assertTrue(out.isReadable() || !more, "nothing written, though more remains");
            byte[] fragment = new byte[out.readableBytes()];
            out.readBytes(fragment).release();
            fragments.add(fragment);
        }
        return fragments;
    }

    @Test
    void refusesWhatIsNoMessageAndGoesOn() throws InvalidMessageException {
        Random random = new Random(7);
        Framing.Codec codec = open();
        byte[] good = prompt("good 日");
        for (int round = 0; round < 5_000; round++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int i = 0; i < bad.length; i++) {
                bad[i] = random.nextInt(8) == 0 ? (byte) random.nextInt() : bad[i];
            }
            try {
                codec.decode(Unpooled.wrappedBuffer(bad), round % 16 == 0 ? isBinary() : !isBinary(), said -> { });
            } catch (InvalidMessageException e) {
                assertTrue(e.getMessage().contains("(expected: "), e::getMessage);
            }
        }
        List<ClientMessage> said = new ArrayList<>();
        codec.decode(Unpooled.wrappedBuffer(good), !isBinary(), said::add);
        assertEquals("good 日", ((ClientMessage.Prompt) said.get(0)).text());
    }

    @ParameterizedTest
    @EnumSource(CutUp.class)
    void servesAWholeConversation(CutUp how) throws Exception {
        ScriptedModel model = new ScriptedModel();
        String longText = "Zeile für Zeile 😀\n".repeat(4_000);
        try (BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(model).framing(framing()).start();
                RawPeer peer = RawPeer.upgraded(server.address(), 0,
                        subprotocol() == null ? "" : "Sec-WebSocket-Protocol: unheard-of, " + subprotocol() + "\r\n")) {
            if (opening() != null) {
                send(peer, opening(), how);
            }
            send(peer, prompt("one"), how);
            answer(model, 1).emits("Once ");
            assertEquals("chunk Once ", next(peer));
            send(peer, prompt("two"), how);
            assertEquals("interrupted", next(peer));
            answer(model, 2).emits(longText);
            model.answer(2).ends();
            StringBuilder text = new StringBuilder();
            String message = next(peer);
            for (; message.startsWith("chunk "); message = next(peer)) {
                text.append(message.substring(6));
            }
            assertEquals("complete", message);
            assertEquals(longText, text.toString());
            peer.send(RawPeer.frame(isBinary() ? 0x81 : 0x82, new byte[] {'?'}));
            assertEquals("error", next(peer));
            send(peer, prompt("three"), how);
            answer(model, 3).fails(ModelException.Kind.UNAVAILABLE, "gone");
            assertEquals("error", next(peer));
            assertTrue(model.answer(1).isCancelled());
        }
    }

    private void send(RawPeer peer, byte[] message, CutUp how) throws IOException {
        int first = isBinary() ? 0x82 : 0x81;
        if (how == CutUp.WHOLE) {
            peer.send(RawPeer.frame(first, message));
        } else if (how == CutUp.BYTE_BY_BYTE) {
            for (byte b : RawPeer.frame(first, message)) {
                peer.send(new byte[] {b});
            }
        } else {
            for (int i = 0; i < message.length; i++) {
                int opcode = i == 0 ? first & 0x0F : 0;
                peer.send(RawPeer.frame((i == message.length - 1 ? 0x80 : 0) | opcode, new byte[] {message[i]}));
            }
        }
    }

    private static ScriptedModel.Answer answer(ScriptedModel model, int number) {
        await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(() -> model.started() >= number);
        return model.answer(number);
    }

    /** The next message of the conversation; no frame is longer than it may be. */
    private String next(RawPeer peer) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            RawPeer.Frame frame = peer.readFrame();
            assertTrue(frame.payload().length <= Limits.DEFAULT_MAX_FRAME_BYTES);
            if (frame.opcode() > 2) {
                continue;
            }
            assertTrue(frame.opcode() == 0 || frame.opcode() == (isBinary() ? 2 : 1));
            message.writeBytes(frame.payload());
            if (frame.last()) {
                String read = read(message.toByteArray());
                if (read != null) {
                    return read;
                }
                message.reset();
            }
        }
    }

    private static byte[] join(List<byte[]> parts) {
        return RawPeer.join(parts.toArray(byte[][]::new));
    }
}
