package io.bargein.server.backend;

import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A tool that answers as the test says. */
public final class ScriptedTool implements Tool {
    private final String name;
    private final boolean keepRunning;
    private final Function<ToolCall, CompletionStage<ToolResult>> answer;

    public ScriptedTool(String name, boolean keepRunning, Function<ToolCall, CompletionStage<ToolResult>> answer) {
        this.name = name;
        this.keepRunning = keepRunning;
        this.answer = answer;
    }

    /** A tool that does not keep running. */
    public ScriptedTool(String name, Function<ToolCall, CompletionStage<ToolResult>> answer) {
        this(name, false, answer);
    }

    @Override
    public String name() {
        return name;
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
    public boolean keepRunning() {
        return keepRunning;
    }

    @Override
    public CompletionStage<ToolResult> call(ToolCall call) {
        return answer.apply(call);
    }
}
