package io.bargein.server.backend;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Tool;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A tool named {@code clock} that answers as the test says. */
public final class ClockTool implements Tool {
    private final Function<ContentBlock.ToolUse, CompletionStage<String>> answer;

    public ClockTool(Function<ContentBlock.ToolUse, CompletionStage<String>> answer) {
        this.answer = answer;
    }

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String description() {
        return "tells the time";
    }

    @Override
    public String inputSchema() {
        return "{\"type\":\"object\",\"properties\":{\"zone\":{\"type\":\"string\"}}}";
    }

    @Override
    public CompletionStage<String> call(ContentBlock.ToolUse call) {
        return answer.apply(call);
    }
}
