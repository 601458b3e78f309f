package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "32000, 32000", "256KiB, 262144", "1MiB, 1048576", "2GiB, 2147483648", "1TiB, 1099511627776",
        "8388607TiB, 9223370937343148032", "999999999999999, 999999999999999"})
    void readsANumberAndItsUnit(String written, long expected) {
        assertEquals(expected, Sizes.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KiB", "1 KiB", "1kib", "1KB", "-1", "1.5MiB", "1MiB ", "1000000000000000"})
    void refusesAnythingElse(String written) {
        assertThrows(IllegalArgumentException.class, () -> Sizes.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8388608TiB", "999999999999999GiB"})
    void refusesMoreThanALongHolds(String written) {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Sizes.parse(written)).getMessage().contains("below 8388608TiB"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2GiB", "2147483648", "1TiB"})
    void refusesMoreThanAnIntHoldsWhereOneIsKept(String written) {
        assertEquals(Integer.MAX_VALUE, Sizes.parseInt("2147483647"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Sizes.parseInt(written)).getMessage().contains("below 2GiB"));
    }
}
