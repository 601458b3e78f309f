package io.bargein.server.conversation;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * All conversations: in memory, or while they are in use if a {@linkplain StoreAccess store} keeps them. Turns of one conversation run one after the other, whichever door they came through: whoever
 * {@linkplain #take takes} it has it until it {@linkplain #release lets it go}, and then the next that waits is given it. Apart
 * from that a conversation may have a connection, which lasts longer than its turns: the newest that {@linkplain #connect connected}.
 *
 * <p>Safe for use by many threads; holders and connections are called back outside the lock, on whichever thread made it happen.
 */
public final class Conversations {

    /** What a turn does that comes while another of its conversation runs. */
    public enum WhenBusy {
        /** It waits for the end of that and of all that came before it. */
        WAIT,
        /** It has the running turn ended, and comes next. */
        INTERRUPT,
        /** It is refused. */
        REJECT
    }

    /** One turn's claim to its conversation. Called on any thread; must not block. */
    public interface Holder {

        /**
         * The wait is over: the conversation is yours until you {@link #release} it. Called once at most.
         *
         * @param conversation the history; yours alone
         */
        void given(Conversation conversation);

        /** The history could not be loaded: give the wait up, by {@link #release}. May be called more than once, and late. */
        void unreadable();

        /**
         * Another turn does not wait for the end of yours: let go, by {@link #release}, as soon as what was seen of it is in the
         * history. May be called more than once, a moment before {@link #given} too, and late.
         */
        void wanted();
    }

    /** A connection of a conversation's. */
    public interface Connection {

        /** A newer connection has taken the conversation over: end. Called on any thread; must not block. */
        void takenOver();
    }

    /** What became of an attempt to {@link #take} a conversation. */
    public sealed interface Taken {

        /**
         * It is the holder's, now.
         *
         * @param conversation the history; the holder's alone until it lets go
         */
        record Given(Conversation conversation) implements Taken {}

        /**
         * The holder waits for it, and will be {@linkplain Holder#given given} it, or give the wait up by {@link #release}.
         *
         * @param forTurns whether another has the conversation, or waits for it, and comes first
         * @param forHistory whether the history is yet to be loaded
         */
        record Waits(boolean forTurns, boolean forHistory) implements Taken {}

        /** A turn runs, and the holder did not want to wait. */
        record Busy() implements Taken {}

        /** As many wait as may. */
        record QueueFull() implements Taken {}
    }

    /** Everything in it is guarded by itself. */
    private final Memory memory;

    /**
     * Creates conversations that are kept in memory.
     *
     * @param limits how much is remembered
     * @param ticker tells the time
     */
    public Conversations(ConversationLimits limits, Ticker ticker) {
        this(limits, ticker, null);
    }

    /**
     * Creates conversations that a store keeps. In memory are those that have a connection or a turn, and what the store is yet to take.
     *
     * @param limits how much is remembered; no idle time, as that is the store's affair. What the store is yet to take counts as well
     * @param ticker tells the time
     * @param store the way to the store; null for memory alone
     */
    public Conversations(ConversationLimits limits, Ticker ticker, StoreAccess store) {
        this.memory = new Memory(limits, ticker, store);
    }

    /**
     * Makes a connection the conversation's; the one before is told that it is no longer.
     *
     * @param id the session id
     * @param connection the newer one
     */
    public void connect(String id, Connection connection) {
        Connection older;
        synchronized (memory) {
            Live now = memory.wake(id);
            older = now.connection;
            now.connection = connection;
        }
        if (older != null) {
            older.takenOver();
        }
    }

    /**
     * A connection has ended. Does nothing if the conversation has a newer one, or none.
     *
     * @param id the session id
     * @param connection what was connected
     */
    public void disconnect(String id, Connection connection) {
        synchronized (memory) {
            Live now = memory.live(id);
            if (now != null && now.connection == connection) {
                now.connection = null;
                memory.restIfIdle(now);
            }
        }
    }

    /**
     * Asks for a conversation; a new one begins where there is none by that id.
     *
     * @param id the session id
     * @param holder whose turn is to begin
     * @param whenBusy what to do if another turn runs
     * @param maxWaiting how many may wait before this one
     * @return what became of it
     */
    public Taken take(String id, Holder holder, WhenBusy whenBusy, int maxWaiting) {
        Live now;
        Holder running;
        boolean forHistory;
        synchronized (memory) {
            now = memory.wake(id);
            running = now.holder;
            forHistory = now.conversation == null;
            if (running == null) {
                now.holder = holder;
                if (!forHistory) {
                    return new Taken.Given(now.conversation);
                }
            } else if (whenBusy == WhenBusy.REJECT) {
                return new Taken.Busy();
            } else if (now.interrupting.size() + now.waiting.size() >= maxWaiting) {
                return new Taken.QueueFull();
            } else {
                (whenBusy == WhenBusy.INTERRUPT ? now.interrupting : now.waiting).add(holder);
            }
            if (forHistory) {
                now.journal.want();
            }
        }
        if (forHistory) {
            now.journal.advance();
        }
        if (running != null && whenBusy == WhenBusy.INTERRUPT) {
            running.wanted();
        }
        return new Taken.Waits(running != null, forHistory);
    }

    /**
     * One of the holder's turns has ended, and it goes on with another: a store, if there is one, may have what the turn has added.
     *
     * @param id the session id
     * @param holder who has the conversation
     */
    public void turnEnded(String id, Holder holder) {
        if (memory.store == null) {
            return;
        }
        Live now;
        synchronized (memory) {
            now = memory.live(id);
            assert now.holder == holder : "another's";
            now.save();
        }
        now.journal.advance();
    }

    /**
     * Gives a conversation back, or up the wait for it. Does nothing if {@code holder} has no claim to it.
     *
     * @param id the session id
     * @param holder who took it
     */
    public void release(String id, Holder holder) {
        release(id, holder, List.of());
    }

    /**
     * Gives a conversation back, or up the wait for it, with what was said in that wait. Does nothing if {@code holder} has no claim to it.
     *
     * @param id the session id
     * @param holder who took it
     * @param unheard what the user has said, for the history that a store keeps
     */
    public void release(String id, Holder holder, List<String> unheard) {
        Holder next = null;
        boolean wanted = false;
        Live now;
        Conversation history;
        synchronized (memory) {
            now = memory.live(id);
            if (now == null) {
                return;
            }
            boolean waited = now.interrupting.remove(holder) || now.waiting.remove(holder);
            if (!waited && now.holder != holder) {
                return;
            }
            if (!waited || now.conversation == null) {
                now.save(unheard);
            }
            if (!waited) {
                now.account();
                now.save();
                next = now.interrupting.isEmpty() ? now.waiting.poll() : now.interrupting.poll();
                wanted = !now.interrupting.isEmpty();
                now.holder = next;
                memory.restIfIdle(now);
            }
            history = now.conversation;
        }
        if (now.journal != null) {
            now.journal.advance();
        }
        if (next != null && history != null) {
            next.given(history);
        }
        if (wanted) {
            next.wanted();
        }
    }

    /**
     * Says whether a conversation's history is in memory, loaded or new.
     *
     * @param id the session id
     * @return false while it is being loaded, or could not be
     */
    public boolean isLoaded(String id) {
        synchronized (memory) {
            Live now = memory.live(id);
            return now != null && now.conversation != null;
        }
    }

    /**
     * Returns how long a prompt may wait for its history to be loaded.
     *
     * @return the time; there has to be a store
     */
    public Duration historyWait() {
        return memory.store.historyWait();
    }

    /**
     * Says whether there is room for another prompt.
     *
     * @param id the session id
     * @param holder who asks; what its turns have added so far is booked, if it holds the conversation; may be null
     * @param extraBytes how much text is to be added
     * @return false if all conversations together are at their limit and each of them has a connection or a turn, or waits for the store
     */
    public boolean hasRoom(String id, Holder holder, long extraBytes) {
        synchronized (memory) {
            Live now = memory.live(id);
            if (now != null && holder != null && now.holder == holder) {
                now.account();
            }
            return memory.hasRoom(extraBytes);
        }
    }

    /** Forgets the conversations whose time is up. To be called now and then. */
    public void forgetIdle() {
        synchronized (memory) {
            memory.forgetIdle();
        }
    }

    /**
     * Returns what all conversations cost in memory, roughly.
     *
     * @return bytes
     */
    public long totalBytes() {
        synchronized (memory) {
            return memory.totalBytes();
        }
    }

    /**
     * Returns how many conversations are remembered, with a connection or without.
     *
     * @return the number
     */
    public int size() {
        synchronized (memory) {
            return memory.size();
        }
    }

    /**
     * Gives the store a last chance to take what it has not, and ends its threads. To be called once, when no turn runs any more.
     *
     * @param limit how long the last chance is
     */
    public void close(Duration limit) {
        if (memory.store == null) {
            return;
        }
        List<Live> all;
        List<Runnable> hopeless = new ArrayList<>();
        synchronized (memory) {
            all = memory.all();
            for (Live one : all) {
                one.journal.hurry();
                if (one.conversation == null) {
                    hopeless.add(one.unreadable());
                }
            }
        }
        // What was said in vain is given to the store as well.
        hopeless.forEach(Runnable::run);
        all.forEach(one -> one.journal.advance());
        memory.awaitAllSaved(limit);
        synchronized (memory) {
            memory.all().forEach(Live::giveUp);
        }
        memory.store.close();
    }
}
