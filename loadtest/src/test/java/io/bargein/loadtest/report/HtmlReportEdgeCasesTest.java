package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** Whatever a report lacks or holds too much of, its page is whole: {@link PageReader} looks at every chart of it. */
class HtmlReportEdgeCasesTest {
    private static final Counts SOME = new Counts(1, 1, 1, 0, 1, 0, 0, 0, 0);
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    @Test
    void aRunOfNothingHasNoCharts() {
        PageReader page = PageReader.of(SampleReports.bare(Counts.NONE, new Latencies(), List.of(), List.of()));
        assertEquals(List.of(), page.charts());
        assertTrue(page.text().contains("Nothing was measured."));
        PageReader.of(new Report(null, Map.of(), Map.of(), Measurement.of(0, SOME, new Latencies(), Double.NaN), null, List.of(), List.of(), null,
                List.of(new Slope("rss", "MiB", Double.NaN, Double.POSITIVE_INFINITY)), List.of(), List.of(), List.of()));
    }

    @Test
    void oneTimeIsAChart() {
        assertEquals(1, charts(times(400_000), List.of()));
        assertEquals(1, charts(times(1), List.of()));
        assertEquals(1, charts(times(HOUR_NANOS), List.of()));
    }

    @Test
    void timesThatAreAllEqualAreAChart() {
        long[] equal = new long[1_000];
        Arrays.fill(equal, 1_000_000);
        assertEquals(4, charts(times(equal), timeline(30, times(equal), SOME)));
    }

    @Test
    void timesFromANanosecondToAnHourAreAChart() {
        Latencies wide = times(1, 1, 500, 300_000, 40_000_000, HOUR_NANOS);
        assertEquals(4, charts(wide, timeline(30, wide, SOME)));
    }

    @Test
    void aTimelineOfOneMomentHasNoChartsOverTime() {
        assertEquals(1, charts(times(400_000), timeline(1, times(400_000), SOME)));
    }

    @Test
    void intervalsWithoutLengthTimeOrCountAreChartsAll() {
        List<Interval> timeline = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            timeline.add(new Interval("measuring", 0, 0, 0, Counts.NONE, new Latencies(), null));
        }
        assertEquals(3, charts(times(400_000), timeline));
        timeline.add(new Interval("measuring", Double.NaN, 1, 0, SOME, times(5), null));
        timeline.add(new Interval("measuring", 7, Double.POSITIVE_INFINITY, 0, SOME, times(5), null));
        assertEquals(4, charts(times(400_000), timeline));
    }

    @Test
    void aGapInTheTimesIsAGapInTheLine() {
        List<Interval> timeline = timeline(12, times(400_000), SOME);
        timeline.set(5, new Interval("measuring", 5, 1, 1, Counts.NONE, new Latencies(), null));
        PageReader page = PageReader.of(SampleReports.bare(SOME, times(400_000), timeline, List.of()));
        for (String line : List.of("p50", "p99")) {
            String path = PageReader.withClass(PageReader.svg(page.chart("interrupt, over time")), "path", line).get(0).getAttribute("d");
            assertEquals(2, path.chars().filter(c -> c == 'M').count(), path);
        }
    }

    @Test
    void manyPhasesDoNotWriteOverOneAnother() {
        List<Interval> timeline = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            timeline.add(new Interval("phase number " + i, i, 1, 1, SOME, times(400_000), null));
        }
        PageReader page = PageReader.of(SampleReports.bare(SOME, times(400_000), timeline, List.of()));
        double before = 0;
        int named = 0;
        for (Element text : PageReader.all(PageReader.svg(page.chart("Chunks")), "text")) {
            if (text.getTextContent().startsWith("phase")) {
                assertTrue(Double.parseDouble(text.getAttribute("x")) >= before, text.getTextContent());
                before = Double.parseDouble(text.getAttribute("x")) + text.getTextContent().length() * 10;
                named++;
            }
        }
        assertEquals(3, named);
    }

    @Test
    void runsThatHaveLittleInCommonStandOnOnePage() {
        Report full = SampleReports.run(1, 10, 1, List.of(Metric.INTERRUPT));
        Report empty = SampleReports.bare(Counts.NONE, new Latencies(), List.of(), List.of());
        Report other = SampleReports.run(2, 30, 3, List.of(Metric.CONNECT, Metric.UPSTREAM_CANCEL));
        PageReader page = PageReader.of(empty, full, other, empty, other, full, full, full);
        assertEquals("FAIL", page.all("strong").get(0).getTextContent());
        page.chart("interrupt, by percentile");
        page.chart("upstream cancel, over time");
    }

    private static int charts(Latencies latencies, List<Interval> timeline) {
        Report report = SampleReports.bare(SOME, latencies, timeline, List.of());
        int charts = PageReader.of(report).charts().size();
        assertEquals(charts, PageReader.of(report, report).charts().size(), "laid over itself");
        return charts;
    }

    private static Latencies times(long... nanos) {
        Latencies latencies = new Latencies();
        for (long time : nanos) {
            latencies.record(Metric.INTERRUPT, time);
        }
        return latencies;
    }

    private static List<Interval> timeline(int count, Latencies latencies, Counts counts) {
        List<Interval> timeline = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            timeline.add(new Interval("measuring", i, 1, 1, counts, latencies, null));
        }
        return timeline;
    }
}
