package io.bargein.loadtest.frontdoor;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** How many sessions there may be at once, and how many new ones in a second (C63). Safe for use by many threads. */
final class SessionQuota {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int maxActive;
    private final int maxNewPerSecond;
    private final FrontDoorTime time;
    /** How many requests and sockets of each session there are. */
    private final Map<String, Integer> active = new HashMap<>();
    /** A session that is known does not count as new when it comes back. Kept only where new ones are limited, and so grows slowly. */
    private final Set<String> known = new HashSet<>();
    private long secondBegan;
    private int newInSecond;

    SessionQuota(int maxActive, int maxNewPerSecond, FrontDoorTime time) {
        this.maxActive = maxActive;
        this.maxNewPerSecond = maxNewPerSecond;
        this.time = time;
        secondBegan = time.nanos();
    }

    /** One more request or socket of a session. */
    synchronized void enter(String sessionId) throws Refusal {
        if (!active.containsKey(sessionId) && active.size() >= maxActive) {
            throw Refusal.quotaExceeded("Exceeded quota of active sessions: " + maxActive);
        }
        if (maxNewPerSecond < Integer.MAX_VALUE && !known.contains(sessionId)) {
            long now = time.nanos();
            if (now - secondBegan >= SECOND) {
                secondBegan = now;
                newInSecond = 0;
            }
            if (newInSecond >= maxNewPerSecond) {
                throw Refusal.throttled("Rate exceeded: " + maxNewPerSecond + " new sessions a second");
            }
            newInSecond++;
            known.add(sessionId);
        }
        active.merge(sessionId, 1, Integer::sum);
    }

    /** One less. */
    synchronized void leave(String sessionId) {
        active.computeIfPresent(sessionId, (id, count) -> count == 1 ? null : count - 1);
    }
}
