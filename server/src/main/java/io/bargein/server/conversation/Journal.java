package io.bargein.server.conversation;

import io.bargein.server.spi.Message;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation's dealings with its store: one call at a time, and in order. What turns have added comes first, turn by turn and each
 * until the store has it; then the history is read, if somebody wants it.
 *
 * <p>Guarded by the owner's lock, which whoever calls holds, but for {@link #advance}: no call is made under it.
 */
final class Journal {

    /** Whose history it is. Called under the lock. */
    interface Owner {

        /**
         * The store has taken what a turn has added.
         *
         * @param bytes what that was counted as
         */
        void saved(long bytes);

        /** A call has ended, and all that came of it is known. */
        void callEnded();

        /**
         * The history is read.
         *
         * @return what is to be done outside the lock; null if there is no room for it
         */
        Runnable read(Conversation history);

        /**
         * The history could not be read.
         *
         * @return what is to be done outside the lock
         */
        Runnable unreadable();
    }

    private static final Logger log = LoggerFactory.getLogger(Conversations.class);

    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 30_000;

    private final String id;
    private final ConversationLimits limits;
    private final StoreAccess access;
    private final Object lock;
    private final Owner owner;

    /** What the store is to be given, the oldest first; what it is being given stays here until it has it. */
    private final Queue<List<Message>> unsaved = new ArrayDeque<>(1);
    private long unsavedBytes;
    /** Whether the history is to be read. */
    private boolean wanted;
    /** Names the call that is under way; null if none is. */
    private Object call;
    /** Runs out when the store is to be tried again; null if nothing waits for that. */
    private Future<?> retry;
    /** How long the last failure was waited out; 0 if the store has taken what it was given last. */
    private long retryMillis;

    Journal(String id, ConversationLimits limits, StoreAccess access, Object lock, Owner owner) {
        this.id = id;
        this.limits = limits;
        this.access = access;
        this.lock = lock;
        this.owner = owner;
    }

    /** Takes in what turns have added, and returns what that is counted as, until it is saved. */
    long add(Collection<List<Message>> turns) {
        long bytes = 0;
        for (List<Message> turn : turns) {
            unsaved.add(turn);
            bytes += bytes(turn);
        }
        unsavedBytes += bytes;
        return bytes;
    }

    /** Somebody wants the history. What has to be saved first is tried again at once. */
    void want() {
        wanted = true;
        stopWaiting();
    }

    /** Nobody wants the history any more. */
    void unwant() {
        wanted = false;
    }

    /** What has failed is to be tried again at once. */
    void hurry() {
        retryMillis = Math.min(retryMillis, FIRST_RETRY_MILLIS);
        stopWaiting();
    }

    /** Whether there is nothing to do, nor to be heard of what was done. */
    boolean isSettled() {
        return call == null && unsaved.isEmpty() && !wanted;
    }

    long unsavedBytes() {
        return unsavedBytes;
    }

    /** Forgets what the store has not taken, and returns how many messages that were. */
    int giveUp() {
        int messages = unsaved.stream().mapToInt(List::size).sum();
        unsaved.clear();
        unsavedBytes = 0;
        stopWaiting();
        return messages;
    }

    /** Makes the next call, if there is one to be made and none under way. Not under the lock. */
    void advance() {
        Object mine = new Object();
        List<Message> turn;
        synchronized (lock) {
            turn = unsaved.peek();
            if (call != null || retry != null || turn == null && !wanted) {
                return;
            }
            call = mine;
        }
        if (turn != null) {
            access.append(id, turn, (done, failure) -> appended(mine, turn, failure));
        } else {
            access.load(id, (history, failure) -> loaded(mine, history, failure));
        }
    }

    /** Of a call that was given up, only its late success is heard. */
    private void appended(Object of, List<Message> turn, Throwable failure) {
        boolean failedBefore;
        boolean failed;
        synchronized (lock) {
            failedBefore = retryMillis > 0;
            boolean underWay = call == of;
            if (underWay) {
                call = null;
            }
            if (failure == null) {
                took(turn);
            } else if (underWay && unsaved.peek() == turn) {
                tryAgainLater();
            }
            failed = retryMillis > 0;
            owner.callEnded();
        }
        if (failed && !failedBefore) {
            log.warn("conversation store: a turn of session {} could not be appended; it is kept in memory and tried again", id, failure);
        } else if (failedBefore && !failed) {
            log.info("conversation store: takes what session {} adds again", id);
        }
        advance();
    }

    private void took(List<Message> turn) {
        retryMillis = 0;
        stopWaiting();
        if (unsaved.peek() == turn) {
            unsaved.remove();
            unsavedBytes -= bytes(turn);
            owner.saved(bytes(turn));
        }
    }

    private void tryAgainLater() {
        retryMillis = Math.max(FIRST_RETRY_MILLIS, Math.min(2 * retryMillis, LAST_RETRY_MILLIS));
        retry = access.later(retryMillis, () -> {
            synchronized (lock) {
                retry = null;
            }
            advance();
        });
    }

    private void loaded(Object of, List<Message> read, Throwable failure) {
        Conversation history = null;
        Throwable why = failure;
        if (why == null) {
            try {
                history = history(read);
            } catch (RuntimeException e) {
                why = e;
            }
        }
        Runnable told;
        synchronized (lock) {
            if (call != of) {
                return;
            }
            call = null;
            // Whoever has asked for it meanwhile has this answer.
            wanted = false;
            if (history != null && !unsaved.isEmpty()) {
                // What was said in vain while it was read is not in it yet.
                history = history(Stream.concat(read.stream(), unsaved.stream().flatMap(List::stream)).toList());
            }
            told = history == null ? null : owner.read(history);
            if (told == null) {
                told = owner.unreadable();
                why = why != null ? why : new IllegalStateException("conversations: full");
            }
            owner.callEnded();
        }
        if (why != null) {
            log.warn("conversation store: the history of session {} could not be loaded", id, why);
        }
        told.run();
        advance();
    }

    private Conversation history(List<Message> read) {
        return new Conversation(id, limits, Repair.acceptable(Objects.requireNonNull(read, "the store told null (expected: a list)")));
    }

    private void stopWaiting() {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
    }

    private static long bytes(List<Message> turn) {
        return turn.stream().mapToLong(Conversation::bytes).sum();
    }
}
