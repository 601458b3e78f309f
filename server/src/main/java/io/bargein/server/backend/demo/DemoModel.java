package io.bargein.server.backend.demo;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A model that needs no account. It answers any prompt with a lively text that quotes the prompt, at human reading pace, and obeys
 * scripts in the prompt for load tests: {@code sim chunks=N bytes=S delay_ms=D #tag}. To {@code sim tool=NAME key=value …} it asks for the
 * tool of that name, if there is one on offer, and says what that has answered.
 */
public final class DemoModel implements Model {
    private static final int THREADS = 2;
    private static final int READING_PACE_MILLIS = 30;

    private final AtomicLong toolUses = new AtomicLong();
    private final ScheduledThreadPoolExecutor threads =
            new ScheduledThreadPoolExecutor(THREADS, new DefaultThreadFactory("bargein-demo", true));

    /** Creates the model, with two threads of its own that all answers share. */
    public DemoModel() {
        threads.setRemoveOnCancelPolicy(true);
        threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        String prompt = lastUserText(request);
        if (prompt.isEmpty()) {
            return says(listener, told(request), null);
        }
        ToolScript tool = ToolScript.parse(prompt, request.tools());
        if (tool != null) {
            ContentBlock.ToolUse use = new ContentBlock.ToolUse("demo-" + toolUses.incrementAndGet(), tool.tool(), tool.input());
            return says(listener, DemoAnswer.pieces("Let me ask the " + tool.tool() + ".\n\n"), use);
        }
        SimScript script = SimScript.parse(prompt);
        if (script != null) {
            return new DemoGeneration(threads, listener, script.chunks(), script.delayMillis(), script::chunk, null);
        }
        return says(listener, DemoAnswer.to(prompt), null);
    }

    private Generation says(GenerationListener listener, List<String> pieces, ContentBlock.ToolUse use) {
        return new DemoGeneration(threads, listener, pieces.size(), READING_PACE_MILLIS, pieces::get, use);
    }

    /** What the tools have answered that were asked last. */
    private static List<String> told(ModelRequest request) {
        StringBuilder told = new StringBuilder();
        List<Message> messages = request.messages();
        for (ContentBlock block : messages.get(messages.size() - 1).content()) {
            if (block instanceof ContentBlock.ToolResult result) {
                told.append(result.failed() ? "It could not tell: " : "It says: ").append(result.content()).append("\n");
            }
        }
        return DemoAnswer.pieces(told.toString());
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private static String lastUserText(ModelRequest request) {
        List<Message> messages = request.messages();
        List<ContentBlock> last = messages.get(messages.size() - 1).content();
        return last.stream().filter(ContentBlock.Text.class::isInstance).map(block -> ((ContentBlock.Text) block).text())
                .reduce("", (earlier, later) -> later);
    }
}
