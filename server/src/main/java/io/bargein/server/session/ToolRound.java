package io.bargein.server.session;

import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolResult;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** The tools that one answer asked for, called together. Confined to the session's event loop. */
final class ToolRound {

    /** How many calls one answer may ask for; each beyond it fails. */
    static final int MAX_CALLS = 64;

    private static final int MAX_ID_CHARS = 64;
    private static final int SHORT_BYTES = 256;

    private final List<ToolUse> uses;
    /** Whether the id of a use was another's, before it was given one of its own. */
    private final boolean[] sharedId;
    private final ContentBlock.ToolResult[] results;
    /** The calls that have not answered; null where there is none. */
    private final ToolTask[] running;
    private final long startNanos;
    private int open;
    /** How many bytes of results the conversation can still take. */
    private long room;
    /** Ends the wait for all of them, as all begin together. */
    private Future<?> timer;

    /**
     * @param asked what the model asked for
     * @param room how many bytes of results the conversation can take
     */
    ToolRound(List<ToolUse> asked, long room, long startNanos) {
        this.sharedId = new boolean[asked.size()];
        this.uses = withOwnIds(asked);
        this.results = new ContentBlock.ToolResult[asked.size()];
        this.running = new ToolTask[asked.size()];
        this.open = asked.size();
        this.room = room;
        this.startNanos = startNanos;
    }

    /** The history may not have an id twice in one message. */
    private List<ToolUse> withOwnIds(List<ToolUse> asked) {
        List<ToolUse> own = new ArrayList<>(asked.size());
        Set<String> taken = new HashSet<>();
        asked.forEach(use -> taken.add(use.id()));
        Set<String> seen = new HashSet<>();
        for (ToolUse use : asked) {
            String id = use.id();
            if (!seen.add(id)) {
                sharedId[own.size()] = true;
                for (int n = 2; !taken.add(id); n++) {
                    String suffix = "-" + n;
                    id = use.id().substring(0, Math.min(use.id().length(), MAX_ID_CHARS - suffix.length())) + suffix;
                }
            }
            own.add(new ToolUse(id, use.name(), use.input()));
        }
        return List.copyOf(own);
    }

    List<ToolUse> uses() {
        return uses;
    }

    /** When its calls began. */
    long startNanos() {
        return startNanos;
    }

    void endsBy(Future<?> timer) {
        this.timer = timer;
    }

    /** Has a tool called; returns why it cannot be, or null. */
    String start(int index, Toolbox toolbox, RequestContext context, Consumer<ToolResult> waiting) {
        ToolUse use = uses.get(index);
        Tool tool = toolbox.named(use.name());
        if (tool == null) {
            return "there is no tool of that name (expected: one of " + toolbox.tools().stream().map(Tool::name).toList() + ")";
        }
        if (sharedId[index]) {
            return "another call has the same id (expected: an id of its own)";
        }
        if (index >= MAX_CALLS) {
            return "too many calls at once (expected: at most " + MAX_CALLS + ")";
        }
        ToolTask task = new ToolTask(tool, context, use, toolbox, waiting);
        try {
            task.start();
        } catch (RejectedExecutionException e) {
            return "server: too busy to call the tool (expected: a free thread for it; try again)";
        }
        running[index] = task;
        return null;
    }

    /** Whether a use has no result yet. */
    boolean isOpen(int index) {
        return results[index] == null;
    }

    /** Books a result, as the model will be shown it. */
    ContentBlock.ToolResult book(int index, ToolResult result) {
        assert isOpen(index) : "answered twice";
        long bytes = Utf8.length(result.content());
        // What tells of a failure of ours is short, and has to be said.
        boolean fits = bytes <= Math.max(room, SHORT_BYTES);
        results[index] = fits ? new ContentBlock.ToolResult(uses.get(index).id(), result.content(), result.failed())
                : new ContentBlock.ToolResult(uses.get(index).id(), "the conversation has no room for the result of " + bytes
                        + " bytes (expected: at most " + Math.max(0, room) + "; ask for less)", true);
        room -= Utf8.length(results[index].content());
        running[index] = null;
        if (--open == 0) {
            stopTimer();
        }
        return results[index];
    }

    /** Whether each use has its result. */
    boolean isDone() {
        return open == 0;
    }

    /** The calls that still wait for a thread. */
    BitSet waiting() {
        BitSet waiting = new BitSet(running.length);
        for (int i = 0; i < running.length; i++) {
            waiting.set(i, running[i] != null && running[i].isWaiting());
        }
        return waiting;
    }

    /** Nobody waits for a call any more. */
    void drop(int index) {
        ToolTask task = running[index];
        if (task != null) {
            running[index] = null;
            task.drop();
        }
    }

    /** Nobody waits for the round any more. */
    void drop() {
        stopTimer();
        for (int i = 0; i < running.length; i++) {
            drop(i);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    /** One result for each use, in order; a use that is still open is answered as cancelled. */
    List<ContentBlock.ToolResult> results() {
        List<ContentBlock.ToolResult> all = new ArrayList<>(results.length);
        for (int i = 0; i < results.length; i++) {
            all.add(!isOpen(i) ? results[i]
                    : new ContentBlock.ToolResult(uses.get(i).id(), "cancelled: the turn was ended before the tool had answered", true));
        }
        return all;
    }
}
