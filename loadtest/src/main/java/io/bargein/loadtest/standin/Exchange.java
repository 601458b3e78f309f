package io.bargein.loadtest.standin;

import io.bargein.loadtest.clock.HostClock;
import java.util.Map;

/**
 * One request as it is being answered. Written on its connection's event loop, read anywhere. Locks go from the records to an exchange, never
 * back: the records are told outside an exchange's lock.
 */
final class Exchange {
    private static final int MAX_BODY_CHARS = 1 << 20;

    private final Records records;
    private final int number;
    private final String modelId;
    private final String protocol;
    private final int connection;
    private final long arrivedNanos = HostClock.epochNanos();
    private final RecentSends recentSends = new RecentSends();
    private Map<String, String> headers;
    private String body;
    private boolean detailsDropped;
    private String tag = "";
    private RequestRecord.Outcome outcome = RequestRecord.Outcome.RUNNING;
    private int endNumber;
    private long endedNanos;
    private long abortCode = -1;
    private String refusal = "";
    private long eventsSent;
    private long bytesSent;

    /** For {@link Records#begin}, which numbers it. */
    Exchange(Records records, int number, String modelId, String protocol, int connection, Map<String, String> headers, String body) {
        this.records = records;
        this.number = number;
        this.modelId = modelId;
        this.protocol = protocol;
        this.connection = connection;
        this.headers = headers;
        this.body = body.length() <= MAX_BODY_CHARS ? body : body.substring(0, MAX_BODY_CHARS);
    }

    int number() {
        return number;
    }

    synchronized void tagged(String newTag) {
        tag = newTag;
    }

    void sent(int events, int bytes) {
        synchronized (this) {
            eventsSent += events;
            bytesSent += bytes;
            recentSends.add(HostClock.epochNanos(), bytes);
        }
        records.changed();
    }

    /** The first end counts. */
    void ended(RequestRecord.Outcome how) {
        aborted(how, -1);
    }

    void refused(String why) {
        synchronized (this) {
            refusal = why;
        }
        ended(RequestRecord.Outcome.REJECTED);
    }

    void aborted(RequestRecord.Outcome how, long code) {
        synchronized (this) {
            if (outcome != RequestRecord.Outcome.RUNNING) {
                return;
            }
            outcome = how;
            abortCode = code;
            endedNanos = HostClock.epochNanos();
        }
        records.ended(this);
    }

    synchronized void endNumber(int count) {
        endNumber = count;
    }

    /** The size of headers and body, in characters. */
    synchronized long detailChars() {
        long sum = body.length();
        for (Map.Entry<String, String> header : headers.entrySet()) {
            sum += header.getKey().length() + header.getValue().length();
        }
        return sum;
    }

    /** Gives headers and body up, and returns their size; 0 if that has been done. */
    synchronized long dropDetails() {
        long dropped = detailChars();
        headers = Map.of();
        body = "";
        detailsDropped = true;
        return dropped;
    }

    synchronized long[] recentSends() {
        return recentSends.toArray();
    }

    synchronized RequestRecord snapshot() {
        return new RequestRecord(number, modelId, tag, protocol, connection, headers, body, detailsDropped, arrivedNanos, outcome, endNumber,
                endedNanos, abortCode, refusal, eventsSent, bytesSent);
    }
}
