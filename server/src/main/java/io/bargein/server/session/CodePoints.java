package io.bargein.server.session;

/**
 * Makes whole code points of a text's pieces: half a pair at the end of one is kept for the next, a surrogate that never finds its partner
 * becomes U+FFFD.
 */
final class CodePoints {
    /** A high surrogate that waits for its partner in the next piece, or 0. */
    private char half;

    String add(String piece) {
        if (half == 0 && !hasSurrogate(piece)) {
            return piece;
        }
        StringBuilder whole = new StringBuilder(piece.length() + 1);
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            if (half != 0 && Character.isLowSurrogate(c)) {
                whole.append(half).append(c);
                half = 0;
                continue;
            }
            if (half != 0) {
                whole.append('\uFFFD');
                half = 0;
            }
            if (Character.isHighSurrogate(c)) {
                half = c;
            } else {
                whole.append(Character.isLowSurrogate(c) ? '\uFFFD' : c);
            }
        }
        return whole.toString();
    }

    /** Ends the text and returns what was held back of it: nothing, or a replacement character. */
    String end() {
        String rest = half == 0 ? "" : "\uFFFD";
        half = 0;
        return rest;
    }

    private static boolean hasSurrogate(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (Character.isSurrogate(s.charAt(i))) {
                return true;
            }
        }
        return false;
    }
}
