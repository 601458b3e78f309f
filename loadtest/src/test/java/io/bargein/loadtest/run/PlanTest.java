package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final URI URL = URI.create("ws://127.0.0.1:8080/ws");

    @Test
    void refusesWhatMakesNoSense() {
        assertRefused("--url: http://127.0.0.1/ (expected: ws://host:port/ws or wss://host/ws)",
                () -> Plan.of(Plan.Kind.IDLE, URI.create("http://127.0.0.1/")));
        assertRefused("--url: ws:/ws (expected: ws://host:port/ws or wss://host/ws)", () -> Plan.of(Plan.Kind.IDLE, URI.create("ws:/ws")));
        assertRefused("--connections: 0 (expected: 1 to 1000000)", () -> interrupt().connections(0));
        assertRefused("--slow-readers: 0 (expected: 1 to 1000000)", () -> interrupt().slowReaders(0));
        assertRefused("--rate: NaN (expected: above 0, to 10000000)", () -> interrupt().rate(Double.NaN));
        assertRefused("--rate: 0.0 (expected: above 0, to 10000000)", () -> interrupt().rate(0));
        assertRefused("--warmup: PT-1S (expected: 0s to 720h)", () -> interrupt().warmup(Duration.ofSeconds(-1)));
        assertRefused("--duration: PT0.05S (expected: 100ms to 720h)", () -> interrupt().duration(Duration.ofMillis(50)));
        assertRefused("--threads: 1025 (expected: 1 to 1024)", () -> interrupt().threads(1_025));
        assertRefused("--script: a\"b (expected: a text without quotes, backslashes and control characters)", () -> interrupt().script("a\"b"));
    }

    @Test
    void measuresTheInstrumentWithTheSamePromptsAtTheSameRate() {
        Plan floor = Plan.of(Plan.Kind.SOAK, URL).connections(7).rate(30).build()
                .floor(URI.create("ws://127.0.0.1:9/ws"), Duration.ZERO, Duration.ofSeconds(3));
        assertEquals(Plan.Kind.INTERRUPT, floor.kind());
        assertEquals(7, floor.connections());
        assertEquals(30, floor.rate());
        assertEquals("sim chunks=1000000 delay_ms=20", floor.script());
    }

    @Test
    void tellsAllThatWasAskedFor() {
        assertEquals("{plan=interrupt, url=ws://127.0.0.1:8080/ws, connections=128, rate=200.0, arrivals=at random, warmup_seconds=5.0, "
                + "duration_seconds=10.0, script=sim chunks=1000000 delay_ms=20, seed=1, threads=1, source_addresses=0}",
                interrupt().build().configuration().toString());
    }

    private static Plan.Builder interrupt() {
        return Plan.of(Plan.Kind.INTERRUPT, URL);
    }

    private static void assertRefused(String complaint, org.junit.jupiter.api.function.Executable bad) {
        assertEquals(complaint, assertThrows(IllegalArgumentException.class, bad).getMessage());
    }
}
