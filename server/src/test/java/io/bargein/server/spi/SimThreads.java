package io.bargein.server.spi;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Where the sources of these tests talk. */
final class SimThreads {
    static final ExecutorService POOL = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sim-source");
        thread.setDaemon(true);
        return thread;
    });

    private SimThreads() {}
}
