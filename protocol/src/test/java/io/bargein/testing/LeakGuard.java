package io.bargein.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test class that leaked a buffer. Registered by itself for every test of every module; Netty's leak detection is at
 * paranoid in all of them.
 *
 * <p>A leak is found once the buffer is garbage and another is allocated. So after each class a sentinel is leaked on purpose: when
 * that one has been reported, so has every real leak before it.
 */
public final class LeakGuard implements AfterAllCallback {
    private static final String SENTINEL = "leak guard's sentinel ";
    private static final int MAX_COLLECTIONS = 50;
    private static final long COLLECTION_TIMEOUT_MILLIS = 60_000;

    private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger SENTINELS = new AtomicInteger();
    private static final Set<ResourceLeakTracker<?>> LIVE = ConcurrentHashMap.newKeySet();

    static {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new RecordingFactory());
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (context.getTestClass().filter(c -> c.getEnclosingClass() == null).isEmpty()) {
            return;
        }
        List<String> leaks = leaksSinceTheLastCall();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leaks in " + context.getDisplayName() + ":\n" + String.join("\n\n", leaks));
        }
    }

    /** The buffers that nobody has released, as of now: each says where it was made and touched. */
    public static Set<ResourceLeakTracker<?>> liveBuffers() {
        return Set.copyOf(LIVE);
    }

    /** Finds all leaks of objects that are garbage by now. */
    static synchronized List<String> leaksSinceTheLastCall() throws InterruptedException {
        String sentinel = SENTINEL + SENTINELS.incrementAndGet();
        leak(sentinel);
        for (int i = 0; i < MAX_COLLECTIONS; i++) {
            lookForGarbage();
            if (REPORTS.stream().anyMatch(report -> report.contains(sentinel))) {
                // What was collected with the sentinel may be told of after it, but before anything that is collected later.
                lookForGarbage();
                List<String> leaks = REPORTS.stream().filter(report -> !report.contains(SENTINEL)).toList();
                REPORTS.clear();
                return leaks;
            }
        }
        throw new AssertionError("the leak guard is blind: its sentinel was not reported (expected: leak detection at paranoid,"
                + " and no buffer made before the first test)");
    }

    private static void lookForGarbage() throws InterruptedException {
        collectGarbage();
        // Allocating is what makes the detector look at its queue.
        UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }

    private static void leak(String hint) {
        ByteBuf leaked = UnpooledByteBufAllocator.DEFAULT.directBuffer(1);
        leaked.touch(hint);
    }

    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        WeakReference<Object> garbage = new WeakReference<>(new Object(), collected);
        System.gc();
        if (collected.remove(COLLECTION_TIMEOUT_MILLIS) != garbage) {
            throw new AssertionError("no garbage collection in " + COLLECTION_TIMEOUT_MILLIS + " ms");
        }
    }

    private static final class RecordingFactory extends ResourceLeakDetectorFactory {
        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
            return new RecordingDetector<>(resource, samplingInterval);
        }

        // Abstract in Netty, though deprecated there in favour of the one above.
        @Override
        @Deprecated
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval, long maxActive) {
            return new RecordingDetector<>(resource, samplingInterval);
        }
    }

    private static final class RecordingDetector<T> extends ResourceLeakDetector<T> {
        RecordingDetector(Class<?> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        public ResourceLeakTracker<T> track(T resource) {
            return counted(super.track(resource));
        }

        @Override
        public ResourceLeakTracker<T> trackForcibly(T resource) {
            return counted(super.trackForcibly(resource));
        }

        private static <T> ResourceLeakTracker<T> counted(ResourceLeakTracker<T> tracker) {
            ResourceLeakTracker<T> counted = new CountedTracker<>(tracker);
            LIVE.add(counted);
            return counted;
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            REPORTS.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            REPORTS.add(resourceType);
        }
    }

    private static final class CountedTracker<T> implements ResourceLeakTracker<T> {
        private final ResourceLeakTracker<T> tracker;

        CountedTracker(ResourceLeakTracker<T> tracker) {
            this.tracker = tracker;
        }

        @Override
        public void record() {
            tracker.record();
        }

        @Override
        public void record(Object hint) {
            tracker.record(hint);
        }

        @Override
        public boolean close(T resource) {
            boolean closed = tracker.close(resource);
            if (closed) {
                LIVE.remove(this);
            }
            return closed;
        }

        @Override
        public String toString() {
            return tracker.toString();
        }

        @Override
        public Throwable getCloseStackTraceIfAny() {
            return tracker.getCloseStackTraceIfAny();
        }
    }
}
