package io.bargein.protocol;

/** How long texts are on the wire. */
public final class Utf8 {
    private Utf8() {}

    /**
     * Returns how many bytes of UTF-8 a text takes.
     *
     * @param text a text; a lone surrogate counts 2, less than the replacement that is written for it
     * @return bytes
     */
    public static long length(String text) {
        long length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // A pair of surrogates takes four bytes, two for each.
                length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return length;
    }

    /**
     * Makes a text one that can be written in UTF-8.
     *
     * @param text a text
     * @return the text, with U+FFFD in place of each lone surrogate
     */
    public static String wholeCodePoints(String text) {
        if (!hasLoneSurrogate(text)) {
            return text;
        }
        return text.codePoints().map(c -> isSurrogate(c) ? '\uFFFD' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /**
     * Says whether a text is more than whole code points.
     *
     * @param text a text
     * @return whether it has a surrogate without its partner
     */
    public static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i)) && (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(++i)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
