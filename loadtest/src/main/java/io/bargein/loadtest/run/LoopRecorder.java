package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Metric;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the connections of one event loop measure. All goes into the slice of time at hand, which the sampler takes now and then, and what
 * was due while it counts goes into the whole as well. Confined to its event loop.
 */
final class LoopRecorder {
    private static final int MAX_EXAMPLES = 5;

    /** A turn that was cut in on, and when the prompt that did so was due. */
    record Interrupted(int connection, int turn, long dueNanos) {}

    private final Tally whole = new Tally();
    private final List<String> examples = new ArrayList<>();
    private final Ticker ticker;
    private final boolean keepsInterrupted;
    private byte[] scratch = new byte[4_096];
    private Tally slice = new Tally();
    private List<Interrupted> interrupted = new ArrayList<>();
    private long countFromNanos = Long.MAX_VALUE;
    private long countToNanos = Long.MAX_VALUE;

    /** @param keepsInterrupted whether someone asks for {@link #takeInterrupted} */
    LoopRecorder(Ticker ticker, boolean keepsInterrupted) {
        this.ticker = ticker;
        this.keepsInterrupted = keepsInterrupted;
    }

    Ticker ticker() {
        return ticker;
    }

    /** What is due, or comes, from now on counts. Returns the moment. */
    long countFromNow() {
        countFromNanos = ticker.nanoTime();
        countToNanos = Long.MAX_VALUE;
        return countFromNanos;
    }

    /** What is due, or comes, from now on no longer counts. Returns the moment. */
    long countUntilNow() {
        countToNanos = ticker.nanoTime();
        return countToNanos;
    }

    boolean counts(long nanos) {
        return nanos >= countFromNanos && nanos < countToNanos;
    }

    /** Ends the slice at hand and begins another. */
    Tally takeSlice(Tally next) {
        Tally taken = slice;
        slice = next;
        return taken;
    }

    List<Interrupted> takeInterrupted() {
        List<Interrupted> taken = interrupted;
        interrupted = new ArrayList<>();
        return taken;
    }

    Tally whole() {
        return whole;
    }

    List<String> examples() {
        return examples;
    }

    /** Space for one message, for whoever of the loop's connections has one at hand. */
    byte[] scratch(int bytes) {
        if (scratch.length < bytes) {
            scratch = new byte[Integer.highestOneBit(bytes) * 2];
        }
        return scratch;
    }

    void chunk(long nowNanos, int bytes) {
        slice.chunks++;
        slice.bytes += bytes;
        if (counts(nowNanos)) {
            whole.chunks++;
            whole.bytes += bytes;
        }
    }

    void add(boolean counted, Consumer<Tally> what) {
        what.accept(slice);
        if (counted) {
            what.accept(whole);
        }
    }

    void time(boolean counted, Metric metric, long nanos) {
        slice.latencies.record(metric, nanos);
        if (counted) {
            whole.latencies.record(metric, nanos);
        }
    }

    void interrupted(int connection, int turn, long dueNanos) {
        if (keepsInterrupted) {
            interrupted.add(new Interrupted(connection, turn, dueNanos));
        }
    }

    /** A broken rule always counts, and so does an error and a connection that ends early. */
    void fault(Consumer<Tally> what, String example) {
        add(true, what);
        if (examples.size() < MAX_EXAMPLES) {
            examples.add(example);
        }
    }
}
