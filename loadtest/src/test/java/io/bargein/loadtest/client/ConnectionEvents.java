package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** How a connection has fared, in order. */
final class ConnectionEvents implements ConnectionListener {
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

    @Override
    public void connected(boolean again) {
        events.add(again ? "connected again" : "connected");
    }

    @Override
    public void reconnecting(RuntimeClientException why, Duration delay) {
        events.add(delay);
    }

    @Override
    public void closed(RuntimeClientException why) {
        events.add(why == null ? "closed" : why);
    }

    private Object next() throws InterruptedException {
        Object event = events.poll(20, TimeUnit.SECONDS);
        assertNotNull(event, "nothing happened");
        return event;
    }

    void expect(String event) throws InterruptedException {
        assertEquals(event, next());
    }

    Duration expectReconnecting() throws InterruptedException {
        return assertInstanceOf(Duration.class, next());
    }

    RuntimeClientException expectEnd() throws InterruptedException {
        RuntimeClientException why = assertInstanceOf(RuntimeClientException.class, next());
        assertTrue(events.isEmpty(), events.toString());
        return why;
    }
}
