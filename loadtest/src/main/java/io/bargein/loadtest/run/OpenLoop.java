package io.bargein.loadtest.run;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/** Does something whenever it is due, all that is overdue at once, until it is told to stop. Confined to its event loop. */
final class OpenLoop {
    private final EventLoop loop;
    private final Ticker ticker;
    private final Arrivals arrivals;
    private final LongPredicate act;

    /** @param act is given when it was due; false ends the loop */
    OpenLoop(EventLoop loop, Ticker ticker, Arrivals arrivals, LongPredicate act) {
        this.loop = loop;
        this.ticker = ticker;
        this.arrivals = arrivals;
        this.act = act;
    }

    void start() {
        loop.schedule(this::run, Math.max(0, arrivals.dueNanos() - ticker.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void run() {
        long now = ticker.nanoTime();
        while (arrivals.dueNanos() <= now) {
            if (!act.test(arrivals.dueNanos())) {
                return;
            }
            arrivals.advance();
        }
        start();
    }
}
