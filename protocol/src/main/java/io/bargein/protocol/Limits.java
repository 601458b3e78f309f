package io.bargein.protocol;

/**
 * How large what is on the wire may be. Immutable.
 *
 * @param maxMessageBytes the largest message taken in, in bytes of payload, all fragments together: 1 KiB to 64 MiB, default
 *     {@value #DEFAULT_MAX_MESSAGE_BYTES}; past it the connection is closed with 1009
 * @param maxTextBytes the longest prompt, in bytes of UTF-8: 1 byte to {@code maxMessageBytes}, default
 *     {@value #DEFAULT_MAX_TEXT_BYTES}; past it the peer gets an error and the connection goes on
 * @param maxFrameBytes the largest frame sent, in bytes of payload: 125 bytes to 16 MiB, default
 *     {@value #DEFAULT_MAX_FRAME_BYTES}, because AgentCore's proxy cuts a connection at a frame of 64 KB, or 32 KB by another
 *     page (contract C67, C68); longer messages are fragmented (RFC 6455, section 5.4)
 * @param maxFragments the most fragments of one message taken in: 1 to 1,000,000, default {@value #DEFAULT_MAX_FRAGMENTS};
 *     past it the connection is closed with 1008
 */
public record Limits(int maxMessageBytes, int maxTextBytes, int maxFrameBytes, int maxFragments) {

    /** 1 MiB. */
    public static final int DEFAULT_MAX_MESSAGE_BYTES = 1 << 20;

    /** 1 MiB: whatever fits into a message of the default size. */
    public static final int DEFAULT_MAX_TEXT_BYTES = 1 << 20;

    /** 32,000 bytes. */
    public static final int DEFAULT_MAX_FRAME_BYTES = 32_000;

    /** 16,384 fragments. */
    public static final int DEFAULT_MAX_FRAGMENTS = 16_384;

    /** How deep JSON may be nested: 32 levels. */
    public static final int MAX_DEPTH = 32;

    /** The limits that hold unless something else is said. */
    public static final Limits DEFAULT = new Limits(
            DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_MAX_TEXT_BYTES, DEFAULT_MAX_FRAME_BYTES, DEFAULT_MAX_FRAGMENTS);

    /**
     * Checks the ranges.
     *
     * @param maxMessageBytes 1 KiB to 64 MiB
     * @param maxTextBytes 1 byte to {@code maxMessageBytes}
     * @param maxFrameBytes 125 bytes to 16 MiB
     * @param maxFragments 1 to 1,000,000
     * @throws IllegalArgumentException if one is out of range, as "maxFrameBytes: 7 (expected: 125 to 16777216)"
     */
    public Limits {
        inRange("maxMessageBytes", maxMessageBytes, 1 << 10, 1 << 26);
        inRange("maxTextBytes", maxTextBytes, 1, maxMessageBytes);
        inRange("maxFrameBytes", maxFrameBytes, 125, 1 << 24);
        inRange("maxFragments", maxFragments, 1, 1_000_000);
    }

    private static void inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }
}
