package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Counts;
import io.bargein.loadtest.report.Interval;
import io.bargein.loadtest.report.Latencies;
import io.bargein.loadtest.report.ServerUse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Slices a run's time: once a second it takes from the loops what they have measured since, tells how it goes, and keeps the slices, joined to
 * at most some hundred. All of it is done by one thread of its own, and by the loops.
 */
final class Sampler implements AutoCloseable {
    private static final long TICK_MILLIS = 1_000;
    private static final int MAX_INTERVALS = 600;
    private static final long CLOSE_SECONDS = 15;

    private final List<Loop> loops;
    private final IntSupplier connections;
    private final Probes probes;
    private final Progress progress;
    private final double totalSeconds;
    private final long intervalNanos;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread sampler = new Thread(task, "sampler");
        sampler.setDaemon(true);
        return sampler;
    });

    /** All below belongs to the thread. */
    private final List<Interval> timeline = new ArrayList<>();
    private final long startNanos = System.nanoTime();
    private Tally spare = new Tally();
    private final Tally interval = new Tally();
    private long intervalStartNanos = startNanos;
    private long tickNanos = startNanos;
    private String phase = "connecting";
    private long faults;

    Sampler(Plan plan, List<Loop> loops, IntSupplier connections, Probes probes, Progress progress) {
        this.loops = loops;
        this.connections = connections;
        this.probes = probes;
        this.progress = progress;
        Duration total = plan.warmup().plus(plan.duration());
        this.totalSeconds = total.toMillis() / 1e3;
        // A little less than the tick, so that a tick which comes early does not make an interval twice as long.
        this.intervalNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS), total.toNanos() / MAX_INTERVALS)
                - TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS / 4);
        thread.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** What comes from now on belongs to another phase. */
    void phase(String name) throws InterruptedException {
        ask(() -> {
            take();
            endInterval();
            phase = name;
        });
    }

    /** All slices so far, the one at hand included. */
    List<Interval> timeline() throws InterruptedException {
        List<Interval> copy = new ArrayList<>();
        ask(() -> {
            take();
            endInterval();
            copy.addAll(timeline);
        });
        return copy;
    }

    private void ask(Task task) throws InterruptedException {
        try {
            thread.submit(() -> {
                task.run();
                return null;
            }).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the sampler failed", e.getCause());
        }
    }

    private interface Task {
        void run() throws InterruptedException;
    }

    private void tick() {
        try {
            long before = tickNanos;
            Latencies sinceTick = new Latencies();
            Counts counts = take(sinceTick);
            double seconds = (tickNanos - before) / 1e9;
            progress.tick(new Progress.Moment(phase, (tickNanos - startNanos) / 1e9, totalSeconds, connections.getAsInt(),
                    counts.prompts() / seconds, counts.connects() / seconds, sinceTick, faults));
            probes.poll();
            if (tickNanos - intervalStartNanos >= intervalNanos) {
                endInterval();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take() throws InterruptedException {
        take(new Latencies());
    }

    private Counts take(Latencies sinceTick) throws InterruptedException {
        Counts counts = Counts.NONE;
        for (Loop loop : loops) {
            Tally next = spare;
            Tally taken = loop.ask(() -> loop.recorder().takeSlice(next));
            if (probes.watchesUpstream()) {
                probes.interrupted(loop.ask(loop.recorder()::takeInterrupted));
            }
            counts = counts.plus(taken.counts());
            sinceTick.add(taken.latencies);
            interval.add(taken);
            taken.reset();
            spare = taken;
        }
        faults += counts.errors() + counts.violations() + counts.unexpectedCloses();
        tickNanos = System.nanoTime();
        return counts;
    }

    private void endInterval() {
        double seconds = (tickNanos - intervalStartNanos) / 1e9;
        ServerUse server = probes.serverNow("during", connections.getAsInt());
        timeline.add(new Interval(phase, (intervalStartNanos - startNanos) / 1e9, seconds, connections.getAsInt(), interval.counts(),
                interval.latencies.coarse(), server));
        interval.reset();
        intervalStartNanos = tickNanos;
    }

    /** Lets what is being looked at be seen through. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
