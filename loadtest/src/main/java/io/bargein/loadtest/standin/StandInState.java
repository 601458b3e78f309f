package io.bargein.loadtest.standin;

import io.bargein.loadtest.clock.HostClock;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of a stand-in share. Safe for use by many threads. */
final class StandInState {
    private static final long CLOSE_WAIT_MILLIS = 5_000;

    private final Records records = new Records();
    private final AtomicInteger connectionsSeen = new AtomicInteger();
    private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    private final Set<ConverseHandler> handlers = ConcurrentHashMap.newKeySet();
    private Script script;
    /** Of the script's replies, which is next. */
    private int next;

    StandInState(Script script) {
        this.script = script;
    }

    Records records() {
        return records;
    }

    synchronized void script(Script newScript) {
        script = newScript;
        next = 0;
    }

    /** The scripted reply to the request at hand, or null where none is left. */
    synchronized Reply nextReply() {
        int count = script.replies().size();
        if (next < count) {
            return script.replies().get(next++);
        }
        return script.repeatLast() && count > 0 ? script.replies().get(count - 1) : null;
    }

    /** Counts a connection in and returns its number. */
    int connected(Channel connection) {
        connections.add(connection);
        connection.closeFuture().addListener(closed -> connections.remove(connection));
        return connectionsSeen.incrementAndGet();
    }

    int connectionsSeen() {
        return connectionsSeen.get();
    }

    int openConnections() {
        return connections.size();
    }

    /** Closes all connections, and returns when they are closed. Not to be called on one of their loops. */
    void killConnections() {
        for (Channel connection : connections) {
            connection.close().awaitUninterruptibly(CLOSE_WAIT_MILLIS);
        }
    }

    /** Those of all connections and streams; each comes and goes by itself. */
    Set<ConverseHandler> handlers() {
        return handlers;
    }

    String infoJson() {
        return "{\"host\":\"" + HostClock.hostId() + "\",\"nano_time\":" + System.nanoTime() + ",\"epoch_offset_nanos\":"
                + HostClock.epochOffsetNanos() + ",\"requests_seen\":" + records.lastNumber() + ",\"requests_ended\":" + records.lastEnd()
                + ",\"connections_seen\":" + connectionsSeen() + ",\"open_connections\":" + openConnections() + "}";
    }
}
