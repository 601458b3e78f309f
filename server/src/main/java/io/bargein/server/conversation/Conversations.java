package io.bargein.server.conversation;

import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All conversations, in memory. A conversation is held by one connection at a time: whoever {@linkplain #take takes} it gets
 * it as soon as the one before has {@linkplain #release let it go}, and that one is asked to.
 *
 * <p>Safe for use by many threads; holders are called back outside the lock, on whichever thread made it happen.
 */
public final class Conversations {

    /** One connection's claim to a conversation. Called on any thread; must not block. */
    public interface Holder {

        /**
         * The conversation is yours until you {@link #release} it. Called once at most.
         *
         * @param conversation the history; yours alone
         */
        void given(Conversation conversation);

        /** A newer connection wants it: let go, by {@link #release}, as soon as the running turn's end is in it. */
        void takenOver();
    }

    /** A conversation with a connection, and perhaps with a newer one that waits for it. */
    private static final class Held {
        final Conversation conversation;
        Holder holder;
        Holder next;
        long bytes;

        Held(Conversation conversation, Holder holder, long bytes) {
            this.conversation = conversation;
            this.holder = holder;
            this.bytes = bytes;
        }
    }

    /** A conversation that waits to be taken up again. */
    private record Resting(Conversation conversation, long sinceNanos) {}

    private final ConversationLimits limits;
    private final Ticker ticker;
    private final Map<String, Held> held = new HashMap<>();
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
     * Asks for a conversation; a new one begins where there is none by that id.
     *
     * @param id the session id
     * @param holder gets it, perhaps before this method returns
     */
    public void take(String id, Holder holder) {
        List<Holder> toLetGo = new ArrayList<>(2);
        Conversation free = null;
        synchronized (this) {
            forgetIdle();
            Held now = held.get(id);
            if (now == null) {
                Resting rested = resting.remove(id);
                free = rested == null ? new Conversation(id, limits) : rested.conversation();
                held.put(id, new Held(free, holder, free.bytes()));
            } else {
                toLetGo.add(now.holder);
                if (now.next != null) {
                    toLetGo.add(now.next);
                }
                now.next = holder;
            }
        }
        toLetGo.forEach(Holder::takenOver);
        if (free != null) {
            holder.given(free);
        }
    }

    /**
     * Gives a conversation back, or up the wait for it. Does nothing if {@code holder} has no claim to it.
     *
     * @param id the session id
     * @param holder who took it
     */
    public void release(String id, Holder holder) {
        Holder next = null;
        Conversation conversation = null;
        synchronized (this) {
            Held now = held.get(id);
            if (now == null) {
                return;
            }
            if (now.next == holder) {
                now.next = null;
            } else if (now.holder == holder) {
                conversation = now.conversation;
                account(now);
                next = now.next;
                now.holder = next;
                now.next = null;
                if (next == null) {
                    held.remove(id);
                    if (conversation.bytes() > 0) {
                        resting.put(id, new Resting(conversation, ticker.nanoTime()));
                    }
                    forgetIdle();
                    forgetOverLimit();
                }
            }
        }
        if (next != null) {
            next.given(conversation);
        }
    }

    /**
     * Books what a turn has added, and says whether there is room for another.
     *
     * @param id the session id, held by the caller
     * @param extraBytes how much text is to be added
     * @return false if all conversations together are at their limit and each of them has a connection
     */
    public synchronized boolean hasRoom(String id, long extraBytes) {
        Held now = held.get(id);
        if (now != null) {
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
        return held.size() + resting.size();
    }

    private void account(Held now) {
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
