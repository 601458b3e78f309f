package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ServerMessage;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What one turn's listener has heard, in order. */
final class Heard implements TurnListener {
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

    @Override
    public void message(ServerMessage message) {
        events.add(message);
    }

    @Override
    public void lost(RuntimeClientException why) {
        events.add(why);
    }

    ServerMessage next() throws InterruptedException {
        return assertInstanceOf(ServerMessage.class, event());
    }

    private Object event() throws InterruptedException {
        Object event = events.poll(20, TimeUnit.SECONDS);
        assertNotNull(event, "nothing came");
        return event;
    }

    void expect(ServerMessage... messages) throws InterruptedException {
        for (ServerMessage message : messages) {
            assertEquals(message, next());
        }
    }

    RuntimeClientException lost() throws InterruptedException {
        RuntimeClientException why = assertInstanceOf(RuntimeClientException.class, event());
        assertOver();
        return why;
    }

    void assertOver() {
        assertTrue(events.isEmpty(), events.toString());
    }
}
