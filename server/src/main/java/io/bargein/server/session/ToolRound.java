package io.bargein.server.session;

import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Tool;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tools that one answer asked for, called together. Confined to the session's event loop, but for the calls themselves,
 * which are made on upstream threads.
 */
final class ToolRound {
    private static final Logger log = LoggerFactory.getLogger(ToolRound.class);

    private final List<ToolUse> uses;
    private final ToolResult[] results;
    private int open;

    ToolRound(List<ToolUse> uses) {
        this.uses = List.copyOf(uses);
        this.results = new ToolResult[uses.size()];
        this.open = uses.size();
    }

    List<ToolUse> uses() {
        return uses;
    }

    /** Calls all tools; {@code answering} hears of each result on its loop. */
    void call(List<Tool> tools, Executor upstream, EventExecutor loop, Answering answering) {
        for (int i = 0; i < uses.size(); i++) {
            int index = i;
            ToolUse use = uses.get(i);
            try {
                upstream.execute(() -> result(tools, use).whenComplete((result, impossible) ->
                        loop.execute(() -> answering.onToolResult(this, index, result))));
            } catch (RejectedExecutionException e) {
                loop.execute(() -> answering.onToolResult(this, index, failed(use, "the server is too busy")));
            }
        }
    }

    /** Books a result and says whether it was the last one open. */
    boolean complete(int index, ToolResult result) {
        if (results[index] != null) {
            return false;
        }
        results[index] = result;
        return --open == 0;
    }

    /** One result for each use, in order; a use that is still open is answered as cancelled. */
    List<ToolResult> results() {
        List<ToolResult> all = new ArrayList<>(results.length);
        for (int i = 0; i < results.length; i++) {
            all.add(results[i] != null ? results[i] : failed(uses.get(i), "cancelled: the user interrupted"));
        }
        return all;
    }

    /** Never completes exceptionally. */
    private static CompletionStage<ToolResult> result(List<Tool> tools, ToolUse use) {
        for (Tool tool : tools) {
            if (tool.name().equals(use.name())) {
                CompletionStage<String> content;
                try {
                    content = tool.call(use);
                } catch (RuntimeException e) {
                    content = CompletableFuture.failedStage(e);
                }
                return content.handle((text, failure) -> failure == null ? done(use, text) : failed(use, failure));
            }
        }
        return CompletableFuture.completedStage(failed(use, "there is no tool of that name"));
    }

    private static ToolResult done(ToolUse use, String text) {
        // The model's service refuses blank text.
        return new ToolResult(use.id(), text == null || text.isBlank() ? "(nothing)" : text, false);
    }

    private static ToolResult failed(ToolUse use, Throwable failure) {
        log.warn("tool {} failed", use.name(), failure);
        return failed(use, "the tool failed");
    }

    private static ToolResult failed(ToolUse use, String why) {
        return new ToolResult(use.id(), "error: " + use.name() + ": " + why, true);
    }
}
