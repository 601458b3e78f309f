package io.bargein.server.spi;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of sources, which may block. All are daemons. */
final class SourceThreads {
    private static final int IDLE_SECONDS = 10;
    /** They are final since JDK 21. */
    private static final boolean HAS_VIRTUAL = Runtime.version().feature() >= 21;

    private SourceThreads() {}

    /** One thread an answer: a virtual one where the JDK has them, else one of a pool that refuses when all are taken. */
    static ExecutorService forAnswers(int maxPlatformThreads) {
        return HAS_VIRTUAL ? virtual("bargein-answer-") : pool("bargein-answer-", 0, maxPlatformThreads, new SynchronousQueue<>());
    }

    /** One thread a cancel, virtual ones where the JDK has them; else a pool, in which cancels wait when all of its threads are taken. */
    static ExecutorService forCancels(int maxPlatformThreads) {
        return HAS_VIRTUAL ? virtual("bargein-cancel-")
                : pool("bargein-cancel-", maxPlatformThreads, maxPlatformThreads, new LinkedBlockingQueue<>());
    }

    private static ExecutorService virtual(String prefix) {
        try {
            // By reflection, since we compile for JDK 17. The interface's methods: the class behind it is not public.
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
            ThreadFactory factory = (ThreadFactory) type.getMethod("factory").invoke(named);
            return (ExecutorService) Executors.class.getMethod("newThreadPerTaskExecutor", ThreadFactory.class).invoke(null, factory);
        } catch (ClassNotFoundException | NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("JDK " + Runtime.version() + ": no virtual threads (expected: as of JDK 21)", e);
        }
    }

    private static ExecutorService pool(String prefix, int core, int max, BlockingQueue<Runnable> queue) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(core, max, IDLE_SECONDS, TimeUnit.SECONDS, queue, task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
