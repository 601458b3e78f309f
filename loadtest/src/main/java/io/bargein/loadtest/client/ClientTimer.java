package io.bargein.loadtest.client;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/** A client's time. Called on its event loop, on which it also runs what is due. */
interface ClientTimer {

    /** From an arbitrary moment on. */
    long nanoTime();

    /** Runs something once; what is returned calls it off. */
    Runnable schedule(Runnable task, long delayNanos);

    static ClientTimer of(EventLoop loop) {
        return new ClientTimer() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public Runnable schedule(Runnable task, long delayNanos) {
                var scheduled = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            }
        };
    }
}
