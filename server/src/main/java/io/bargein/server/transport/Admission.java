package io.bargein.server.transport;

import java.util.concurrent.atomic.AtomicInteger;

/** How many WebSocket connections and invocations there are, and whether one more may come. Safe for use by many threads. */
final class Admission {
    private final int maxConnections;
    private final AtomicInteger connections = new AtomicInteger();

    Admission(int maxConnections) {
        this.maxConnections = maxConnections;
    }

    /** Takes a place, which {@link #leave} gives back; says whether there was one. */
    boolean enter() {
        if (connections.incrementAndGet() <= maxConnections) {
            return true;
        }
        connections.decrementAndGet();
        return false;
    }

    void leave() {
        connections.decrementAndGet();
    }
}
