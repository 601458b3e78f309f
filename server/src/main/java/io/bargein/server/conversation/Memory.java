package io.bargein.server.conversation;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The conversations that are in memory, and what they weigh together. Without a store that is all there are, until they are forgotten; with
 * one, those in use and those that it is not done with. Guarded by itself.
 */
final class Memory {

    /** A conversation that waits to be taken up again. */
    private record Resting(Conversation conversation, long sinceNanos) {}

    final ConversationLimits limits;
    /** Null if memory is all there is. */
    final StoreAccess store;
    private final Ticker ticker;
    /** With a connection, or a turn, or both. */
    private final Map<String, Live> live = new HashMap<>();
    /** Longest at rest first; empty with a store. */
    private final Map<String, Resting> resting = new LinkedHashMap<>();
    /** At rest, but the store is not done with them; the longest first. */
    private final Map<String, Live> unsettled = new LinkedHashMap<>();
    private long totalBytes;
    /** What the store is yet to take; a part of {@link #totalBytes}. */
    private long unsavedBytes;

    Memory(ConversationLimits limits, Ticker ticker, StoreAccess store) {
        this.limits = limits;
        this.ticker = ticker;
        this.store = store;
    }

    /** The conversation, if it has a connection or a turn, or null. */
    Live live(String id) {
        return live.get(id);
    }

    /** The conversation, which has a connection or a turn from now on. */
    Live wake(String id) {
        forgetIdle();
        return live.computeIfAbsent(id, absent -> {
            if (store != null) {
                Live notSettled = unsettled.remove(id);
                return notSettled == null ? new Live(id, this) : notSettled;
            }
            Resting rested = resting.remove(id);
            return new Live(id, this, rested == null ? new Conversation(id, limits) : rested.conversation());
        });
    }

    void restIfIdle(Live now) {
        if (!now.isIdle()) {
            return;
        }
        live.remove(now.id);
        if (store != null) {
            now.journal.unwant();
            unsettled.put(now.id, now);
            settle(now);
            giveUpOverLimit();
        } else if (now.bytes() > 0) {
            resting.put(now.id, new Resting(now.conversation, ticker.nanoTime()));
        }
        forgetIdle();
        forgetOverLimit();
    }

    /** What the store is done with it keeps alone. */
    void settle(Live one) {
        if (one.journal.isSettled() && unsettled.remove(one.id, one)) {
            totalBytes -= one.bytes();
        }
    }

    void count(long newBytes) {
        totalBytes += newBytes;
    }

    void countUnsaved(long newBytes) {
        totalBytes += newBytes;
        unsavedBytes += newBytes;
        if (unsavedBytes == 0) {
            notifyAll();
        }
    }

    boolean hasRoom(long extraBytes) {
        totalBytes += extraBytes;
        forgetOverLimit();
        totalBytes -= extraBytes;
        return totalBytes + extraBytes <= limits.maxTotalBytes();
    }

    void forgetIdle() {
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

    private void forgetOverLimit() {
        Iterator<Resting> oldestFirst = resting.values().iterator();
        while (totalBytes > limits.maxTotalBytes() && oldestFirst.hasNext()) {
            totalBytes -= oldestFirst.next().conversation().bytes();
            oldestFirst.remove();
        }
    }

    /**
     * What the store is yet to take is kept as long as there is room, as a client has seen it: rather is a prompt refused. But answers grow
     * after their prompt was let in.
     */
    private void giveUpOverLimit() {
        if (totalBytes <= limits.maxTotalBytes()) {
            return;
        }
        Iterator<Live> oldestFirst = List.copyOf(unsettled.values()).iterator();
        while (totalBytes > limits.maxTotalBytes() && oldestFirst.hasNext()) {
            Live oldest = oldestFirst.next();
            oldest.giveUp();
            oldest.forget();
            // With a call under way it stays, so that no other is made at the same time.
            settle(oldest);
        }
    }

    long totalBytes() {
        return totalBytes;
    }

    int size() {
        return live.size() + resting.size() + unsettled.size();
    }

    /** All that the store has to do with. */
    List<Live> all() {
        List<Live> all = new ArrayList<>(live.values());
        all.addAll(unsettled.values());
        return all;
    }

    /** Waits until the store has taken everything, at most that long. */
    synchronized void awaitAllSaved(Duration limit) {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        try {
            for (long left = limit.toMillis(); unsavedBytes > 0 && left > 0; left = (deadlineNanos - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            // Whoever stops the server has no more patience.
            Thread.currentThread().interrupt();
        }
    }
}
