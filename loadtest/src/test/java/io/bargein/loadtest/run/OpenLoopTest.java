package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a clock that is moved by hand. */
class OpenLoopTest {
    private final MockTicker clock = Ticker.newMockTicker();
    private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(clock).build();
    private final List<Long> due = new ArrayList<>();
    private final Arrivals everyTenMillis = new Arrivals(0, 100, false, 1);
    private final long first = everyTenMillis.dueNanos();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void actsWhenItIsDueAndNotBefore() {
        start(Integer.MAX_VALUE);
        advance(first - 1);
        assertEquals(List.of(), due);
        advance(1);
        assertEquals(List.of(first), due);
        advance(millis(10));
        assertEquals(List.of(first, first + millis(10)), due);
    }

    /** Coordinated omission is what this rules out: being late makes nothing else late, and nothing is left out. */
    @Test
    void catchesUpWithAllThatBecameDueWhileItStoodStill() {
        start(Integer.MAX_VALUE);
        advance(first + millis(55));
        assertEquals(List.of(first, first + millis(10), first + millis(20), first + millis(30), first + millis(40), first + millis(50)), due);
        advance(millis(5));
        assertEquals(7, due.size());
    }

    @Test
    void stopsWhenItIsTold() {
        start(2);
        advance(millis(1_000));
        assertEquals(2, due.size());
        advance(millis(1_000));
        assertEquals(2, due.size());
    }

    private void start(int times) {
        new OpenLoop(channel.eventLoop(), clock, everyTenMillis, at -> {
            due.add(at);
            return due.size() < times;
        }).start();
    }

    private void advance(long nanos) {
        clock.advance(nanos, TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
