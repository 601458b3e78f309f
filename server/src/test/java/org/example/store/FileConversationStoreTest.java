package org.example.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bargein.server.conversation.ConversationStoreContract;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileConversationStoreTest extends ConversationStoreContract {
    @TempDir
    private Path directory;

    @Override
    protected ConversationStore createStore() {
        return new FileConversationStore(directory);
    }

    @Test
    void takesALineThatACrashHasCutOffForNone() throws Exception {
        FileConversationStore store = new FileConversationStore(directory);
        store.append("a", List.of(Message.user("one")));
        try (Stream<Path> files = Files.list(directory)) {
            Files.writeString(files.findFirst().orElseThrow(), "{\"role\":\"assist", StandardOpenOption.APPEND);
        }
        assertEquals(List.of(Message.user("one")), store.load("a").toCompletableFuture().get());
        store.append("a", List.of(Message.assistant("1")));
        assertEquals(List.of(Message.user("one"), Message.assistant("1")), store.load("a").toCompletableFuture().get());
    }
}
