package io.bargein.loadtest.report;

/**
 * How a figure drifts over a run, by least squares over its intervals.
 *
 * @param figure what drifts, such as {@code rss} or {@code p99.interrupt}
 * @param unit what it is counted in, such as {@code MiB} or {@code ms}
 * @param first the line's value at the beginning
 * @param perHour how much it rises in an hour
 */
public record Slope(String figure, String unit, double first, double perHour) {}
