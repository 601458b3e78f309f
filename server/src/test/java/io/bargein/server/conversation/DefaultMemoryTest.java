package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.bargein.server.conversation.Conversations.Taken;
import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The memory that serves where no store is given is one: it is appended to by turns, and tells what the next turn is given. */
class DefaultMemoryTest extends ConversationStoreContract {

    @Override
    protected ConversationStore createStore() {
        return new ByTurns(new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker()));
    }

    private record ByTurns(Conversations conversations) implements ConversationStore {
        @Override
        public CompletionStage<List<Message>> load(String sessionId) {
            Holder turn = new Holder();
            List<Message> messages = take(sessionId, turn).messages();
            conversations.release(sessionId, turn);
            return CompletableFuture.completedStage(messages);
        }

        @Override
        public CompletionStage<Void> append(String sessionId, List<Message> messages) {
            Holder turn = new Holder();
            Conversation conversation = take(sessionId, turn);
            for (int i = 0; i < messages.size(); i++) {
                List<ContentBlock> content = messages.get(i).content();
                List<String> texts = only(Text.class, content).stream().map(Text::text).toList();
                List<ToolUse> uses = only(ToolUse.class, content);
                if (messages.get(i).role() == Role.USER) {
                    texts.forEach(conversation::prompt);
                } else if (uses.isEmpty()) {
                    conversation.answered(texts.get(0));
                } else {
                    conversation.toolRound(List.of(), texts.get(0), List.copyOf(uses), only(ToolResult.class, messages.get(i + 1).content()));
                }
            }
            conversations.release(sessionId, turn);
            return CompletableFuture.completedStage(null);
        }

        private Conversation take(String sessionId, Holder turn) {
            return assertInstanceOf(Taken.Given.class, conversations.take(sessionId, turn, WhenBusy.REJECT, 0)).conversation();
        }

        private static <B extends ContentBlock> List<B> only(Class<B> kind, List<ContentBlock> content) {
            // What conversations are told of a tool's rounds is blocks of one kind.
            return content.stream().filter(kind::isInstance).map(kind::cast).toList();
        }
    }

    private static final class Holder implements Conversations.Holder {
        @Override
        public void given(Conversation conversation) {
            throw new AssertionError("nobody waits");
        }

        @Override
        public void unreadable() {
            throw new AssertionError("there is no store");
        }

        @Override
        public void wanted() {
            throw new AssertionError("nobody cuts in");
        }
    }
}
