package io.bargein.server.conversation;

import io.bargein.server.conversation.Conversations.Connection;
import io.bargein.server.conversation.Conversations.Holder;
import io.bargein.server.spi.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A conversation with a connection, or a turn, or both; or one that its store is not done with. Guarded by the {@link Memory} it is in. */
final class Live implements Journal.Owner {
    private static final Logger log = LoggerFactory.getLogger(Conversations.class);

    final String id;
    /** What the store has to do with it; null without one. */
    final Journal journal;
    /** The history, which is the holder's; null until it is loaded. */
    Conversation conversation;
    /** The newest connection; null if there is none. */
    Connection connection;
    /** Whose turn runs, or will once the history is loaded; null if none does, and then nobody waits. */
    Holder holder;
    /** Who does not wait for turns to end, and who does; the former come first. */
    final Queue<Holder> interrupting = new ArrayDeque<>(1);
    final Queue<Holder> waiting = new ArrayDeque<>(1);

    private final Memory memory;
    /** What the history weighed when it was last booked. */
    private long bytes;

    /** One that is in memory alone. */
    Live(String id, Memory memory, Conversation conversation) {
        this.id = id;
        this.memory = memory;
        this.conversation = conversation;
        this.bytes = conversation.bytes();
        this.journal = null;
    }

    /** One that is in a store. */
    Live(String id, Memory memory) {
        this.id = id;
        this.memory = memory;
        this.journal = new Journal(id, memory.limits, memory.store, memory, this);
    }

    boolean isIdle() {
        return connection == null && holder == null;
    }

    long bytes() {
        return bytes;
    }

    /** Books what the history weighs. By the holder, or while there is none. */
    void account() {
        long now = conversation == null ? 0 : conversation.bytes();
        memory.count(now - bytes);
        bytes = now;
    }

    /** Has what turns have added given to the store. By the holder, or while there is none. */
    void save() {
        if (journal != null && conversation != null) {
            memory.countUnsaved(journal.add(conversation.takeUnsaved()));
        }
    }

    /** What was said while the history was waited for comes to be in it all the same. */
    void save(List<String> unheard) {
        if (journal == null || unheard.isEmpty()) {
            return;
        }
        if (conversation != null) {
            unheard.forEach(conversation::prompt);
        } else {
            memory.countUnsaved(journal.add(List.of(unheard.stream().map(Message::user).toList())));
        }
    }

    /** What the store has not taken is lost. */
    void giveUp() {
        memory.countUnsaved(-journal.unsavedBytes());
        int messages = journal.giveUp();
        if (messages > 0) {
            log.error("conversation store: {} messages of session {} are lost, as it did not take them in time", messages, id);
        }
    }

    /** What there is in memory of the history is not all of it any more. */
    void forget() {
        conversation = null;
        account();
    }

    @Override
    public void saved(long savedBytes) {
        memory.countUnsaved(-savedBytes);
    }

    @Override
    public void callEnded() {
        memory.settle(this);
    }

    @Override
    public Runnable read(Conversation history) {
        if (memory.live(id) != this) {
            return () -> {};
        }
        if (!memory.hasRoom(history.bytes())) {
            return null;
        }
        conversation = history;
        account();
        Holder first = holder;
        return first == null ? () -> {} : () -> first.given(history);
    }

    @Override
    public Runnable unreadable() {
        List<Holder> all = new ArrayList<>(interrupting);
        all.addAll(waiting);
        if (holder != null) {
            all.add(0, holder);
        }
        return () -> all.forEach(Holder::unreadable);
    }
}
