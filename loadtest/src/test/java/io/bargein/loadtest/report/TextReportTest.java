package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextReportTest {

    @Test
    void showsAllThatWasMeasured() throws IOException {
        Report a = Reports.a();
        List<Objective.Outcome> objectives = List.of(a.objectives().get(0), new Objective.Outcome("p50.interrupt=1ms", 10.003, false),
                new Objective.Outcome("p50.redirect=1ms", -1, false));
        Report full = new Report(a.started(), a.tool(), a.configuration(), a.measured(), a.floor(), a.timeline(), a.server(),
                a.upstream(), a.slopes(), objectives, a.warnings(),
                List.of("connection 3, turn 7: a stale chunk of turn 6, which came behind the interrupted of turn 6 by "
                + "two messages, the first of which was whole"));
        assertEquals(golden("text-report.txt"), TextReport.render(full));
    }

    @Test
    void showsADashForWhatIsNotKnown() {
        assertEquals("""
                plan
                started     2026-11-24T20:00:00Z
                turns       0 prompts, 0 complete, 0 interrupted, 0 errors
                received    - chunks/s, - MB/s, - prompts/s
                client      - % of its threads
                verdict     FAIL: 0 violations, 0 unexpected closes, 0 errors, nothing measured
                """, TextReport.render(Reports.empty()));
    }

    @Test
    void staysWithinItsWidthAndLetsNoStrangerMoveTheCursor() {
        RandomReports reports = new RandomReports(7);
        for (int i = 0; i < 50; i++) {
            String text = TextReport.render(reports.next());
            assertFalse(text.contains("NaN") || text.contains("Infinity"), text);
            assertTrue(text.chars().allMatch(c -> c == '\n' || !Character.isISOControl(c)), text);
        }
        Report a = Reports.a();
        Map<String, Object> configuration = new LinkedHashMap<>(a.configuration());
        configuration.put("script", "word ".repeat(60));
        ServerUse large = new ServerUse("a very long name of a moment indeed", 1_000_000, 1L << 40, 1L << 39, 1_000_100, 10_000, 100_000);
        String text = TextReport.render(new Report(a.started(), a.tool(), configuration, a.measured(), a.floor(), a.timeline(),
                List.of(a.server().get(0), large), a.upstream(), a.slopes(), a.objectives(), List.of("warning ".repeat(60)), a.examples()));
        assertTrue(text.lines().allMatch(line -> line.length() <= 110), text);
    }

    @Test
    void measuresMemoryAConnectionFromWhereEachMergedServerWasEmpty() {
        Report a = Reports.a();
        List<ServerUse> uses = List.of(new ServerUse("1: before", 0, 10 << 20, -1, 1, 1, 1), new ServerUse("1: full", 1_024, 12 << 20, -1, 1, 1, 1),
                new ServerUse("1: after", 0, 11 << 20, -1, 1, 1, 1), new ServerUse("1: again", 1_024, 13 << 20, -1, 1, 1, 1),
                new ServerUse("2: full", 1_024, 90 << 20, -1, 1, 1, 1));
        String text = TextReport.render(new Report(a.started(), a.tool(), a.configuration(), a.measured(), null, List.of(), uses, null, List.of(),
                List.of(), List.of(), List.of()));
        List<String> last = text.lines().filter(line -> line.matches("\\d: .*")).map(line -> line.replaceFirst(".*1\\.00", "").strip()).toList();
        assertEquals(List.of("", "2.00              -", "", "3.00              -", ""), last);
    }

    static String golden(String name) throws IOException {
        try (InputStream in = TextReportTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
