package io.bargein.loadtest.run;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What the connections of one event loop have measured and counted. Confined to that loop; merged once it is quiet. */
final class LoopRecorder {
    private static final long MAX_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;
    private static final int MAX_VIOLATIONS = 5;

    /** From when the interrupting prompt was due, and from when it was sent, to {@code interrupted}. */
    final Histogram interrupt = histogram();
    final Histogram interruptUncorrected = histogram();
    /** From when the interrupting prompt was due to the first chunk of its answer. */
    final Histogram redirect = histogram();
    /** From a prompt on an idle connection to the first chunk of its answer. */
    final Histogram firstChunk = histogram();
    /** How much later than due this client itself has sent. */
    final Histogram ownLateness = histogram();
    long prompts;
    long chunks;
    long bytes;
    long completed;
    long interrupted;
    long errors;
    long violations;
    long unexpectedCloses;
    /** The first few violations, and errors, in full. */
    final List<String> examples = new ArrayList<>();

    static Histogram histogram() {
        return new Histogram(1, MAX_NANOS, DIGITS);
    }

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.min(MAX_NANOS, Math.max(1, nanos)));
    }

    void example(String what) {
        if (examples.size() < MAX_VIOLATIONS) {
            examples.add(what);
        }
    }

    void add(LoopRecorder other) {
        interrupt.add(other.interrupt);
        interruptUncorrected.add(other.interruptUncorrected);
        redirect.add(other.redirect);
        firstChunk.add(other.firstChunk);
        ownLateness.add(other.ownLateness);
        prompts += other.prompts;
        chunks += other.chunks;
        bytes += other.bytes;
        completed += other.completed;
        interrupted += other.interrupted;
        errors += other.errors;
        violations += other.violations;
        unexpectedCloses += other.unexpectedCloses;
        other.examples.forEach(this::example);
    }
}
