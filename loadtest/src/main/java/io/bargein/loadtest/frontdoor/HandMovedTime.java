package io.bargein.loadtest.frontdoor;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A time that stands still until it is moved, for tests in which an hour passes at once. Its methods may be called from any thread. */
public final class HandMovedTime implements FrontDoorTime {
    private record Task(long dueNanos, long number, EventExecutor loop, Runnable work) {}

    private final Instant start;
    private final Queue<Task> tasks = new PriorityQueue<>(Comparator.comparingLong(Task::dueNanos).thenComparingLong(Task::number));
    private long nanos;
    private long scheduled;

    /**
     * Stops the time.
     *
     * @param start the date at which it stands
     */
    public HandMovedTime(Instant start) {
        this.start = start;
    }

    @Override
    public synchronized Instant now() {
        return start.plusNanos(nanos);
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    @Override
    public synchronized Runnable after(EventExecutor loop, Duration delay, Runnable work) {
        Task task = new Task(nanos + delay.toNanos(), scheduled++, loop, work);
        tasks.add(task);
        return () -> remove(task);
    }

    private synchronized void remove(Task task) {
        tasks.remove(task);
    }

    /**
     * Lets time pass. What falls due meanwhile is done in its order, each at its own time, and has been done when this returns. Not to be
     * called on an event loop.
     *
     * @param passing how much
     */
    public void advance(Duration passing) {
        long end = nanos() + passing.toNanos();
        for (Task due = nextUntil(end); due != null; due = nextUntil(end)) {
            due.loop().submit(due.work()).syncUninterruptibly();
        }
    }

    /** Moves to what is due next and returns it, or moves to the end and returns null. */
    private synchronized Task nextUntil(long endNanos) {
        Task next = tasks.peek();
        if (next == null || next.dueNanos() > endNanos) {
            nanos = endNanos;
            return null;
        }
        nanos = Math.max(nanos, next.dueNanos());
        return tasks.remove();
    }
}
