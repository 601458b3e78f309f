package io.bargein.server.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.bargein.server.backend.RecordingListener;
import io.bargein.server.operations.StandardError;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** What the tests of models have in common. */
abstract class ModelTestBase {
    static final boolean VIRTUAL = Runtime.version().feature() >= 21;
    static final ModelRequest REQUEST =
            new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), List.of(Message.user("Hi")), List.of());
    static final ContentBlock.ToolUse TOOL_USE = new ContentBlock.ToolUse("id", "clock", "{}");
    static final GenerationEnd END = new GenerationEnd(GenerationEnd.TOOL_USE, new Usage(1, 2, 3, 4));

    final RecordingListener listener = new RecordingListener();
    Model model = Models.fromStream(request -> Stream.<String>empty());

    @AfterEach
    void close() {
        model.close();
    }

    /** Makes it the model of the test, and starts an answer. */
    Generation start(Model made) throws ModelException {
        model.close();
        model = made;
        return model.start(REQUEST, listener);
    }

    static void done(CompletionStage<Void> stage) throws Exception {
        stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** The answer failed in a way that tells its client nothing. */
    void failedWithoutWords() throws InterruptedException {
        ModelException error = listener.awaitTerminal().error();
        assertEquals(ModelException.Kind.INTERNAL, error.kind());
        assertEquals("model: failed", error.getMessage());
        assertNotNull(error.getCause());
        assertEquals(1, listener.terminals());
    }

    void failed(ModelException.Kind kind, String message) throws InterruptedException {
        ModelException error = listener.awaitTerminal().error();
        assertEquals(kind, error.kind());
        assertFalse(message.isEmpty());
        assertEquals(message, error.getMessage());
        assertEquals(1, listener.terminals());
    }

    /** What is logged of a source that throws where it is to let go, once its answer has been cancelled; that is done all the same. */
    static void logsThatItFailedToStop(Class<?> source, Generation generation) throws Exception {
        try (StandardError log = new StandardError()) {
            done(generation.cancel());
            String line = "WARN SourceModel - model: " + source.getName() + " failed to stop (expected: no exception)\n"
                    + "java.lang.IllegalStateException: stuck\n";
            assertEquals(1, log.count(line), log::text);
        }
    }

    static void awaitNoThreads(String prefix) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith(prefix)));
    }
}
