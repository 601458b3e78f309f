package io.bargein.loadtest;

import io.bargein.loadtest.report.Latencies;
import io.bargein.loadtest.report.Metric;
import io.bargein.loadtest.run.Progress;
import java.io.PrintWriter;
import java.util.Locale;

/** Shows how a run goes on: on a terminal as one line that is written anew each time, elsewhere as a plain line every 10 s. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final double PLAIN_SECONDS = 10;
    private static final int LONGEST = 120;

    private final PrintWriter out;
    private final boolean terminal;
    private double nextPlain = PLAIN_SECONDS;
    private double lastElapsed;
    private boolean shown;

    ProgressLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static ProgressLine onStandardError(PrintWriter err) {
        return new ProgressLine(err, Terminal.is(Terminal.STANDARD_ERROR));
    }

    @Override
    public void tick(Moment now) {
        if (now.elapsedSeconds() < lastElapsed) {
            // Another run has begun: that of the floor.
            nextPlain = PLAIN_SECONDS;
        }
        lastElapsed = now.elapsedSeconds();
        if (terminal) {
            String line = line(now);
            // Back to the line's beginning, and what was there is erased.
            out.print("\r\u001b[K" + (line.length() <= LONGEST ? line : line.substring(0, LONGEST)));
            out.flush();
            shown = true;
        } else if (now.elapsedSeconds() >= nextPlain) {
            out.println(line(now));
            out.flush();
            nextPlain += PLAIN_SECONDS;
        }
    }

    private static String line(Moment now) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%s · %.0f s of %.0f s · %d up", now.phase(),
                now.elapsedSeconds(), Math.max(now.totalSeconds(), now.elapsedSeconds()), now.connections()));
        if (now.promptsPerSecond() > 0 || now.connectsPerSecond() == 0) {
            line.append(String.format(Locale.ROOT, " · %.0f prompts/s", now.promptsPerSecond()));
        }
        if (now.connectsPerSecond() > 0) {
            line.append(String.format(Locale.ROOT, " · %.0f connects/s", now.connectsPerSecond()));
        }
        Latencies latencies = now.latencies();
        for (Metric metric : new Metric[] {Metric.INTERRUPT, Metric.FIRST_CHUNK, Metric.CONNECT}) {
            if (latencies.has(metric)) {
                line.append(String.format(Locale.ROOT, " · %s p50 %.2f ms, p99 %.2f ms", metric.label(),
                        latencies.of(metric).getValueAtPercentile(50) / 1e6, latencies.of(metric).getValueAtPercentile(99) / 1e6));
                break;
            }
        }
        return line.append(String.format(Locale.ROOT, " · %d errors", now.faults())).toString();
    }

    @Override
    public void close() {
        if (shown) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
