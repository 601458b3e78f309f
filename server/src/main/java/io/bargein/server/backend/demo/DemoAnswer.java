package io.bargein.server.backend.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the demo says to a prompt that is no script: a few hundred small pieces that quote it. */
final class DemoAnswer {
    private static final int MAX_QUOTED_CODE_POINTS = 120;
    /** A word with the white space behind it, or a single character of a script that has no blanks between words. */
    private static final Pattern PIECE = Pattern.compile("[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}]{1,2}|\\S{1,12}\\s*|\\s+");

    private static final String TEXT = """
            You said: “%s”. Let me think aloud about that for a while, so that you have something to cut in on. ✨

            First of all, this is a demo: there is no model behind these words, only a list of sentences that leave one piece at a \
            time, at about the pace at which people read. Send something else while I am still talking, and you will see \
            `interrupted` with just what you have seen so far, and then a new answer, and never another word of this one. 🛑

            What happens behind the curtain? Your message came in over a WebSocket. A session noticed that it was idle and began a \
            turn; the turn asked for text, no more of it than could be sent soon; each piece became one small frame. If you read \
            slowly, I am asked for less. If you hang up, I am told to stop. 🧵

            日本語でも大丈夫です。文字は途中で切れません。絵文字も同じです。😀👩‍🚀🎌 Emoji and 漢字 take three or four bytes each, and a \
            piece may end anywhere, but what you have seen and what the server believes you have seen are the same, code point for \
            code point. Ça marche aussi en français, and auf Deutsch mit Größe. ✅

            Now imagine that this were a voice assistant and I had just begun the third of seven anecdotes. You would say “stop”, \
            and a good assistant would stop at once, remember how far it had come, and listen. That is called barging in, and it \
            is all that this server is about. 🎙️

            Since nobody has cut in yet, here is the rest: interrupts overtake text that waits; the model's stream is aborted, not \
            merely ignored; memory stays bounded whatever either side does; and every turn ends in exactly one of `complete`, \
            `interrupted` or `error`. To come back to what you said, “%s”: it was a pleasure. Ask me something else! 🙌
            """;

    private DemoAnswer() {}

    /** The answer in the pieces it is to leave in. */
    static List<String> to(String prompt) {
        String quoted = quoted(prompt);
        return pieces(TEXT.formatted(quoted, quoted).strip());
    }

    /** A text in the pieces it is to leave in. */
    static List<String> pieces(String text) {
        Matcher matcher = PIECE.matcher(text);
        List<String> pieces = new ArrayList<>(400);
        while (matcher.find()) {
            pieces.add(matcher.group());
        }
        return pieces;
    }

    private static String quoted(String prompt) {
        String line = prompt.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= MAX_QUOTED_CODE_POINTS
                ? line : line.substring(0, line.offsetByCodePoints(0, MAX_QUOTED_CODE_POINTS)) + "…";
    }
}
