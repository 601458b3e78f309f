package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectiveTest {

    @Test
    void saysAPercentileOfALatencyAndItsBound() {
        assertEquals(new Objective("p99.9.first-chunk=1.5s", Metric.FIRST_CHUNK, 99.9, 1_500_000_000), Objective.parse("p99.9.first-chunk=1.5s"));
        assertEquals(new Objective("max.interrupt=250us", Metric.INTERRUPT, 100, 250_000), Objective.parse(" max.interrupt=250us "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "p99", "p99.interrupt", "p99.interrupt=5", "p99.interrupt=-5ms", "p100.interrupt=5ms", "p99.lunch=5ms", "99.interrupt=5ms"})
    void refusesOtherForms(String text) {
        String complaint = assertThrows(IllegalArgumentException.class, () -> Objective.parse(text)).getMessage();
        assertTrue(complaint.startsWith(text + " (expected: p50.interrupt=1ms"), complaint);
    }

    @Test
    void isMetUpToItsBoundAndNotWithoutAMeasurement() {
        Latencies latencies = new Latencies();
        for (int i = 0; i < 99; i++) {
            latencies.record(Metric.INTERRUPT, 1_000_000);
        }
        latencies.record(Metric.INTERRUPT, 9_000_000);
        assertTrue(Objective.parse("p99.interrupt=1.1ms").against(latencies).met());
        assertEquals(false, Objective.parse("max.interrupt=8ms").against(latencies).met());
        assertEquals(new Objective.Outcome("p50.connect=1s", -1, false), Objective.parse("p50.connect=1s").against(latencies));
    }
}
