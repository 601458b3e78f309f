package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class HtmlReportTest {
    private static final String HOSTILE = "</script></style></svg><script>alert(1)</script><img src=x onerror='alert(2)'>&\"'--> ]]>";
    private static final List<Metric> THREE = List.of(Metric.INTERRUPT, Metric.REDIRECT, Metric.FIRST_CHUNK);

    @Test
    void refusesAPageOfNoRun() {
        assertThrows(IllegalArgumentException.class, () -> HtmlReport.render(List.of()));
    }

    @Test
    void showsTheVerdictAndWhatLedToIt() {
        Report report = SampleReports.run(1, 20, 1, THREE);
        Counts counts = new Counts(10, 10, 10, 0, 10, 7, 5, 6, 0);
        PageReader page = PageReader.of(SampleReports.bare(counts, report.measured().latencies(), List.of(), List.of("the first of them")));

        assertEquals("FAIL", page.all("strong").get(0).getTextContent());
        assertEquals(List.of("5", "6", "7", "0"), page.all("dd").subList(0, 4).stream().map(Element::getTextContent).toList());
        assertTrue(page.text().contains("the first of them"));
        assertEquals("FAIL", PageReader.of(report).all("strong").get(0).getTextContent(), "an objective was missed");
        assertTrue(PageReader.of(report).text().contains("max.first_chunk=20ms: was "));
        PageReader good = PageReader.of(SampleReports.bare(new Counts(10, 1, 1, 0, 10, 0, 0, 0, 0), new Latencies(), List.of(), List.of()));
        assertEquals("PASS", good.all("strong").get(0).getTextContent());
    }

    @Test
    void drawsEachPrimaryMetricOnceByPercentileAndOnceOverTime() {
        List<Metric> primary = List.of(Metric.values()).stream().filter(Metric::primary).toList();
        PageReader page = PageReader.of(SampleReports.run(1, 4, 1, primary));

        List<String> headings = page.charts().stream().map(PageReader::heading).toList();
        for (Metric metric : primary) {
            assertEquals(1, headings.stream().filter((metric.label() + ", by percentile")::equals).count(), metric.key());
            assertEquals(1, headings.stream().filter((metric.label() + ", over time")::equals).count(), metric.key());
        }
        List<String> rows = page.all("th").stream().map(Element::getTextContent).toList();
        for (Metric metric : Metric.values()) {
            assertTrue(rows.contains(metric.label().strip()), metric.key());
        }
    }

    @Test
    void tellsFloorUncorrectedAndObjectivesOfOneRunFromItsCurve() {
        PageReader page = PageReader.of(SampleReports.run(1, 20, 1, THREE));
        Element chart = page.chart("interrupt, by percentile");

        assertEquals(3, PageReader.withClass(chart, "path", "line").stream().filter(line -> inPlot(line)).count());
        assertEquals(1, PageReader.withClass(chart, "path", "dots").stream().filter(line -> inPlot(line)).count());
        assertEquals(1, PageReader.withClass(chart, "path", "dash").stream().filter(line -> inPlot(line)).count());
        assertEquals(1, PageReader.withClass(chart, "path", "target").stream().filter(line -> inPlot(line)).count());
        assertEquals(List.of("interrupt", "uncorrected", "floor", "objective: not above"), PageReader.legend(chart));
        assertEquals(0, PageReader.withClass(page.chart("redirect, by percentile"), "path", "target").size());
    }

    @Test
    void laysRunsOverOneAnotherInColoursAndMarksOfTheirOwn() {
        Report first = SampleReports.run(1, 20, 1, THREE);
        Report second = SampleReports.run(2, 20, 2, THREE);
        PageReader page = PageReader.of(first, second);

        for (String title : List.of("interrupt, by percentile", "interrupt, over time", "Chunks", "Memory")) {
            Element chart = page.chart(title);
            for (String run : List.of("c0", "c1")) {
                assertFalse(PageReader.withClass(chart, "path", "line " + run).isEmpty(), title + run);
                assertTrue(PageReader.withClass(chart, "path", "mark " + run).size() > 2, title + run);
            }
            assertEquals(2, PageReader.withClass(chart, "path", "mark").stream().map(mark -> mark.getAttribute("d")).distinct().count(), title);
        }
        assertTrue(page.text().contains("url ws://127.0.0.1:8081/ws"), "what tells it from the other");
        assertTrue(page.all("th").stream().anyMatch(row -> row.getTextContent().equals("≠ url")));
        assertFalse(page.all("th").stream().anyMatch(row -> row.getTextContent().equals("≠ plan")));
        double ratio = second.measured().latencies().of(Metric.INTERRUPT).getValueAtPercentile(50)
                / (double) first.measured().latencies().of(Metric.INTERRUPT).getValueAtPercentile(50);
        assertTrue(page.text().contains(String.format(Locale.ROOT, "×%.2f", ratio)));
    }

    @Test
    void showsHostileTextAsTextWhereverItStands() {
        Latencies latencies = new Latencies();
        latencies.record(Metric.INTERRUPT, 1_000_000);
        ServerUse use = new ServerUse(HOSTILE, 1, 1 << 20, 1 << 20, 1, 1, 1);
        Interval interval = new Interval(HOSTILE, 0, 1, 1, new Counts(1, 1, 1, 0, 1, 1, 1, 1, 1), latencies, use);
        Interval next = new Interval(HOSTILE, 1, 1, 1, Counts.NONE, latencies, use);
        Report report = new Report(Instant.EPOCH, Map.of(HOSTILE, HOSTILE), Map.of(HOSTILE + "a", HOSTILE, "url", HOSTILE),
                Measurement.of(1, interval.counts(), latencies, 0), null, List.of(interval, next), List.of(use), null, List.of(new Slope(HOSTILE, HOSTILE, 1, 1)),
                List.of(new Objective.Outcome(HOSTILE, 1, false)), List.of(HOSTILE), List.of(HOSTILE + "\u0000\u202e\ud800\uffff\n\tend"));
        Report other = new Report(Instant.EPOCH, Map.of(), Map.of("url", HOSTILE + "2"), report.measured(), null, report.timeline(), List.of(), null,
                List.of(), List.of(), List.of(), List.of());
        for (PageReader page : List.of(PageReader.of(report), PageReader.of(report, other))) {
            assertEquals(1, page.all("script").size());
            assertEquals(0, page.all("img").size());
            assertTrue(page.text().split("alert\\(2\\)", -1).length > 8, "it is shown");
            assertTrue(page.text().contains(HOSTILE + "‹U+0000›‹U+202E›‹U+D800›‹U+FFFF›\n‹U+0009›end"));
            assertFalse(page.html().contains("\u202e"));
            assertFalse(page.html().contains("<img"));
        }
    }

    @Test
    void asksForNothingAndLetsOnlyItsOwnScriptAndStyleAct() throws Exception {
        PageReader page = PageReader.of(SampleReports.run(1, 20, 1, THREE));
        String policy = page.all("meta").stream().filter(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy")).findFirst()
                .orElseThrow().getAttribute("content");

        assertTrue(policy.startsWith("default-src 'none'; "), policy);
        for (String element : List.of("script", "style")) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(page.inside(element).getBytes(StandardCharsets.UTF_8));
            assertTrue(policy.contains(element + "-src 'sha256-" + Base64.getEncoder().encodeToString(digest) + "'"), policy);
        }
        for (Element element : page.all("*")) {
            for (String attribute : List.of("src", "href", "style", "onclick", "action")) {
                assertFalse(element.hasAttribute(attribute), element.getTagName() + " " + attribute);
            }
        }
        assertFalse(page.inside("style").contains("url("));
    }

    @Test
    void isTheSameWhereverAndHoweverOftenItIsMade() {
        List<Report> runs = List.of(SampleReports.run(1, 20, 1, THREE), SampleReports.run(2, 20, 1.5, THREE));
        String page = HtmlReport.render(runs);
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertEquals(page, HtmlReport.render(runs));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void takesIntervalsTogetherWhereThereAreMoreThanColumns() {
        Latencies latencies = new Latencies();
        latencies.record(Metric.INTERRUPT, 400_000);
        List<Interval> timeline = new ArrayList<>();
        for (int i = 0; i < 3_600; i++) {
            timeline.add(new Interval("measuring", i, 1, 1, new Counts(10, i, 0, 0, 0, 0, 0, 0, 0), latencies, null));
        }
        List<TimeColumn> columns = TimeColumn.of(timeline);

        assertEquals(240, columns.size());
        assertEquals(36_000, columns.stream().mapToLong(column -> column.counts().prompts()).sum());
        assertEquals(3_600, columns.stream().mapToLong(column -> column.times(Metric.INTERRUPT, new Latencies()).getTotalCount()).sum());
        assertEquals(3_600, columns.get(239).to());
        PageReader page = PageReader.of(SampleReports.bare(new Counts(36_000, 1, 1, 0, 0, 0, 0, 0, 0), latencies, timeline, List.of()));
        for (String title : List.of("interrupt, over time", "Chunks")) {
            assertEquals(240, PageReader.svg(page.chart(title)).getAttribute("data-stops").split("\n").length);
        }
    }

    @Test
    void marksEachColumnThatHadFaults() {
        List<Interval> timeline = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            timeline.add(new Interval("measuring", i, 1, 1, new Counts(5, 5, 5, 0, 0, i == 3 ? 2 : 0, 0, i == 7 ? 1 : 0, 0), new Latencies(), null));
        }
        Report report = SampleReports.bare(new Counts(50, 50, 50, 0, 0, 2, 0, 1, 0), new Latencies(), timeline, List.of());
        Element chart = PageReader.of(report).chart("Prompts");
        assertEquals(2, PageReader.withClass(chart, "path", "fault").stream().filter(HtmlReportTest::inPlot).count());
        assertEquals(List.of("errors, violations, early closes"), PageReader.legend(chart));
    }

    /** Not the sample in a legend. */
    private static boolean inPlot(Element element) {
        return ((Element) element.getParentNode()).hasAttribute("role");
    }
}
