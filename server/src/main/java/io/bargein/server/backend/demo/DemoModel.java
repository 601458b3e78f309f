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

/**
 * A model that needs no account. It answers any prompt with a lively text that quotes the prompt, at human reading pace, and obeys
 * scripts in the prompt for load tests: {@code sim chunks=N bytes=S delay_ms=D #tag}.
 */
public final class DemoModel implements Model {
    private static final int THREADS = 2;
    private static final int READING_PACE_MILLIS = 30;

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
        SimScript script = SimScript.parse(prompt);
        if (script != null) {
            return new DemoGeneration(threads, listener, script.chunks(), script.delayMillis(), script::chunk);
        }
        List<String> pieces = DemoAnswer.to(prompt);
        return new DemoGeneration(threads, listener, pieces.size(), READING_PACE_MILLIS, pieces::get);
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
