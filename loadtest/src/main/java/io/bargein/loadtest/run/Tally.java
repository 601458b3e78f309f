package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Counts;
import io.bargein.loadtest.report.Latencies;

/** What was counted and timed. Belongs to one thread at a time. */
final class Tally {
    final Latencies latencies = new Latencies();
    long prompts;
    long chunks;
    long bytes;
    long completed;
    long interrupted;
    long errors;
    long violations;
    long unexpectedCloses;
    long connects;

    Counts counts() {
        return new Counts(prompts, chunks, bytes, completed, interrupted, errors, violations, unexpectedCloses, connects);
    }

    void add(Tally other) {
        latencies.add(other.latencies);
        prompts += other.prompts;
        chunks += other.chunks;
        bytes += other.bytes;
        completed += other.completed;
        interrupted += other.interrupted;
        errors += other.errors;
        violations += other.violations;
        unexpectedCloses += other.unexpectedCloses;
        connects += other.connects;
    }

    void reset() {
        latencies.reset();
        prompts = 0;
        chunks = 0;
        bytes = 0;
        completed = 0;
        interrupted = 0;
        errors = 0;
        violations = 0;
        unexpectedCloses = 0;
        connects = 0;
    }
}
