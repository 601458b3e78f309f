package io.bargein.protocol;

import io.netty.util.ByteProcessor;

/**
 * Checks bytes to be UTF-8, strictly (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF, nothing cut short. One
 * byte at a time, so that a code point may lie across buffers. A zero byte is refused too: JSON never has one, and a parser could take
 * it for UTF-16.
 */
final class Utf8Validator implements ByteProcessor {
    /** How many continuation bytes the current code point still wants. */
    private int wanted;
    /** The range of the next continuation byte, which is narrower for the second byte of some code points. */
    private int low = 0x80;
    private int high = 0xBF;

    /** Takes one byte in; false, at the first that cannot be, stops a {@code forEachByte}. */
    @Override
    public boolean process(byte value) {
        int b = value & 0xFF;
        if (wanted > 0) {
            boolean ok = b >= low && b <= high;
            low = 0x80;
            high = 0xBF;
            wanted--;
            return ok;
        }
        if (b < 0x80) {
            return b != 0;
        }
        if (b >= 0xC2 && b <= 0xDF) {
            wanted = 1;
        } else if (b >= 0xE0 && b <= 0xEF) {
            wanted = 2;
            low = b == 0xE0 ? 0xA0 : 0x80;
            high = b == 0xED ? 0x9F : 0xBF;
        } else if (b >= 0xF0 && b <= 0xF4) {
            wanted = 3;
            low = b == 0xF0 ? 0x90 : 0x80;
            high = b == 0xF4 ? 0x8F : 0xBF;
        } else {
            return false;
        }
        return true;
    }

    /** Whether no code point is cut short here. */
    boolean atBoundary() {
        return wanted == 0;
    }
}
