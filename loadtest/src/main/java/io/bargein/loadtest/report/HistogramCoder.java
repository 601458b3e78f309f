package io.bargein.loadtest.report;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.HdrHistogram.Histogram;

/**
 * Histograms in the encoding of HdrHistogram's logs: its compressed form, in Base64. One reads, or writes, one report. Not safe for use by
 * several threads at a time.
 */
final class HistogramCoder {
    /** What all histograms of a report may be together, before HdrHistogram makes arrays of them; a day of 1-s slices has about 40 MB. */
    static final long MAX_PAYLOAD_BYTES = 64L << 20;
    /** Sums of such counts overflow nothing. */
    private static final long MAX_COUNT = 1L << 50;
    private static final int COMPRESSED_PREFIX_BYTES = 8;
    private static final int PAYLOAD_LENGTH_AT = 4;
    /** Cookie, payload length, index offset, digits, lowest, highest, ratio: all but the length are the same in each of our histograms. */
    private static final int HEADER_BYTES = 40;
    private static final byte[] EMPTY = encodedEmpty();

    // A histogram keeps a large buffer once it has been encoded, so a copy is encoded, always the same one.
    private final Histogram scratch = Latencies.empty();
    private final ByteBuffer encoded = ByteBuffer.allocate(scratch.getNeededByteBufferCapacity());
    private long payloadBytes;

    private static byte[] encodedEmpty() {
        Histogram empty = Latencies.empty();
        ByteBuffer buffer = ByteBuffer.allocate(empty.getNeededByteBufferCapacity());
        return Arrays.copyOf(buffer.array(), empty.encodeIntoByteBuffer(buffer));
    }

    String encode(Histogram histogram) {
        scratch.reset();
        scratch.add(histogram);
        encoded.clear();
        int length = scratch.encodeIntoCompressedByteBuffer(encoded);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(encoded.array(), length));
    }

    /**
     * Reads a histogram. HdrHistogram makes its arrays as large as the header says, and adds counts up without a look at their sizes, so both are
     * looked at first.
     *
     * @throws IllegalArgumentException if it is none, with what is wrong
     */
    Histogram decode(String text) {
        byte[] bytes = Base64.getDecoder().decode(text);
        try {
            check(bytes);
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
        } catch (Refusal e) {
            throw e;
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException("not a histogram", e);
        }
    }

    private void check(byte[] bytes) throws DataFormatException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, COMPRESSED_PREFIX_BYTES, bytes.length - COMPRESSED_PREFIX_BYTES);
            byte[] header = new byte[HEADER_BYTES];
            if (inflater.inflate(header) < HEADER_BYTES) {
                throw new Refusal("not a histogram");
            }
            int behindLength = PAYLOAD_LENGTH_AT + Integer.BYTES;
            if (!Arrays.equals(header, 0, PAYLOAD_LENGTH_AT, EMPTY, 0, PAYLOAD_LENGTH_AT)
                    || !Arrays.equals(header, behindLength, HEADER_BYTES, EMPTY, behindLength, HEADER_BYTES)) {
                throw new Refusal("not a histogram from 1 ns to 1 h with 3 digits");
            }
            int length = ByteBuffer.wrap(header).getInt(PAYLOAD_LENGTH_AT);
            payloadBytes += length;
            if (length < 0 || length > encoded.capacity()) {
                throw new Refusal("not a histogram");
            }
            if (payloadBytes > MAX_PAYLOAD_BYTES) {
                throw new Refusal("all histograms together have more than " + MAX_PAYLOAD_BYTES + " bytes");
            }
            byte[] payload = new byte[length];
            inflater.inflate(payload);
            checkCounts(ByteBuffer.wrap(payload));
        } finally {
            inflater.end();
        }
    }

    private static void checkCounts(ByteBuffer payload) {
        long sum = 0;
        while (payload.hasRemaining()) {
            long count = word(payload);
            sum += Math.max(0, count);
            if (count < -Integer.MAX_VALUE || count > MAX_COUNT || sum > MAX_COUNT) {
                throw new Refusal("a histogram of impossible counts");
            }
        }
    }

    /** HdrHistogram's ZigZag LEB128: seven bits a byte, but eight in the ninth. A negative word is so many counts of zero. */
    private static long word(ByteBuffer payload) {
        long word = 0;
        byte next = (byte) 0x80;
        for (int shift = 0; shift <= 56 && next < 0; shift += 7) {
            next = payload.get();
            word |= (next & (shift == 56 ? 0xFFL : 0x7FL)) << shift;
        }
        return (word >>> 1) ^ -(word & 1);
    }

    /** What is known to be wrong, and not what HdrHistogram fell over. */
    private static final class Refusal extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Refusal(String what) {
            super(what);
        }
    }
}
