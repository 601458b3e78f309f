package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bargein.testing.Chromium;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser. */
@Timeout(180)
class HtmlReportInChromiumTest {
    @TempDir
    private Path directory;

    private final Chromium chromium = Chromium.find();

    @BeforeEach
    void thereIsABrowser() {
        assumeTrue(chromium != null, "skipped: no Chromium in the path or in /usr/bin (expected: chromium, chromium-browser or google-chrome)");
    }

    @Test
    void opensWithoutAWordInTheConsoleAndReadsItsChartsOut() throws Exception {
        List<Metric> metrics = List.of(Metric.INTERRUPT, Metric.REDIRECT);
        Report report = SampleReports.run(1, 20, 1, metrics);
        for (List<Report> runs : List.of(List.of(report), List.of(report, SampleReports.run(2, 20, 1.5, metrics)))) {
            Chromium.Visit visit = open(HtmlReport.render(runs));

            assertEquals(List.of(), visit.console());
            int charts = visit.dom().split("data-stops=", -1).length - 1;
            assertTrue(charts >= 8, "charts: " + charts);
            assertEquals(charts, visit.dom().split("class=\"chart live\"", -1).length - 1, "the policy lets the page's own script run");
        }
    }

    @Test
    void doesNotRunWhatAServerHasSent() throws Exception {
        String hostile = "</span></li></script><script>document.title = 'taken'; console.error('ran')</script>"
                + "<img src=x onerror=\"console.error('ran')\">";
        Chromium.Visit visit = open(HtmlReport.render(List.of(SampleReports.bare(Counts.NONE, new Latencies(), List.of(), List.of(hostile)))));

        assertEquals(List.of(), visit.console());
        assertFalse(visit.dom().contains("<title>taken"));
        assertTrue(visit.dom().contains("&lt;img src=x"));
    }

    @Test
    void wouldSeeWhatAPageSaysInTheConsole() throws Exception {
        Chromium.Visit visit = open("""
                <!DOCTYPE html><meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'">
                <body><script>console.error("said on purpose")</script><script>throw new Error("thrown on purpose")</script><img src="data:,x">
                """);

        assertEquals(3, visit.console().size(), visit.console().toString());
        assertTrue(visit.console().get(0).contains("said on purpose"), visit.console().get(0));
        assertTrue(visit.console().get(1).contains("thrown on purpose"), visit.console().get(1));
        assertTrue(visit.console().get(2).contains("Content Security Policy"), visit.console().get(2));
    }

    private Chromium.Visit open(String page) throws Exception {
        Path file = directory.resolve("page.html");
        Files.writeString(file, page);
        return chromium.open(file.toUri());
    }
}
