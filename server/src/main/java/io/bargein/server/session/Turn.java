package io.bargein.server.session;

import io.bargein.protocol.TurnId;
import io.bargein.protocol.Utf8;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.Usage;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;

/** One turn: what the model has said in it and what of that the client was sent. Confined to the session's event loop. */
final class Turn {
    /** What a tool use, or a thought, costs beside its text. */
    private static final int USE_OVERHEAD_BYTES = 128;

    final TurnId id;
    /** What the user said. */
    final String prompt;
    final long startNanos;
    /** What the model has thought in the running round, as far as that is whole. */
    final List<ContentBlock.Reasoning> thoughts = new ArrayList<>();
    /** The tools asked for in the running round. */
    final List<ContentBlock.ToolUse> uses = new ArrayList<>();
    /** How many rounds of tools there have been. */
    int rounds;
    /** Events asked of the running call that have not come yet. */
    long outstanding;

    /** How long the first delta took from the prompt on; negative before it has come. */
    long firstDeltaNanos = -1;
    int chunksSent;
    /** What {@code interrupted} said of it; null as long as that was not said. */
    String partialResponse;
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
    /** What the tools asked for in all rounds take, and what the model thought. */
    private long usesBytes;
    /** What there was of both when the running round began. */
    private long bytesBeforeRound;
    /** The tokens of its rounds so far, as long as they are known of each of them. */
    private Usage usage = new Usage(0, 0, 0, 0);
    /** What makes whole code points of deltas, of the answer's and of the reasoning's. */
    private final CodePoints answerPoints = new CodePoints();
    private final CodePoints reasoningPoints = new CodePoints();

    Turn(TurnId id, String prompt, Ticker ticker) {
        this.id = id;
        this.prompt = prompt;
        this.ticker = ticker;
        this.startNanos = ticker.nanoTime();
    }

    /** Takes a delta in and returns what of it is whole code points, with what was held back before. */
    String add(String delta) {
        return append(answerPoints.add(delta));
    }

    /** The model has thought something. */
    void thought(ContentBlock.Reasoning reasoning) {
        thoughts.add(reasoning);
        usesBytes += USE_OVERHEAD_BYTES + Conversation.bytes(reasoning);
    }

    /** The model asks for a tool. */
    void asksFor(ContentBlock.ToolUse use) {
        uses.add(use);
        usesBytes += USE_OVERHEAD_BYTES + Conversation.bytes(use);
    }

    /** Ends the running round's text and returns what was held back of it: nothing, or a replacement character. */
    String endOfText() {
        return append(answerPoints.end());
    }

    /** Takes in what the model thinks, likewise; it is no part of the text. */
    String addReasoning(String delta) {
        return reasoningPoints.add(delta);
    }

    private String append(String whole) {
        text.append(whole);
        bytes += Utf8.length(whole);
        return whole;
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
        bytesBeforeRound = bytes + usesBytes;
        rounds++;
        thoughts.clear();
        uses.clear();
        outstanding = 0;
    }

    /** Adds up what a round cost; null, once, is null for the whole turn. */
    private void count(Usage round) {
        usage = usage == null || round == null ? null : new Usage(
                usage.inputTokens() + round.inputTokens(), usage.outputTokens() + round.outputTokens(),
                usage.cacheReadInputTokens() + round.cacheReadInputTokens(),
                usage.cacheWriteInputTokens() + round.cacheWriteInputTokens());
    }

    /** The tokens of all rounds that have ended; null where the model did not say. */
    Usage usage() {
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

    /** What the model has said and asked for in the running round takes in memory, roughly. */
    long roundBytes() {
        return bytes + usesBytes - bytesBeforeRound;
    }

    /** What the tools asked for so far take in memory, roughly. */
    long usesBytes() {
        return usesBytes;
    }

    /** What the client was sent, in UTF-8. */
    long bytesSent() {
        return sent == text.length() ? bytes : Utf8.length(seen());
    }
}
