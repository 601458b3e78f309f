package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.Usage;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;

/** One turn: what the model has said in it and what of that the client was sent. Confined to the session's event loop. */
final class Turn {
    final int number;
    /** What the user said. */
    final String prompt;
    final long startNanos;
    /** The tools asked for in the running round. */
    final List<ContentBlock.ToolUse> uses = new ArrayList<>();
    /** How many rounds of tools there have been. */
    int rounds;
    /** Events asked of the running call that have not come yet. */
    long outstanding;

    /** How long the first delta took from the prompt on; negative before it has come. */
    long firstDeltaNanos = -1;
    int chunksSent;
    /** Whether {@code interrupted} was said of it. */
    boolean interrupted;
    /** How long that took to reach the channel; negative if it had to wait there behind a slow reader's backlog. */
    long interruptNanos = -1;
    /** Why the model stopped, in its words; null before, and if it never said. */
    String stopReason;
    /** What the model failed of, or null. */
    ModelException failure;

    private final Ticker ticker;
    /** All that was handed to the outbox, in order. */
    private final StringBuilder text = new StringBuilder();
    /** How much of {@link #text} was sent, in chars. */
    private int sent;
    /** Where in {@link #text} the running round begins, in chars. */
    private int roundStart;
    /** The length of {@link #text} in UTF-8. */
    private long bytes;
    /** The tokens of its rounds so far, as long as they are known of each of them. */
    private ServerMessage.Usage usage = new ServerMessage.Usage(0, 0, 0, 0);
    /** A high surrogate that waits for its partner in the next delta, or 0. */
    private char half;

    Turn(int number, String prompt, Ticker ticker) {
        this.number = number;
        this.prompt = prompt;
        this.ticker = ticker;
        this.startNanos = ticker.nanoTime();
    }

    /**
     * Takes a delta in and returns it as whole code points: half a pair at its end is kept for the next one, a surrogate that
     * never finds its partner becomes U+FFFD.
     */
    String add(String delta) {
        if (firstDeltaNanos < 0) {
            firstDeltaNanos = ticker.nanoTime() - startNanos;
        }
        String whole = wholePairs(delta);
        text.append(whole);
        bytes += Utf8.length(whole);
        return whole;
    }

    /** Ends the running round's text and returns what was held back of it: nothing, or a replacement character. */
    String endOfText() {
        if (half == 0) {
            return "";
        }
        half = 0;
        text.append('\uFFFD');
        bytes += 3;
        return "\uFFFD";
    }

    void sent(String data) {
        assert text.indexOf(data, sent) == sent : "sent what was not handed over";
        sent += data.length();
        chunksSent++;
    }

    /** The model has ended a round. */
    void ended(GenerationEnd end) {
        stopReason = end.stopReason();
        count(end.usage());
    }

    void nextRound() {
        roundStart = text.length();
        rounds++;
        uses.clear();
        outstanding = 0;
    }

    /** Adds up what a round cost; null, once, is null for the whole turn. */
    private void count(Usage round) {
        usage = usage == null || round == null ? null : new ServerMessage.Usage(
                usage.inputTokens() + round.inputTokens(), usage.outputTokens() + round.outputTokens(),
                usage.cacheReadInputTokens() + round.cacheReadInputTokens(),
                usage.cacheWriteInputTokens() + round.cacheWriteInputTokens());
    }

    /** The tokens of all rounds that have ended; null where the model did not say. */
    ServerMessage.Usage usage() {
        return usage;
    }

    String full() {
        return text.toString();
    }

    /** What the client was sent of the whole turn. */
    String seen() {
        return text.substring(0, sent);
    }

    /** What the client was sent of the running round. */
    String seenInRound() {
        return text.substring(Math.min(roundStart, sent), sent);
    }

    String saidInRound() {
        return text.substring(roundStart);
    }

    long bytes() {
        return bytes;
    }

    /** What the client was sent, in UTF-8. */
    long bytesSent() {
        return sent == text.length() ? bytes : Utf8.length(seen());
    }

    private String wholePairs(String delta) {
        if (half == 0 && !hasSurrogate(delta)) {
            return delta;
        }
        StringBuilder whole = new StringBuilder(delta.length() + 1);
        for (int i = 0; i < delta.length(); i++) {
            char c = delta.charAt(i);
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

    private static boolean hasSurrogate(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (Character.isSurrogate(s.charAt(i))) {
                return true;
            }
        }
        return false;
    }
}
