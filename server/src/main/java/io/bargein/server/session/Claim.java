package io.bargein.server.session;

import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.session.State.Active;
import io.bargein.server.session.State.Ending;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A session's claim to its history, from a turn's beginning to the end of that turn or of the last that cut in on it. Its events
 * come on other sessions' threads and are posted. Confined, but for those, to the session's event loop.
 *
 * <p>A claim that its session has dropped while it waited stays in the queue until it is given the history, to put there what
 * the user had said by then.
 */
final class Claim implements Conversations.Holder {
    private final Session session;
    private final String id;
    private final EventExecutor loop;
    private final Conversations conversations;

    /** The history; null until it is given. */
    private Conversation conversation;
    /** Prompts that came before the history. */
    private final List<String> early = new ArrayList<>(1);
    private Future<?> waitTimer;
    /** Whether the history is loaded first, and when that has taken the newest prompt too long. */
    private boolean loads;
    private Future<?> historyTimer;
    /** Whether the claim is given up, though the history may be on its way. */
    private boolean abandoned;

    Claim(Session session, String id, EventExecutor loop, Conversations conversations) {
        this.session = session;
        this.id = id;
        this.loop = loop;
        this.conversations = conversations;
    }

    /** Asks for the history, for a turn; returns why it may not even be waited for, or null. */
    ServerMessage.Failure take(BusyPolicy busyPolicy, TurnId turn) {
        Conversations.Taken taken = conversations.take(id, this, busyPolicy.whenBusy(), busyPolicy.maxWaiting());
        if (taken instanceof Conversations.Taken.Busy) {
            return new ServerMessage.Failure(turn, ErrorType.CONVERSATION_BUSY,
                    "conversation: busy (expected: no running turn, or another --invocation-while-busy)");
        }
        if (taken instanceof Conversations.Taken.QueueFull) {
            return new ServerMessage.Failure(turn, ErrorType.QUEUE_FULL, "conversation: " + busyPolicy.maxWaiting()
                    + " turns wait already (expected: fewer at a time, or a higher --invocation-queue)");
        }
        if (taken instanceof Conversations.Taken.Given now) {
            conversation = now.conversation();
        } else if (taken instanceof Conversations.Taken.Waits waits) {
            loads = waits.forHistory();
            if (waits.forTurns() && !busyPolicy.maxWait().isZero()) {
                startWaitTimer(busyPolicy);
            }
        }
        return null;
    }

    private void startWaitTimer(BusyPolicy busyPolicy) {
        waitTimer = loop.schedule(() -> session.onWaitOver(this, ErrorType.WAIT_TIMEOUT,
                "conversation: busy for over " + busyPolicy.maxWait().toMillis()
                        + " ms (expected: a free one by then, or a longer --invocation-wait)"),
                busyPolicy.maxWait().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void startHistoryTimer() {
        if (historyTimer != null) {
            historyTimer.cancel(false);
        }
        Duration wait = conversations.historyWait();
        historyTimer = loop.schedule(() -> {
            // It may have come meanwhile, and another turn be first.
            if (!conversations.isLoaded(id)) {
                endWithoutHistory("not loaded within " + wait.toMillis() + " ms (expected: the conversation store to answer by then; try again)");
            }
        }, wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void endWithoutHistory(String why) {
        if (conversation != null || abandoned) {
            return;
        }
        session.onWaitOver(this, ErrorType.HISTORY_UNAVAILABLE, "history: " + why);
        if (!abandoned) {
            // Its session has dropped it before.
            abandon();
        }
    }

    boolean isGiven() {
        return conversation != null;
    }

    Conversation conversation() {
        assert conversation != null : "not given yet";
        return conversation;
    }

    /** Adds what the user said: to the history, or as soon as that is given. */
    void prompt(String text) {
        if (conversation != null) {
            conversation.prompt(text);
        } else {
            early.add(text);
            if (loads) {
                startHistoryTimer();
            }
        }
    }

    /** Keeps what the client saw of a turn that was cut off. */
    void keepPartOf(Active running) {
        if (conversation != null) {
            running.leaveIn(conversation);
            conversations.turnEnded(id, this);
        }
    }

    /** Keeps a turn whose terminal was sent. */
    void keep(Ending ending) {
        Turn turn = ending.turn();
        if (conversation == null) {
            // It has waited for its history in vain.
            return;
        }
        if (ending.terminal() instanceof ServerMessage.Complete) {
            conversation.answered(turn.seenInRound());
        } else {
            conversation.failed(!turn.seen().isBlank(), turn.seenInRound());
        }
    }

    /** The session's turn is over: the next may have the history, once what was said is in it. */
    void drop() {
        stopWaiting();
        if (conversation != null) {
            giveBack();
        }
    }

    /** Gives the wait up, of which the turn has ended with an error: it has said nothing, but those that it interrupted have. */
    void fail() {
        early.remove(early.size() - 1);
        abandon();
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Gives the history back, or the wait for it up, with what was said meanwhile. */
    void abandon() {
        abandoned = true;
        stopWaiting();
        giveBack();
    }

    @Override
    public void given(Conversation given) {
        // Always posted: whoever has let go may be on this very loop, in the middle of something.
        post(() -> {
            if (abandoned) {
                return;
            }
            stopWaiting();
            conversation = given;
            early.forEach(given::prompt);
            early.clear();
            if (!session.onConversation(this)) {
                giveBack();
            }
        });
    }

    @Override
    public void unreadable() {
        post(() -> endWithoutHistory("could not be loaded (expected: a conversation store that answers; try again)"));
    }

    @Override
    public void wanted() {
        post(() -> session.onWanted(this));
    }

    private void post(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The event loop has been shut down, and the session with it; others need not wait for that.
            giveBack();
        }
    }

    private void stopWaiting() {
        if (waitTimer != null) {
            waitTimer.cancel(false);
            waitTimer = null;
        }
        if (historyTimer != null) {
            historyTimer.cancel(false);
            historyTimer = null;
        }
    }

    private void giveBack() {
        conversation = null;
        conversations.release(id, this, List.copyOf(early));
    }
}
