package io.bargein.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

class LeakGuardTest {

    @Test
    void failsTheClassThatLeaked() {
        TestExecutionSummary summary = run(Leaking.class);
        assertEquals(1, summary.getContainersFailedCount());
        String failure = summary.getFailures().get(0).getException().getMessage();
        assertTrue(failure.startsWith("1 leaks in ") && failure.contains("planted"), failure);
    }

    @Test
    void saysNothingOfAClassThatReleasedAll() {
        assertEquals(List.of(), run(Tidy.class).getFailures());
    }

    @Test
    void knowsTheBuffersThatNobodyHasReleased() {
        int before = LeakGuard.liveBuffers().size();
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        ByteBuf slice = buffer.retainedSlice();
        assertEquals(before + 2, LeakGuard.liveBuffers().size());
        slice.release();
        buffer.release();
        assertEquals(before, LeakGuard.liveBuffers().size());
    }

    private static TestExecutionSummary run(Class<?> testClass) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(testClass)).build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        return listener.getSummary();
    }
}

/** Run by {@link LeakGuardTest} alone; its name keeps it out of the build's own run. */
@Tag("planted")
class Leaking {
    @Test
    void leaks() {
        ByteBuf leaked = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        leaked.touch("planted");
    }
}

/** Run by {@link LeakGuardTest} alone. */
@Tag("planted")
class Tidy {
    @Test
    void releases() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
}
