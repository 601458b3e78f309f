package io.bargein.loadtest.client;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A client's time, which goes on when a test says so. */
final class HandMovedTimer implements ClientTimer {
    private record Task(long dueNanos, Runnable what) {}

    private final List<Task> tasks = new ArrayList<>();
    private EventLoop loop;
    private long nowNanos = 1;

    HandMovedTimer on(EventLoop of) {
        loop = of;
        return this;
    }

    EventLoop loop() {
        return loop;
    }

    @Override
    public long nanoTime() {
        assert loop.inEventLoop();
        return nowNanos;
    }

    @Override
    public Runnable schedule(Runnable what, long delayNanos) {
        assert loop.inEventLoop();
        Task task = new Task(nowNanos + delayNanos, what);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /** Runs all that is due by then, in order, and returns once it has run. */
    void advance(Duration time) throws InterruptedException {
        loop.submit(() -> {
            long to = nowNanos + time.toNanos();
            for (Task next = first(to); next != null; next = first(to)) {
                tasks.remove(next);
                nowNanos = Math.max(nowNanos, next.dueNanos());
                next.what().run();
            }
            nowNanos = to;
        }).sync();
    }

    private Task first(long byNanos) {
        return tasks.stream().filter(task -> task.dueNanos() <= byNanos).min(Comparator.comparingLong(Task::dueNanos)).orElse(null);
    }
}
