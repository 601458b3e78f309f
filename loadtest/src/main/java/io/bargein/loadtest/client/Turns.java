package io.bargein.loadtest.client;

import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The turns of one client that have no terminal yet. The wire does not say whose a message is, but answers come in the order of the prompts,
 * and each ends with one terminal: what comes is the oldest one's. Confined to the client's loop.
 */
final class Turns {
    /** More than a user can have asked, and less than takes memory. */
    static final int MAX = 64;

    private final Deque<Turn> sent = new ArrayDeque<>();
    /** Asked while there was no connection; sent, for the first time, when there is one. */
    private final Deque<Turn> held = new ArrayDeque<>();

    boolean isFull() {
        return sent.size() + held.size() >= MAX;
    }

    void hold(Turn turn) {
        held.add(turn);
    }

    void sent(Turn turn) {
        sent.add(turn);
    }

    /** The next one that waits for a connection; null if there is none. */
    Turn pollHeld() {
        return held.poll();
    }

    void received(ServerMessage message) {
        if (sent.isEmpty()) {
            return; // Of no prompt of ours, such as a greeting.
        }
        if (message instanceof ServerMessage.Chunk) {
            sent.peek().emit(message);
        } else if (message instanceof ServerMessage.Failure failure && failure.type() == ErrorType.INVALID_INPUT) {
            // What the server does not take as a prompt interrupts nothing: the one before it goes on.
            sent.pollLast().emit(message);
        } else {
            sent.poll().emit(message);
        }
    }

    /** Whether the newest answer has come further than its subscriber has asked. */
    boolean isStarved() {
        return !sent.isEmpty() && sent.peekLast().isStarved();
    }

    /** Ends all that were sent: whether they have reached the server, and what became of them there, is not known. */
    void lose(RuntimeClientException why) {
        fail(sent, new RuntimeClientException("the answer is lost with its connection (the prompt is not sent again by itself; ask again): "
                + why.getMessage(), why));
    }

    void loseAll(RuntimeClientException why) {
        fail(sent, why);
        fail(held, why);
    }

    private static void fail(Deque<Turn> turns, RuntimeClientException why) {
        List<Turn> all = new ArrayList<>(turns);
        turns.clear(); // Before they hear of it: they may ask again.
        all.forEach(turn -> turn.fail(why));
    }
}
