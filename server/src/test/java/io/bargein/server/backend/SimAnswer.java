package io.bargein.server.backend;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;

/** What a model of a test says: the {@code sim} form of the contract test, or a few words that quote the prompt. Blocks between pieces. */
public final class SimAnswer implements Iterator<String> {
    private final int pieces;
    private final int delayMillis;
    private final IntFunction<String> piece;
    private int next;

    private SimAnswer(int pieces, int delayMillis, IntFunction<String> piece) {
        this.pieces = pieces;
        this.delayMillis = delayMillis;
        this.piece = piece;
    }

    public static SimAnswer to(ModelRequest request) throws ModelException {
        List<ContentBlock> last = request.messages().get(request.messages().size() - 1).content();
        return to(((ContentBlock.Text) last.get(last.size() - 1)).text());
    }

    public static SimAnswer to(String prompt) throws ModelException {
        String[] words = prompt.split(" ");
        if (!words[0].equals("sim")) {
            String[] pieces = ("You said: “" + prompt + "” and so on, and so on, and so on, and on, and on. 😀👩‍🚀").split("(?<= )");
            return new SimAnswer(pieces.length, 0, number -> pieces[number]);
        }
        int chunks = 200;
        int bytes = 24;
        int delayMillis = 5;
        for (int i = 1; i < words.length && !words[i].startsWith("#"); i++) {
            String value = words[i].substring(words[i].indexOf('=') + 1);
            switch (words[i].substring(0, words[i].length() - value.length())) {
                case "chunks=" -> chunks = number("chunks", value, 1, 10_000_000);
                case "bytes=" -> bytes = number("bytes", value, 16, 65_536);
                case "delay_ms=" -> delayMillis = number("delay_ms", value, 0, 600_000);
                default -> throw new ModelException(ModelException.Kind.INVALID_REQUEST, "sim: " + words[i]);
            }
        }
        int length = bytes;
        return new SimAnswer(chunks, delayMillis, number -> {
            String start = number + " ";
            return start + "x".repeat(length - start.length());
        });
    }

    private static int number(String key, String value, int min, int max) throws ModelException {
        if (value.matches("\\d{1,8}") && Integer.parseInt(value) >= min && Integer.parseInt(value) <= max) {
            return Integer.parseInt(value);
        }
        throw new ModelException(ModelException.Kind.INVALID_REQUEST, key + ": " + value + " (expected: " + min + " to " + max + ")");
    }

    @Override
    public boolean hasNext() {
        return next < pieces;
    }

    @Override
    public String next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (next > 0 && delayMillis > 0) {
            try {
                Thread.sleep(delayMillis);
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        }
        return piece.apply(next++);
    }
}
