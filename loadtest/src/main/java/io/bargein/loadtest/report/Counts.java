package io.bargein.loadtest.report;

/**
 * What was counted.
 *
 * @param prompts prompts that were due
 * @param chunks chunks received
 * @param bytes bytes of messages received, without their framing
 * @param completed turns that ended in {@code complete}
 * @param interrupted turns that ended in {@code interrupted}
 * @param errors errors received
 * @param violations rules that were broken
 * @param unexpectedCloses connections that ended before their time
 * @param connects connections made
 */
public record Counts(long prompts, long chunks, long bytes, long completed, long interrupted, long errors, long violations,
        long unexpectedCloses, long connects) {
    /** Nothing. */
    public static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * Adds.
     *
     * @param other what to add
     * @return the sum
     */
    public Counts plus(Counts other) {
        return new Counts(prompts + other.prompts, chunks + other.chunks, bytes + other.bytes, completed + other.completed,
                interrupted + other.interrupted, errors + other.errors, violations + other.violations,
                unexpectedCloses + other.unexpectedCloses, connects + other.connects);
    }
}
