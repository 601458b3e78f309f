package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.report.Latencies;
import io.bargein.loadtest.report.Metric;
import io.bargein.loadtest.run.Progress.Moment;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final StringWriter out = new StringWriter();

    @Test
    void isWrittenAnewOnATerminalAndErasedInTheEnd() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(out), true)) {
            line.tick(moment("warm-up", 1));
            line.tick(moment("measuring", 2));
        }
        String erase = "\r\u001b[K";
        assertEquals(erase + "warm-up · 1 s of 15 s · 7 up · 200 prompts/s · interrupt p50 2.00 ms, p99 2.00 ms · 3 errors"
                + erase + "measuring · 2 s of 15 s · 7 up · 200 prompts/s · interrupt p50 2.00 ms, p99 2.00 ms · 3 errors" + erase, out.toString());
    }

    @Test
    void isAPlainLineEveryTenSecondsElsewhere() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(out), false)) {
            for (int second = 1; second <= 25; second++) {
                line.tick(moment("measuring", second));
            }
            for (int second = 1; second <= 12; second++) {
                line.tick(moment("measuring", second));
            }
        }
        assertEquals(3, out.toString().lines().count(), out.toString());
        assertTrue(out.toString().startsWith("measuring · 10 s of 15 s · 7 up · "), out.toString());
        assertTrue(out.toString().chars().noneMatch(c -> c == '\u001b' || c == '\r'), out.toString());
    }

    private static Moment moment(String phase, double elapsed) {
        Latencies latencies = new Latencies();
        latencies.record(Metric.INTERRUPT, 2_000_000);
        return new Moment(phase, elapsed, 15, 7, 200, 0, latencies, 3);
    }
}
