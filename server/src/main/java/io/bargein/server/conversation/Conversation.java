package io.bargein.server.conversation;

import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * The history of one session id, kept so that the model accepts it after any sequence of interrupts and errors (promise P6):
 * roles alternate, the first is the user's, no text is blank, and each tool use is answered in the very next message.
 *
 * <p>Nothing before the newest user message is ever edited, only forgotten from the front: what the model has read before it
 * finds unchanged in its cache. Confined to whoever {@linkplain Conversations holds} it.
 */
public final class Conversation {

    /** What a message costs beside its text: lists, records, headers. */
    private static final int MESSAGE_OVERHEAD_BYTES = 128;

    private final String id;
    private final ConversationLimits limits;
    private final List<Message> messages = new ArrayList<>();

    /** How many messages there were before the running turn, and the last of them as it was; what a failed turn goes back to. */
    private int messagesBefore;
    private Message lastBefore;
    /** What all messages cost, and those before the one with the running turn's prompt. */
    private long bytes;
    private long bytesBefore;

    /** What turns have added that no store has been given yet, turn by turn; null if there is no store. */
    private final List<List<Message>> unsaved;
    /** Whether the newest turn is yet to be put there. */
    private boolean turnUnsaved;

    Conversation(String id, ConversationLimits limits) {
        this.id = id;
        this.limits = limits;
        this.unsaved = null;
    }

    /** One that a store keeps, and has told. */
    Conversation(String id, ConversationLimits limits, List<Message> acceptable) {
        this.id = id;
        this.limits = limits;
        this.unsaved = new ArrayList<>();
        acceptable.forEach(this::add);
        forgetOldest(0, 0);
    }

    /**
     * Returns the session id.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Begins a turn. Where the last message is the user's too (nothing of the last answer was seen, or it ended among tools),
     * the text joins that message.
     *
     * @param text what the user said, not blank
     */
    public void prompt(String text) {
        saveTurn();
        turnUnsaved = true;
        forgetOldest(Utf8.length(text) + MESSAGE_OVERHEAD_BYTES, 1);
        messagesBefore = messages.size();
        lastBefore = last();
        bytesBefore = bytes;
        ContentBlock block = new ContentBlock.Text(text);
        if (lastBefore != null && lastBefore.role() == Role.USER) {
            bytesBefore -= bytes(lastBefore);
            List<ContentBlock> joined = new ArrayList<>(lastBefore.content());
            joined.add(block);
            replaceLast(new Message(Role.USER, joined));
            // It may have joined what a turn's tools had answered: that can be parted from the rest only now that it has words.
            forgetOldestTurns(0, 0);
        } else {
            add(new Message(Role.USER, List.of(block)));
        }
    }

    /**
     * Ends a turn, or one of its rounds, with what the user saw of the answer, whole or cut off.
     *
     * @param seen what was sent to the client; where it is blank, nothing is kept, and the next prompt joins the pending one
     */
    public void answered(String seen) {
        if (!seen.isBlank()) {
            add(Message.assistant(seen));
        }
    }

    /**
     * Ends a turn that failed. With something seen it is kept like an interrupted one; with nothing, the turn is as if it had
     * never been.
     *
     * @param seenInTurn whether the client was sent any text of the turn that is not blank
     * @param seen what was sent of the answer that failed
     */
    public void failed(boolean seenInTurn, String seen) {
        if (seenInTurn) {
            answered(seen);
            return;
        }
        turnUnsaved = false;
        while (messages.size() > messagesBefore) {
            Message dropped = messages.remove(messages.size() - 1);
            bytes -= bytes(dropped);
        }
        if (lastBefore != null) {
            replaceLast(lastBefore);
        }
    }

    /**
     * Adds a round of tools: what the model said and asked for, and what it is answered.
     *
     * @param thoughts what the model thought before
     * @param text what the model said before it asked; may be blank, then it is left out
     * @param uses what it asked for, at least one
     * @param results one for each use, in that order
     */
    public void toolRound(List<ContentBlock.Reasoning> thoughts, String text, List<ContentBlock.ToolUse> uses,
            List<ContentBlock.ToolResult> results) {
        assert uses.size() == results.size() && !uses.isEmpty() : uses + " answered by " + results;
        List<ContentBlock> asked = new ArrayList<>(thoughts);
        if (!text.isBlank()) {
            asked.add(new ContentBlock.Text(text));
        }
        asked.addAll(uses);
        add(new Message(Role.ASSISTANT, asked));
        add(new Message(Role.USER, List.copyOf(results)));
        forgetOldestTurns(0, 0);
    }

    /**
     * Returns how much more the running turn may add before it takes all that one conversation may: older turns make way for it.
     *
     * @return bytes; less than 0 if it has taken more
     */
    public long room() {
        return limits.maxBytes() - (bytes - bytesBefore);
    }

    /**
     * Returns what to send to the model: the last message is the user's.
     *
     * @return the messages, a copy
     */
    public List<Message> messages() {
        return List.copyOf(messages);
    }

    /**
     * Returns what the history costs in memory, roughly: its text in UTF-8 and {@value #MESSAGE_OVERHEAD_BYTES} bytes a message.
     *
     * @return bytes
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Returns what turns that have ended have added since this was last called, for a store to be given.
     *
     * @return a list of messages for each turn that has left any
     */
    List<List<Message>> takeUnsaved() {
        saveTurn();
        List<List<Message>> taken = List.copyOf(unsaved);
        unsaved.clear();
        return taken;
    }

    /** A prompt that joined a message is saved as one of its own: what the store was given is never edited. */
    private void saveTurn() {
        if (unsaved == null || !turnUnsaved) {
            return;
        }
        turnUnsaved = false;
        List<Message> added = new ArrayList<>();
        if (lastBefore != null && lastBefore.role() == Role.USER) {
            List<ContentBlock> joined = messages.get(messagesBefore - 1).content();
            added.add(new Message(Role.USER, List.of(joined.get(joined.size() - 1))));
        }
        added.addAll(messages.subList(messagesBefore, messages.size()));
        unsaved.add(List.copyOf(added));
    }

    private void forgetOldest(long extraBytes, int extraMessages) {
        forgetOldestTurns(extraBytes, extraMessages);
        forgetOldestPending(extraBytes);
    }

    /** Forgets from the front until there is room, up to where the user last said something. */
    private void forgetOldestTurns(long extraBytes, int extraMessages) {
        int cut = 0;
        while (messages.size() - cut + extraMessages > limits.maxMessages() || bytes + extraBytes > limits.maxBytes()) {
            int next = nextCut(cut);
            if (next < 0) {
                break;
            }
            messages.subList(cut, next).forEach(m -> lighterBy(bytes(m)));
            cut = next;
            beginWithWords(cut);
        }
        // All at once: a store may tell of very many.
        messages.subList(0, cut).clear();
        messagesBefore = Math.max(0, messagesBefore - cut);
    }

    /** So much has gone from the front. */
    private void lighterBy(long gone) {
        bytes -= gone;
        bytesBefore = Math.max(0, bytesBefore - gone);
    }

    /** What a history begins with answers no tool: those that were asked for are forgotten. */
    private void beginWithWords(int at) {
        if (at < messages.size()) {
            Message first = new Message(Role.USER, words(messages.get(at)));
            lighterBy(bytes(messages.get(at)) - bytes(first));
            messages.set(at, first);
        }
        if (messagesBefore == at + 1 && lastBefore != null && lastBefore.role() == Role.USER) {
            List<ContentBlock> wordsBefore = words(lastBefore);
            lastBefore = wordsBefore.isEmpty() ? null : new Message(Role.USER, wordsBefore);
        }
        if (messagesBefore <= at || lastBefore == null) {
            messagesBefore = at;
            lastBefore = null;
        }
    }

    private static List<ContentBlock> words(Message message) {
        return message.content().stream().filter(ContentBlock.Text.class::isInstance).toList();
    }

    private int nextCut(int from) {
        for (int i = from + 1; i < messages.size(); i++) {
            if (messages.get(i).role() == Role.USER && !words(messages.get(i)).isEmpty()) {
                return i;
            }
        }
        // All of it is one turn. With an answer it can go whole; a pending prompt stays.
        return from < messages.size() && last().role() == Role.ASSISTANT ? messages.size() : -1;
    }

    /** Prompts that were all overtaken pile up in one message: there the oldest text goes first. */
    private void forgetOldestPending(long extraBytes) {
        while (bytes + extraBytes > limits.maxBytes() && !messages.isEmpty()) {
            List<ContentBlock> content = new ArrayList<>(last().content());
            int oldestText = 0;
            while (oldestText < content.size() && !(content.get(oldestText) instanceof ContentBlock.Text)) {
                oldestText++;
            }
            if (oldestText == content.size()) {
                return;
            }
            content.remove(oldestText);
            if (content.isEmpty()) {
                bytes -= bytes(messages.remove(messages.size() - 1));
            } else {
                replaceLast(new Message(Role.USER, content));
            }
        }
    }

    private Message last() {
        return messages.isEmpty() ? null : messages.get(messages.size() - 1);
    }

    private void add(Message message) {
        messages.add(message);
        bytes += bytes(message);
    }

    private void replaceLast(Message message) {
        bytes += bytes(message) - bytes(messages.set(messages.size() - 1, message));
    }

    static long bytes(Message message) {
        long sum = MESSAGE_OVERHEAD_BYTES;
        for (ContentBlock block : message.content()) {
            sum += bytes(block);
        }
        return sum;
    }

    /**
     * Returns what a part of a message costs in memory, roughly.
     *
     * @param block the part
     * @return its text in UTF-8, in bytes
     */
    public static long bytes(ContentBlock block) {
        if (block instanceof ContentBlock.Text t) {
            return Utf8.length(t.text());
        }
        if (block instanceof ContentBlock.Reasoning r) {
            return Utf8.length(r.text()) + (r.signature() == null ? 0 : r.signature().length());
        }
        if (block instanceof ContentBlock.ToolUse u) {
            return Utf8.length(u.input()) + Utf8.length(u.name()) + Utf8.length(u.id());
        }
        ContentBlock.ToolResult r = (ContentBlock.ToolResult) block;
        return Utf8.length(r.content()) + Utf8.length(r.toolUseId());
    }
}
