package io.bargein.loadtest.run;

import io.netty.channel.EventLoop;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * One event loop of the load generator.
 *
 * @param eventLoop the loop itself
 * @param threadId its thread's
 * @param recorder what its connections measure
 */
record Loop(EventLoop eventLoop, long threadId, LoopRecorder recorder) {

    /** Has the loop do something, and waits until it has. */
    <T> T ask(Supplier<T> what) throws InterruptedException {
        try {
            return eventLoop.submit(what::get).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load generator's own loop failed", e.getCause());
        }
    }
}
