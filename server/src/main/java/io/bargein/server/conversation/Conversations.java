package io.bargein.server.conversation;

import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;

/**
 * All conversations, in memory. Turns of one conversation run one after the other, whichever door they came through: whoever
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

        /** The holder waits for it, and will be {@linkplain Holder#given given} it, or give the wait up by {@link #release}. */
        record Waits() implements Taken {}

        /** A turn runs, and the holder did not want to wait. */
        record Busy() implements Taken {}

        /** As many wait as may. */
        record QueueFull() implements Taken {}
    }

    /** A conversation with a connection, or a turn, or both. */
    private static final class Live {
        final Conversation conversation;
        /** The newest connection; null if there is none. */
        Connection connection;
        /** Whose turn runs; null if none does, and then nobody waits. */
        Holder holder;
        /** Who does not wait for turns to end, and who does; the former come first. */
        final Queue<Holder> interrupting = new ArrayDeque<>(1);
        final Queue<Holder> waiting = new ArrayDeque<>(1);
        /** What the history weighed when it was last booked. */
        long bytes;

        Live(Conversation conversation) {
            this.conversation = conversation;
            this.bytes = conversation.bytes();
        }

        boolean isIdle() {
            return connection == null && holder == null;
        }
    }

    /** A conversation that waits to be taken up again. */
    private record Resting(Conversation conversation, long sinceNanos) {}

    private final ConversationLimits limits;
    private final Ticker ticker;
    private final Map<String, Live> live = new HashMap<>();
    /** Longest at rest first. */
    private final Map<String, Resting> resting = new LinkedHashMap<>();
    private long totalBytes;

    /**
     * Creates an empty store.
     *
     * @param limits how much is remembered
     * @param ticker tells the time
     */
    public Conversations(ConversationLimits limits, Ticker ticker) {
        this.limits = limits;
        this.ticker = ticker;
    }

    /**
     * Makes a connection the conversation's; the one before is told that it is no longer.
     *
     * @param id the session id
     * @param connection the newer one
     */
    public void connect(String id, Connection connection) {
        Connection older;
        synchronized (this) {
            forgetIdle();
            Live now = wake(id);
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
    public synchronized void disconnect(String id, Connection connection) {
        Live now = live.get(id);
        if (now != null && now.connection == connection) {
            now.connection = null;
            restIfIdle(id, now);
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
        Holder running;
        synchronized (this) {
            forgetIdle();
            Live now = wake(id);
            running = now.holder;
            if (running == null) {
                now.holder = holder;
                return new Taken.Given(now.conversation);
            }
            if (whenBusy == WhenBusy.REJECT) {
                return new Taken.Busy();
            }
            if (now.interrupting.size() + now.waiting.size() >= maxWaiting) {
                return new Taken.QueueFull();
            }
            (whenBusy == WhenBusy.INTERRUPT ? now.interrupting : now.waiting).add(holder);
        }
        if (whenBusy == WhenBusy.INTERRUPT) {
            running.wanted();
        }
        return new Taken.Waits();
    }

    /**
     * Gives a conversation back, or up the wait for it. Does nothing if {@code holder} has no claim to it.
     *
     * @param id the session id
     * @param holder who took it
     */
    public void release(String id, Holder holder) {
        Holder next;
        boolean wanted;
        Live now;
        synchronized (this) {
            now = live.get(id);
            if (now == null || now.interrupting.remove(holder) || now.waiting.remove(holder) || now.holder != holder) {
                return;
            }
            account(now);
            next = now.interrupting.isEmpty() ? now.waiting.poll() : now.interrupting.poll();
            wanted = !now.interrupting.isEmpty();
            now.holder = next;
            restIfIdle(id, now);
        }
        if (next != null) {
            next.given(now.conversation);
            if (wanted) {
                next.wanted();
            }
        }
    }

    /**
     * Says whether there is room for another prompt.
     *
     * @param id the session id
     * @param holder who asks; what its turns have added so far is booked, if it holds the conversation; may be null
     * @param extraBytes how much text is to be added
     * @return false if all conversations together are at their limit and each of them has a connection or a turn
     */
    public synchronized boolean hasRoom(String id, Holder holder, long extraBytes) {
        Live now = live.get(id);
        if (now != null && holder != null && now.holder == holder) {
            account(now);
        }
        totalBytes += extraBytes;
        forgetOverLimit();
        totalBytes -= extraBytes;
        return totalBytes + extraBytes <= limits.maxTotalBytes();
    }

    /** Forgets the conversations whose time is up. To be called now and then. */
    public synchronized void forgetIdle() {
        long now = ticker.nanoTime();
        long idleNanos = limits.idleTimeout().toNanos();
        Iterator<Resting> oldestFirst = resting.values().iterator();
        while (oldestFirst.hasNext()) {
            Resting oldest = oldestFirst.next();
            if (now - oldest.sinceNanos() < idleNanos) {
                return;
            }
            oldestFirst.remove();
            totalBytes -= oldest.conversation().bytes();
        }
    }

    /**
     * Returns what all conversations cost in memory, roughly.
     *
     * @return bytes
     */
    public synchronized long totalBytes() {
        return totalBytes;
    }

    /**
     * Returns how many conversations are remembered, with a connection or without.
     *
     * @return the number
     */
    public synchronized int size() {
        return live.size() + resting.size();
    }

    private Live wake(String id) {
        return live.computeIfAbsent(id, absent -> {
            Resting rested = resting.remove(id);
            return new Live(rested == null ? new Conversation(id, limits) : rested.conversation());
        });
    }

    private void restIfIdle(String id, Live now) {
        if (now.isIdle()) {
            live.remove(id);
            if (now.bytes > 0) {
                resting.put(id, new Resting(now.conversation, ticker.nanoTime()));
            }
            forgetIdle();
            forgetOverLimit();
        }
    }

    private void account(Live now) {
        long bytes = now.conversation.bytes();
        totalBytes += bytes - now.bytes;
        now.bytes = bytes;
    }

    private void forgetOverLimit() {
        Iterator<Resting> oldestFirst = resting.values().iterator();
        while (totalBytes > limits.maxTotalBytes() && oldestFirst.hasNext()) {
            totalBytes -= oldestFirst.next().conversation().bytes();
            oldestFirst.remove();
        }
    }
}
