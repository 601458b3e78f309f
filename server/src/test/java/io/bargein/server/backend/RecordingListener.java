package io.bargein.server.backend;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Hears an answer out, and lets a test wait for what it hears. Safe for use by many threads. */
public class RecordingListener implements GenerationListener {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<ContentBlock.ToolUse> toolUses = new ArrayList<>();
    private int events;
    private int terminals;
    private int ignored;
    private GenerationEnd end;
    private ModelException error;

    @Override
    public synchronized void onText(String delta) {
        text.append(delta);
        events++;
        notifyAll();
    }

    @Override
    public synchronized void onReasoning(String delta) {
        reasoning.append(delta);
        events++;
        notifyAll();
    }

    @Override
    public synchronized void onReasoningEnd(ContentBlock.Reasoning whole) {
        reasoning.append('|');
        events++;
        notifyAll();
    }

    @Override
    public synchronized void onToolUse(ContentBlock.ToolUse toolUse) {
        toolUses.add(toolUse);
        events++;
        notifyAll();
    }

    @Override
    public synchronized void onEnd(GenerationEnd ended) {
        end = ended;
        terminals++;
        notifyAll();
    }

    @Override
    public synchronized void onError(ModelException failed) {
        error = failed;
        terminals++;
        notifyAll();
    }

    @Override
    public synchronized void onIgnored() {
        ignored++;
        notifyAll();
    }

    public synchronized String text() {
        return text.toString();
    }

    public synchronized String reasoning() {
        return reasoning.toString();
    }

    public synchronized List<ContentBlock.ToolUse> toolUses() {
        return List.copyOf(toolUses);
    }

    public synchronized int events() {
        return events;
    }

    public synchronized int terminals() {
        return terminals;
    }

    public synchronized int ignored() {
        return ignored;
    }

    public synchronized GenerationEnd end() {
        return end;
    }

    public synchronized ModelException error() {
        return error;
    }

    public RecordingListener awaitEvents(int count) throws InterruptedException {
        return await(() -> events >= count, count + " events");
    }

    public RecordingListener awaitTerminal() throws InterruptedException {
        return await(() -> terminals > 0, "an end");
    }

    private synchronized RecordingListener await(BooleanSupplier condition, String what) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("no " + what + " in 20 s; heard " + events + " events, end " + end + ", error " + error);
            }
            wait(left);
        }
        return this;
    }
}
