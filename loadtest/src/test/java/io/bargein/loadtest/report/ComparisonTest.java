package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.report.Comparison.Judgement;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {

    @Test
    void putsFigureBesideFigure() throws IOException {
        Comparison comparison = Comparison.of(Reports.a(), Reports.b(), 0.1);
        assertTrue(comparison.worse());
        assertEquals(TextReportTest.golden("comparison.txt"), comparison.text("a.json", "b.json"));
    }

    @Test
    void findsNothingWorseInTheSameRun() {
        Comparison comparison = Comparison.of(Reports.a(), Reports.a(), 0);
        assertFalse(comparison.worse());
        assertEquals(List.of(), comparison.differences());
        assertTrue(comparison.rows().stream().allMatch(row -> row.ratio() == 1 || row.judgement() == Judgement.TOO_FEW));
        assertFalse(comparison.text("a", "b").contains("unlike"));
    }

    @ParameterizedTest
    @CsvSource({"p50,20,19", "p90,100,99", "p99,1000,999", "p99.9,10000,9999"})
    void judgesAPercentileFromTenValuesBeyondIt(String percentile, int enough, int few) {
        assertEquals(Judgement.WORSE, judgement(percentile, enough, enough));
        assertEquals(Judgement.TOO_FEW, judgement(percentile, few, enough));
        assertEquals(Judgement.TOO_FEW, judgement(percentile, enough, few));
        assertEquals(Judgement.NONE, judgement("max", enough, enough));
    }

    private static Judgement judgement(String figure, int countA, int countB) {
        Report a = of(Reports.evenly(Metric.CONNECT, countA, 1), Counts.NONE);
        Report b = of(Reports.evenly(Metric.CONNECT, countB, 2), Counts.NONE);
        return Comparison.of(a, b, 0.1).rows().stream()
                .filter(row -> row.figure().equals("connect to upgrade " + figure)).findFirst().orElseThrow().judgement();
    }

    @ParameterizedTest
    @CsvSource({"100,110,SAME", "100,111,WORSE", "100,90,SAME", "100,89,BETTER"})
    void takesSmallerLatenciesAndLargerRatesForBetter(long a, long b, Judgement smallerIsBetter) {
        Judgement largerIsBetter = smallerIsBetter == Judgement.SAME ? Judgement.SAME
                : smallerIsBetter == Judgement.WORSE ? Judgement.BETTER : Judgement.WORSE;
        List<Comparison.Row> rows = Comparison.of(of(new Latencies(), counts(a)), of(new Latencies(), counts(b)), 0.1).rows();
        assertEquals(List.of("chunks/s", "bytes/s", "prompts/s", "connects/s", "violations", "unexpected closes", "errors"),
                rows.stream().map(Comparison.Row::figure).toList());
        for (Comparison.Row row : rows) {
            assertEquals(row.figure().endsWith("/s") ? largerIsBetter : smallerIsBetter, row.judgement(), row.toString());
        }
    }

    @Test
    void takesAViolationThatWasNotThereForWorse() {
        Comparison comparison = Comparison.of(of(new Latencies(), Counts.NONE), of(new Latencies(), new Counts(0, 0, 0, 0, 0, 0, 1, 0, 0)), 9);
        assertTrue(comparison.worse());
        assertTrue(comparison.text("a", "b").contains("violations  0  1      -  worse"), comparison.text("a", "b"));
    }

    @Test
    void saysWhatOnlyOneHasMeasured() {
        Comparison comparison = Comparison.of(of(Reports.evenly(Metric.REDIRECT, 9, 1), Counts.NONE), of(new Latencies(), Counts.NONE), 0.1);
        assertEquals(List.of("redirect: measured | not measured"), comparison.differences());
        assertEquals(List.of(), comparison.rows());
    }

    private static Counts counts(long each) {
        return new Counts(each, each, each, each, each, each, each, each, each);
    }

    private static Report of(Latencies latencies, Counts counts) {
        Report a = Reports.a();
        return new Report(a.started(), a.tool(), a.configuration(), Measurement.of(10, counts, latencies, 0), null, List.of(), List.of(), null,
                List.of(), List.of(), List.of(), List.of());
    }
}
