package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({"0, PT0S", "0s, PT0S", "500ms, PT0.5S", "20s, PT20S", "58m, PT58M", "1h, PT1H", "2d, PT48H", "999999999d, PT23999999976H"})
    void readsANumberAndItsUnit(String written, Duration expected) {
        assertEquals(expected, Durations.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "s", "1 s", "-1s", "1.5s", "1S", "1w", "1000000000s", "1ms ", "s1", "١s"})
    void refusesAnythingElse(String written) {
        assertThrows(IllegalArgumentException.class, () -> Durations.parse(written));
    }
}
