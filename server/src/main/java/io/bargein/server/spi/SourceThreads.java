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
    private static final int CANCEL_THREADS = 4;
    private static final int IDLE_SECONDS = 10;
    /** Virtual threads are final since this version. */
    private static final int FIRST_WITH_VIRTUAL = 21;

    private SourceThreads() {}

    /** One thread an answer: a virtual one where the JDK has them, else one of a pool that refuses when all are taken. */
    static ExecutorService forAnswers(int maxPlatformThreads) {
        if (Runtime.version().feature() < FIRST_WITH_VIRTUAL) {
            return pool("bargein-answer-", 0, maxPlatformThreads, new SynchronousQueue<>());
        }
        try {
            // By reflection, since we compile for JDK 17. The interface's methods: the class behind it is not public.
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, "bargein-answer-", 1L);
            ThreadFactory factory = (ThreadFactory) type.getMethod("factory").invoke(named);
            return (ExecutorService) Executors.class.getMethod("newThreadPerTaskExecutor", ThreadFactory.class).invoke(null, factory);
        } catch (ClassNotFoundException | NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("JDK " + Runtime.version() + ": no virtual threads (expected: as of JDK 21)", e);
        }
    }

    /** A few threads: cancels wait for one another, and for a source that takes its time to stop. */
    static ExecutorService forCancels() {
        return pool("bargein-cancel-", CANCEL_THREADS, CANCEL_THREADS, new LinkedBlockingQueue<>());
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
