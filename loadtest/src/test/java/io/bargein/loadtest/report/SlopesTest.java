package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlopesTest {

    @Test
    void findTheLineOfWhatGrowsAndOfWhatDoesNot() {
        List<Interval> timeline = new ArrayList<>();
        timeline.add(interval("warm-up", 0, 900 << 20, 50));
        for (int minute = 1; minute <= 60; minute++) {
            timeline.add(interval("measuring", minute * 60, (100L + minute) << 20, 2));
        }
        timeline.add(interval("ending", 3_660, 0, 50));
        List<Slope> slopes = Slopes.of(timeline);
        assertEquals(List.of("rss", "descriptors", "threads", "p50.interrupt", "p99.interrupt"), slopes.stream().map(Slope::figure).toList());
        assertEquals(60, slopes.get(0).perHour(), 1e-6);
        assertEquals(101, slopes.get(0).first(), 1e-6);
        assertEquals(0, slopes.get(3).perHour(), 1e-6);
        assertEquals(2, slopes.get(3).first(), 0.05);
    }

    @Test
    void areLeftOutWhereThereIsTooLittle() {
        assertEquals(List.of(), Slopes.of(List.of()));
        assertEquals(List.of(), Slopes.of(List.of(interval("measuring", 0, 1, 1), interval("measuring", 1, 1, 1))));
    }

    private static Interval interval(String phase, double atSeconds, long rss, long millis) {
        Latencies latencies = new Latencies();
        latencies.record(Metric.INTERRUPT, millis * 1_000_000);
        return new Interval(phase, atSeconds, 60, 1, Counts.NONE, latencies.coarse(), new ServerUse("during", 1, rss, -1, 10, 20, 0));
    }
}
