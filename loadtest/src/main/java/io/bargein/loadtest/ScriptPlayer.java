package io.bargein.loadtest;

import io.bargein.loadtest.ChatSession.Asked;
import io.bargein.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Plays a script, and says whether all went as it should. For one thread. */
final class ScriptPlayer {
    private final ChatSession chat;
    private final Duration patience;

    /** A prompt of a line, and whether the script cut in on it. */
    private static final class Played {
        final int line;
        final Asked asked;
        boolean cut;

        Played(int line, Asked asked) {
            this.line = line;
            this.asked = asked;
        }
    }

    private final List<Played> all = new ArrayList<>();

    /** @param patience how long is waited for one thing */
    ScriptPlayer(ChatSession chat, Duration patience) {
        this.chat = chat;
        this.patience = patience;
    }

    /** @return what did not go as it should, with its line; null if nothing */
    String play(List<ChatScript.Step> steps) throws InterruptedException {
        int last = 0;
        for (ChatScript.Step step : steps) {
            last = step.line();
            String fault = play(step);
            if (fault == null) {
                fault = ended();
            }
            if (fault != null) {
                return fault;
            }
        }
        return awaitEnd(last);
    }

    private String play(ChatScript.Step step) throws InterruptedException {
        if (step instanceof ChatScript.Wait wait) {
            until(() -> false, wait.time());
            return null;
        }
        if (step instanceof ChatScript.AwaitEnd) {
            return awaitEnd(step.line());
        }
        if (step instanceof ChatScript.AwaitFirstChunk) {
            return awaitFirstChunk(step.line());
        }
        if (step instanceof ChatScript.Interrupt interrupt) {
            return cutIn(interrupt);
        }
        ChatScript.Ask ask = (ChatScript.Ask) step;
        if (chat.isAnswering()) {
            return "line " + ask.line() + ": ask, while line " + newest().line + " is being answered (expected: await end before it, or interrupt)";
        }
        ask(ask.line(), ask.text());
        return null;
    }

    private String cutIn(ChatScript.Interrupt interrupt) {
        if (!chat.isAnswering()) {
            return "line " + interrupt.line() + ": interrupt, while nothing is being answered (expected: an answer that takes longer)";
        }
        newest().cut = true;
        ask(interrupt.line(), interrupt.text());
        return null;
    }

    private void ask(int line, String text) {
        all.add(new Played(line, chat.ask(text)));
    }

    private Played newest() {
        return all.get(all.size() - 1);
    }

    private String awaitFirstChunk(int line) throws InterruptedException {
        Asked asked = chat.newest();
        if (asked == null) {
            return "line " + line + ": await, before anything was asked (expected: ask before it)";
        }
        until(() -> asked.hasBegun() || asked.isOver(), patience);
        return asked.hasBegun() ? null : "line " + line + ": no first chunk " + (asked.isOver() ? "before the end" : "in " + seconds())
                + " (expected: one)";
    }

    private String awaitEnd(int line) throws InterruptedException {
        if (chat.newest() != null) {
            until(() -> all.stream().allMatch(played -> played.asked.isOver()), patience);
        }
        String fault = ended();
        if (fault == null) {
            fault = all.stream().filter(played -> !played.asked.isOver()).findFirst().map(played -> "line " + line + ": no end of the answer to line "
                    + played.line + " in " + seconds() + " (expected: one)").orElse(null);
        }
        return fault;
    }

    /** What is wrong with an answer that is over; null if nothing is. */
    private String ended() {
        for (Played played : all) {
            if (played.asked.fault() != null) {
                return "line " + played.line + ": " + played.asked.fault();
            }
            ServerMessage end = played.asked.end();
            if (end instanceof ServerMessage.Interrupted && !played.cut) {
                return "line " + played.line + ": interrupted, though nothing cut in (expected: complete)";
            }
            if (end instanceof ServerMessage.Complete && played.cut) {
                return "line " + played.line + ": complete before the interrupt came (expected: interrupted)";
            }
        }
        return chat.hasEnded() ? "the connection has ended (expected: it lasts as long as the script)" : null;
    }

    private interface Condition {
        boolean holds();
    }

    private void until(Condition condition, Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); !condition.holds() && left > 0 && !chat.hasEnded(); left = deadline - System.nanoTime()) {
            chat.next(left);
        }
    }

    private String seconds() {
        return patience.toMillis() / 1e3 + " s";
    }

    /** How many were asked, and how many of them the script cut in on. */
    String summary() {
        return all.size() + " asked, " + all.stream().filter(played -> played.cut).count() + " interrupted";
    }
}
