package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ArrivalsTest {

    @Test
    void comeEvenlyOnceTheFirstHasCome() {
        Arrivals arrivals = new Arrivals(1_000, 10, false, 1);
        long first = arrivals.dueNanos();
        assertTrue(first >= 1_000 && first < 1_000 + 100_000_000);
        for (int i = 1; i <= 1_000; i++) {
            arrivals.advance();
            assertEquals(first + i * 100_000_000L, arrivals.dueNanos(), 1_000);
        }
    }

    @Test
    void comeAtRandomAtTheSameRate() {
        Arrivals arrivals = new Arrivals(0, 1_000, true, 7);
        long before = arrivals.dueNanos();
        int shorter = 0;
        for (int i = 0; i < 100_000; i++) {
            arrivals.advance();
            shorter += arrivals.dueNanos() - before < 1_000_000 ? 1 : 0;
            before = arrivals.dueNanos();
        }
        assertEquals(100_000 * 1_000_000L, arrivals.dueNanos(), 100_000 * 1_000_000L * 0.02);
        // Of an exponential distribution 63 % are shorter than its mean.
        assertEquals(63_212, shorter, 1_000);
    }

    @Test
    void areTheSameForTheSameSeedAndDifferForAnother() {
        Arrivals one = new Arrivals(0, 100, true, 3);
        Arrivals two = new Arrivals(0, 100, true, 3);
        Arrivals other = new Arrivals(0, 100, true, 4);
        for (int i = 0; i < 10; i++) {
            assertEquals(one.dueNanos(), two.dueNanos());
            assertTrue(one.dueNanos() != other.dueNanos());
            one.advance();
            two.advance();
            other.advance();
        }
    }
}
