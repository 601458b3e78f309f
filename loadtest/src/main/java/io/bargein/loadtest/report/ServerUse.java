package io.bargein.loadtest.report;

/**
 * What the server's process used at one moment.
 *
 * @param when the moment's name, such as {@code before} or {@code 1000 connections}
 * @param connections how many there were
 * @param rssBytes resident memory
 * @param heapBytes heap in use after a collection; -1 where there is no JVM that tells
 * @param descriptors open file descriptors
 * @param threads threads
 * @param cpuSeconds processor time since the process began
 */
public record ServerUse(String when, int connections, long rssBytes, long heapBytes, int descriptors, int threads, double cpuSeconds) {}
