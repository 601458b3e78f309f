package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store owes the runtime. Each implementation runs all of it, the memory that serves where there is none among them. */
public abstract class ConversationStoreContract {
    private ConversationStore store;

    /** Makes the store under test, with nothing in it. */
    protected abstract ConversationStore createStore() throws Exception;

    @BeforeEach
    void create() throws Exception {
        store = createStore();
    }

    @Test
    void hasNothingOfAConversationThatItWasNeverTold() throws Exception {
        assertEquals(List.of(), load("a"));
    }

    @Test
    void tellsWhatWasAppendedInThatOrder() throws Exception {
        append("a", Message.user("one"), Message.assistant("1"));
        append("a", Message.user("two"), Message.assistant("2"));
        append("a", Message.user("three"));

        assertEquals(List.of(Message.user("one"), Message.assistant("1"), Message.user("two"), Message.assistant("2"), Message.user("three")),
                load("a"));
        assertEquals(load("a"), load("a"), "gone once it was told");
    }

    @Test
    void keepsConversationsApart() throws Exception {
        // Ids that a file system, or a key that is put together, might take for one another.
        List<String> ids = List.of("a", "A", "a/b", "a.b", "..", "a%2Fb", "a:b", "x".repeat(256), "x".repeat(255) + "y");
        for (String id : ids) {
            append(id, Message.user("in " + id), Message.assistant("yes"));
        }
        for (String id : ids) {
            assertEquals(List.of(Message.user("in " + id), Message.assistant("yes")), load(id));
        }
    }

    @Test
    void keepsEveryKindOfContentAsItIs() throws Exception {
        String text = "two lines\n\"quoted\" \\ \t\u0000\u007f\u2028 aéあ😀";
        Message user = new Message(Role.USER, List.of(new Text(text), new Text("more")));
        ToolUse use = new ToolUse("t1", "clock", "{\"zone\":\"\\u00e9\"}");
        ToolUse other = new ToolUse("t2", "clock", "{}");
        Message asks = new Message(Role.ASSISTANT, List.of(new Text("let me see"), use, other));
        Message results = new Message(Role.USER, List.of(new ToolResult("t1", text, false), new ToolResult("t2", "error: no", true)));
        append("a", user, asks, results, Message.assistant(text));

        assertEquals(List.of(user, asks, results, Message.assistant(text)), load("a"));
    }

    @Test
    void readsMessagesOfOneRoleThatFollowEachOtherAsOne() throws Exception {
        append("a", Message.user("one"));
        append("a", Message.user("two"), Message.assistant("2"));

        assertEquals(List.of(new Message(Role.USER, List.of(new Text("one"), new Text("two"))), Message.assistant("2")), load("a"));
    }

    @Test
    void servesManyConversationsAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> conversations = new ArrayList<>();
            for (int c = 0; c < 16; c++) {
                String id = "s" + c;
                conversations.add(threads.submit(() -> {
                    for (int turn = 0; turn < 10; turn++) {
                        append(id, Message.user(id + " " + turn), Message.assistant("yes"));
                        assertEquals(2 * turn + 2, load(id).size());
                    }
                    return null;
                }));
            }
            for (Future<?> conversation : conversations) {
                conversation.get(20, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(Message.user("s3 9"), load("s3").get(18));
    }

    private void append(String id, Message... messages) throws Exception {
        store.append(id, List.of(messages)).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** As the runtime reads it. */
    private List<Message> load(String id) throws Exception {
        return Repair.acceptable(store.load(id).toCompletableFuture().get(20, TimeUnit.SECONDS));
    }
}
