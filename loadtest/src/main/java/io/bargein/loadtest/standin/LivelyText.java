package io.bargein.loadtest.standin;

import java.util.ArrayList;
import java.util.List;

/** What the stand-in says to a prompt that is no script: a few hundred small pieces that quote it. */
final class LivelyText {
    static final int PACE_MILLIS = 30;

    private static final String[] SENTENCES = {
        "I was asked: “%s”. ", "That is a fine thing to ask a machine that only pretends. ", "Let me stall for time, one word after another. ",
        "Every word is an event of its own, with a checksum at each end. ", "二つ目の文は日本語です。途中で止めても大丈夫。😀 ", "Cut in whenever you like; I shall not mind. ",
        "Ünïcödé is as welcome as plain letters are. ", "The stream beneath this text is a real one. ", "When it is reset, I write down the moment it happened. "};
    private static final int ROUNDS = 5;

    private LivelyText() {}

    static List<String> to(String prompt) {
        String quoted = prompt.length() <= 200 ? prompt : prompt.substring(0, prompt.offsetByCodePoints(0, 100)) + "…";
        List<String> pieces = new ArrayList<>(500);
        for (int round = 0; round < ROUNDS; round++) {
            for (String sentence : SENTENCES) {
                cut(String.format(sentence, quoted), pieces);
            }
        }
        return pieces;
    }

    /** After each blank, and after each eight code points of a text without any. */
    private static void cut(String text, List<String> pieces) {
        StringBuilder piece = new StringBuilder();
        text.codePoints().forEach(c -> {
            piece.appendCodePoint(c);
            if (c == ' ' || piece.codePointCount(0, piece.length()) == 8) {
                pieces.add(piece.toString());
                piece.setLength(0);
            }
        });
        if (piece.length() > 0) {
            pieces.add(piece.toString());
        }
    }
}
