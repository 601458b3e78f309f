package io.bargein.loadtest.report;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

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
     * Reads a histogram. HdrHistogram makes its arrays as large as the header says, so that is checked first: it has to be as ours.
     *
     * @throws IllegalArgumentException if it is none, with what is wrong
     */
    Histogram decode(String text) {
        byte[] bytes = Base64.getDecoder().decode(text);
        payloadBytes += checkedPayloadBytes(bytes);
        if (payloadBytes > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("all histograms together have more than " + MAX_PAYLOAD_BYTES + " bytes");
        }
        Histogram histogram;
        try {
            histogram = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException("not a histogram", e);
        }
        checkCounts(histogram);
        return histogram;
    }

    private static int checkedPayloadBytes(byte[] bytes) {
        byte[] header = new byte[HEADER_BYTES];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, COMPRESSED_PREFIX_BYTES, bytes.length - COMPRESSED_PREFIX_BYTES);
            if (inflater.inflate(header) < HEADER_BYTES) {
                throw new IllegalArgumentException("not a histogram");
            }
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException("not a histogram", e);
        } finally {
            inflater.end();
        }
        int behindLength = PAYLOAD_LENGTH_AT + Integer.BYTES;
        if (!Arrays.equals(header, 0, PAYLOAD_LENGTH_AT, EMPTY, 0, PAYLOAD_LENGTH_AT)
                || !Arrays.equals(header, behindLength, HEADER_BYTES, EMPTY, behindLength, HEADER_BYTES)) {
            throw new IllegalArgumentException("not a histogram from 1 ns to 1 h with 3 digits");
        }
        int payloadBytes = ByteBuffer.wrap(header).getInt(PAYLOAD_LENGTH_AT);
        if (payloadBytes < 0) {
            throw new IllegalArgumentException("not a histogram");
        }
        return payloadBytes;
    }

    /** HdrHistogram adds counts up without a look at their sizes. */
    private static void checkCounts(Histogram histogram) {
        long sum = 0;
        for (HistogramIterationValue value : histogram.allValues()) {
            long count = value.getCountAtValueIteratedTo();
            sum += count;
            if (count < 0 || count > MAX_COUNT || sum > MAX_COUNT) {
                throw new IllegalArgumentException("a histogram of impossible counts");
            }
        }
    }
}
