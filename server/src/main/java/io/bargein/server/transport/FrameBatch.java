package io.bargein.server.transport;

import io.bargein.protocol.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Frames that leave together, laid out one behind the other in one buffer (RFC 6455, section 5.2; a server does not mask, 5.1). A buffer
 * and a trip through the pipeline for each of them would cost several times what encoding it does.
 *
 * <pre>
 *  0               1               2               3
 * +-+-----+-------+-+-------------+-------------------------------+
 * |F| 0   |opcode |0| length, or  | if 126: length in 16 bits     |
 * |I|     |       | | 126 or 127  | if 127: length in 64 bits     |
 * |N|     |       | |             |                               |
 * +-+-----+-------+-+-------------+-------------------------------+
 * </pre>
 */
final class FrameBatch {
    static final int CONTINUATION = 0x0;
    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xA;

    private static final int FIN = 0x80;
    private static final int MAX_7_BITS = 125;
    private static final int MAX_16_BITS = 0xFFFF;

    private final ByteBufAllocator alloc;
    /** Null while there are no frames. */
    private ByteBuf frames;

    FrameBatch(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    int bytes() {
        return frames == null ? 0 : frames.readableBytes();
    }

    /**
     * Adds a frame with the next bytes of a message.
     *
     * @param likelyBytes how long its payload is likely to be; where that is wrong by a size of header, the payload is moved
     * @param bytesBehind how much is likely to be added behind it, so that the buffer need not grow
     * @return whether more of the message remains
     */
    boolean add(int opcode, Framing.Encoding message, int maxBytes, int likelyBytes, int bytesBehind) {
        int likely = Math.min(likelyBytes, maxBytes);
        int start = begin(headerBytes(likely) + likely + bytesBehind);
        int payload = start + headerBytes(likely);
        int end = start;
        try {
            frames.ensureWritable(payload - start).writerIndex(payload);
            boolean more = message.writeTo(frames, maxBytes);
            if (frames.refCnt() == 0) {
                throw new IllegalStateException("encoding: released the buffer that " + message.getClass().getName()
                        + " was to write to (expected: left to the caller)");
            }
            int length = frames.writerIndex() - payload;
            if (length < 0 || length > maxBytes || more && length == 0) {
                throw new IllegalStateException("encoding: wrote " + length + " bytes of " + message.getClass().getName()
                        + " (expected: up to " + maxBytes + ", and at least one where more remains)");
            }
            int moved = start + headerBytes(length);
            if (moved != payload) {
                frames.ensureWritable(Math.max(0, moved - payload));
                frames.setBytes(moved, frames, payload, length);
            }
            frames.writerIndex(start);
            writeHeader(more ? opcode : FIN | opcode, length);
            end = moved + length;
            return more;
        } finally {
            if (frames.refCnt() == 0) {
                frames = null;
            } else {
                // Where memory ran out, what is whole leaves, and nothing of what is not.
                frames.writerIndex(end);
            }
        }
    }

    /** Adds a whole frame, as control frames are. @param payload released here */
    void add(int opcode, ByteBuf payload) {
        begin(headerBytes(payload.readableBytes()) + payload.readableBytes());
        writeHeader(FIN | opcode, payload.readableBytes());
        frames.writeBytes(payload);
        payload.release();
    }

    /** All frames, in order; there are none afterwards. */
    ByteBuf take() {
        ByteBuf taken = frames;
        frames = null;
        return taken;
    }

    /** Releases what was begun for a frame that could not be written. */
    void release() {
        if (frames != null) {
            frames.release();
            frames = null;
        }
    }

    private int begin(int likelyBytes) {
        if (frames == null) {
            frames = alloc.ioBuffer(likelyBytes);
        }
        return frames.writerIndex();
    }

    private void writeHeader(int first, int length) {
        frames.writeByte(first);
        if (length <= MAX_7_BITS) {
            frames.writeByte(length);
        } else if (length <= MAX_16_BITS) {
            frames.writeByte(126).writeShort(length);
        } else {
            frames.writeByte(127).writeLong(length);
        }
    }

    /** The shortest header that will do is the only one that is allowed. */
    private static int headerBytes(int length) {
        return length <= MAX_7_BITS ? 2 : length <= MAX_16_BITS ? 4 : 10;
    }
}
