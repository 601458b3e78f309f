package io.bargein.loadtest.report;

/**
 * What Bedrock's stand-in saw of the turns that were cut in on. The times are in {@link Metric#UPSTREAM_CANCEL}.
 *
 * @param aborted answers that it saw aborted
 * @param overtaken turns that never reached it: the next prompt came first
 * @param completed answers that had ended, by themselves or aborted, before that prompt was due
 * @param notStopped answers that ran on: each is a violation
 * @param bytesAfterP50 bytes of events sent behind the interrupting prompt's due time, the median
 * @param bytesAfterMax the same, the most
 * @param bytesAtLeast of how many of them only a lower bound is known
 */
public record UpstreamReport(long aborted, long overtaken, long completed, long notStopped, long bytesAfterP50, long bytesAfterMax,
        long bytesAtLeast) {}
