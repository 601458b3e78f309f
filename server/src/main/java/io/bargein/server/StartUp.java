package io.bargein.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Where the time of one start goes, part by part. Confined to the main thread, and cheap unless somebody wants to read it. */
final class StartUp {
    private record Part(String name, long endNanos) {}

    private final Instant began = Instant.now();
    private final long beganNanos = System.nanoTime();
    private final List<Part> parts = new ArrayList<>();

    /** What was begun last is done. */
    void done(String part) {
        parts.add(new Part(part, System.nanoTime()));
    }

    /** In milliseconds; that of the JVM, before our first line, is as exact as the system tells it, which is 10 ms on Linux. */
    @Override
    public String toString() {
        Instant process = ProcessHandle.current().info().startInstant().orElse(began);
        StringBuilder said = new StringBuilder("JVM ").append(Duration.between(process, began).toMillis()).append(" ms");
        long since = beganNanos;
        for (Part part : parts) {
            said.append(", ").append(part.name()).append(' ').append((part.endNanos() - since) / 100_000 / 10.0).append(" ms");
            since = part.endNanos();
        }
        return said.toString();
    }
}
