package io.bargein.server.transport;

import io.bargein.server.operations.Health;

/**
 * Whether the server takes work: asked before each upgrade and each invocation. Counts both. Safe for use by many threads.
 */
final class Admission {
    /** Why nothing is taken before the first healthy ping (contract C15). */
    static final String WARMING_UP = "server: warming up (expected: a retry in a moment)";

    private static final String DRAINING = "server: draining (expected: a new connection, with the same session id)";
    private static final String FULL = "connections: at the limit (expected: a retry later)";

    private final Health health;
    private final Budget connections;
    private volatile boolean draining;

    Admission(int maxConnections, Health health) {
        this.connections = new Budget(maxConnections);
        this.health = health;
    }

    /** From now on nothing is taken. */
    void drain() {
        draining = true;
    }

    /** Why no turn may begin now, to be said with 503 and {@code Connection: close} (contract C16); null if one may. */
    String refusal() {
        return draining ? DRAINING : health.isReady() ? null : WARMING_UP;
    }

    /** Takes a place, which {@link #leave} gives back, and returns null; or says why there is none. */
    String enter() {
        String refusal = refusal();
        return refusal == null && !connections.take(1) ? FULL : refusal;
    }

    void leave() {
        connections.giveBack(1);
    }
}
