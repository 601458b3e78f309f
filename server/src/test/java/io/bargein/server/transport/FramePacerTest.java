package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramePacerTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 7, 8, 9, 200})
    void waitsAsLongAsTheListOfAllFramesSays(int framesPerSecond) {
        Random random = new Random(framesPerSecond);
        int limit = framesPerSecond + framesPerSecond / 5;
        FramePacer pacer = new FramePacer(framesPerSecond);
        List<Long> all = new ArrayList<>();
        long now = Long.MAX_VALUE - 5 * SECOND; // the ticker may begin anywhere, and wrap
        for (int i = 0; i < 5_000; i++) {
            // Few at first, so that the ring has turned when it has to grow; then bursts, and more or fewer than may be, and pauses.
            now += i < 19 ? SECOND / 4 : switch (random.nextInt(i % 1_000 < 500 ? 40 : 4)) {
                case 0 -> random.nextLong(SECOND / limit * 3);
                case 1 -> random.nextLong(SECOND / limit);
                case 2 -> i % 100 == 0 ? 2 * SECOND : 0;
                default -> 0;
            };
            assertEquals(expected(all, framesPerSecond, now), pacer.dataWaitNanos(now), "data, frame " + i);
            long wait = expected(all, limit, now);
            assertEquals(wait, pacer.controlWaitNanos(now), "control, frame " + i);
            // Whoever does not wait is remembered all the same.
            now += random.nextInt(10) == 0 ? 0 : wait;
            pacer.record(now);
            all.add(now);
        }
    }

    @Test
    void neverWaitsWhereThereIsNoLimit() {
        FramePacer pacer = new FramePacer(0);
        for (int i = 0; i < 1_000; i++) {
            pacer.record(0);
        }
        assertEquals(0, pacer.dataWaitNanos(0));
        assertEquals(0, pacer.controlWaitNanos(0));
    }

    /** The frame that is {@code allowed} back has to be a second old. */
    private static long expected(List<Long> all, int allowed, long now) {
        return all.size() < allowed ? 0 : Math.max(0, SECOND - (now - all.get(all.size() - allowed)));
    }
}
