package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBatchTest {
    private static final int MAX = 1 << 20;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536})
    void writesTheShortestHeaderHoweverWrongTheLikelyLength(int length) {
        for (int likely : new int[] {0, 125, 126, length, 65_535, 65_536}) {
            for (ByteBufAllocator alloc : new ByteBufAllocator[] {ByteBufAllocator.DEFAULT, PooledByteBufAllocator.DEFAULT,
                new UnpooledByteBufAllocator(false)}) {
                FrameBatch batch = new FrameBatch(alloc);
                assertFalse(batch.add(FrameBatch.TEXT, new Message(length), MAX, likely, 0));
                assertFalse(batch.add(FrameBatch.TEXT, new Message(length), MAX, likely, 0));
                ByteArrayOutputStream twice = new ByteArrayOutputStream();
                twice.writeBytes(frame(0x81, length));
                twice.writeBytes(frame(0x81, length));
                assertArrayEquals(twice.toByteArray(), taken(batch), length + " bytes, likely " + likely);
            }
        }
    }

    @Test
    void marksTheLastFragmentOnly() {
        FrameBatch batch = new FrameBatch(ByteBufAllocator.DEFAULT);
        Message message = new Message(250);
        assertTrue(batch.add(FrameBatch.TEXT, message, 100, 250, 0));
        assertTrue(batch.add(FrameBatch.CONTINUATION, message, 100, 100, 0));
        assertFalse(batch.add(FrameBatch.CONTINUATION, message, 100, 100, 0));

        byte[] bytes = taken(batch);
        assertEquals(0x01, bytes[0]);
        assertEquals(0x00, bytes[102]);
        assertEquals((byte) 0x80, bytes[204]);
        assertEquals(50, bytes[205]);
    }

    @Test
    void takesControlFramesInAndReleasesTheirPayload() {
        FrameBatch batch = new FrameBatch(ByteBufAllocator.DEFAULT);
        ByteBuf payload = Unpooled.copiedBuffer(new byte[] {'a', 'b'});
        batch.add(FrameBatch.PONG, payload);
        batch.add(FrameBatch.PING, Unpooled.EMPTY_BUFFER);

        assertEquals(0, payload.refCnt());
        assertEquals(6, batch.bytes());
        assertArrayEquals(new byte[] {(byte) 0x8A, 2, 'a', 'b', (byte) 0x89, 0}, taken(batch));
        assertEquals(0, batch.bytes());
        assertNull(batch.take());
    }

    private static byte[] taken(FrameBatch batch) {
        ByteBuf bytes = batch.take();
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }

    private static byte[] frame(int first, int length) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(first);
        if (length < 126) {
            out.writeByte(length);
        } else if (length < 65_536) {
            out.writeByte(126).writeShort(length);
        } else {
            out.writeByte(127).writeLong(length);
        }
        new Message(length).writeTo(out, MAX);
        return ByteBufUtil.getBytes(out);
    }

    /** A message of bytes that tell where in it they stand. */
    private static final class Message implements Framing.Encoding {
        private final int length;
        private int at;

        Message(int length) {
            this.length = length;
        }

        @Override
        public boolean writeTo(ByteBuf out, int maxBytes) {
            byte[] piece = new byte[Math.min(length - at, maxBytes)];
            for (int i = 0; i < piece.length; i++, at++) {
                piece[i] = (byte) (at * 31 >> 3);
            }
            out.writeBytes(piece);
            return at < length;
        }
    }
}
