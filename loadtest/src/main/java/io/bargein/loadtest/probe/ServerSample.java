package io.bargein.loadtest.probe;

/**
 * What a process uses at one moment.
 *
 * @param rssBytes memory of its that is resident
 * @param heapBytes Java heap in use after a collection; -1 where none was asked for, or no JVM answered
 * @param descriptors open file descriptors
 * @param threads threads
 * @param cpuNanos CPU time since its start, of all threads, in user and kernel mode; grows in steps of a clock tick, mostly 10 ms
 */
public record ServerSample(long rssBytes, long heapBytes, int descriptors, int threads, long cpuNanos) {}
