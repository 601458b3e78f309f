package io.bargein.loadtest.report;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * A report's slices of time as HdrHistogram's log, format 1.3, for HdrHistogram's own tools: a line each slice and primary metric that has
 * values, its tag the metric's key, its times in seconds from the run's beginning, its values in nanoseconds, its maximum in ms. The phases
 * are comments. Times of slices are those of the report; a merged run has those of the run that began the slice first.
 */
public final class HistogramLog {

    private HistogramLog() {}

    /**
     * Writes the log to a file, which is there whole or not at all.
     *
     * @param report what was measured
     * @param path the file; what was there is replaced
     * @throws IOException if that cannot be, as "PATH (expected: a file that can be written): why"
     */
    public static void write(Report report, Path path) throws IOException {
        SafeFile.write(path, out -> write(report, out));
    }

    static void write(Report report, OutputStream out) throws IOException {
        FirstFailure checked = new FirstFailure(out);
        PrintStream text = new PrintStream(checked, false, StandardCharsets.UTF_8);
        log(report, text);
        text.flush();
        checked.rethrow();
    }

    private static void log(Report report, PrintStream text) {
        HistogramLogWriter log = new HistogramLogWriter(text);
        log.outputComment("[Logged with bargein-loadtest]");
        log.outputLogFormatVersion();
        log.outputStartTime(report.started().toEpochMilli());
        log.outputBaseTime(report.started().toEpochMilli());
        log.outputLegend();
        // A histogram keeps a large buffer once it has been encoded, so a copy is encoded, always the same one.
        Histogram scratch = Latencies.empty();
        String phase = null;
        for (Interval interval : report.timeline()) {
            if (!interval.phase().equals(phase)) {
                phase = interval.phase();
                log.outputComment("[Phase: " + Table.printable(phase) + "]");
            }
            for (Metric metric : Metric.values()) {
                if (metric.primary() && interval.latencies().has(metric)) {
                    scratch.reset();
                    scratch.add(interval.latencies().of(metric));
                    scratch.setTag(metric.key());
                    log.outputIntervalHistogram(interval.atSeconds(), interval.atSeconds() + interval.seconds(), scratch);
                }
            }
        }
    }

    /** Keeps what a {@link PrintStream} swallows. */
    private static final class FirstFailure extends FilterOutputStream {
        private IOException failure;

        FirstFailure(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }

        void rethrow() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
