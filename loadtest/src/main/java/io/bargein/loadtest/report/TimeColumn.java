package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Intervals that are drawn as one, as there may be more of them than a picture has room for.
 *
 * @param from when it began, in seconds
 * @param to when it ended
 * @param phase what was being done
 * @param connections how many were up at its end
 * @param counts what was counted in it
 * @param parts the times, by interval
 * @param server what the server used at its end; null where that is not known
 * @param cores how much processor time the server used a second; NaN where that is not known
 */
record TimeColumn(double from, double to, String phase, int connections, Counts counts, List<Latencies> parts, ServerUse server, double cores) {
    private static final int MOST = 240;

    /** A stretch of time with one name. */
    record Phase(String name, double from, double to) {}

    static List<TimeColumn> of(List<Interval> timeline) {
        int together = Math.max(1, (timeline.size() + MOST - 1) / MOST);
        List<TimeColumn> columns = new ArrayList<>();
        ServerUse before = null;
        for (int i = 0; i < timeline.size(); i += together) {
            columns.add(of(timeline.subList(i, Math.min(timeline.size(), i + together)), i, before));
            before = columns.get(columns.size() - 1).server();
        }
        return columns;
    }

    private static TimeColumn of(List<Interval> intervals, int index, ServerUse before) {
        Interval first = intervals.get(0);
        Interval last = intervals.get(intervals.size() - 1);
        Counts counts = Counts.NONE;
        List<Latencies> parts = new ArrayList<>();
        ServerUse server = null;
        for (Interval interval : intervals) {
            counts = counts.plus(interval.counts());
            parts.add(interval.latencies());
            server = interval.server() == null ? server : interval.server();
        }
        double from = Double.isFinite(first.atSeconds()) ? first.atSeconds() : index;
        double to = Double.isFinite(last.atSeconds() + last.seconds()) ? Math.max(from, last.atSeconds() + last.seconds()) : from;
        double cores = before == null || server == null || to <= from ? Double.NaN
                : Math.max(0, server.cpuSeconds() - before.cpuSeconds()) / (to - from);
        return new TimeColumn(from, to, String.valueOf(first.phase()), last.connections(), counts, parts, server, cores);
    }

    static List<Phase> phases(List<TimeColumn> columns) {
        List<Phase> phases = new ArrayList<>();
        for (TimeColumn column : columns) {
            Phase last = phases.isEmpty() ? null : phases.get(phases.size() - 1);
            if (last != null && last.name().equals(column.phase())) {
                phases.set(phases.size() - 1, new Phase(last.name(), last.from(), column.to()));
            } else {
                phases.add(new Phase(column.phase(), column.from(), column.to()));
            }
        }
        return phases;
    }

    double middle() {
        return (from + to) / 2;
    }

    /** What is counted, a second; 0 for an instant. */
    double perSecond(long count) {
        return to > from ? count / (to - from) : 0;
    }

    /** What should not have come, of each kind. */
    long faults() {
        return counts.errors() + counts.violations() + counts.unexpectedCloses();
    }

    /** Its times of a metric, in a histogram that the next column is put in too; null if it has none. */
    Histogram times(Metric metric, Latencies scratch) {
        scratch.reset();
        for (Latencies part : parts) {
            if (part.has(metric)) {
                scratch.of(metric).add(part.of(metric));
            }
        }
        return scratch.has(metric) ? scratch.of(metric) : null;
    }
}
