package io.bargein.loadtest.standin;

import java.time.Instant;
import java.util.Map;

/** One request as it is being answered. Written on its connection's event loop, read anywhere. */
final class Exchange {
    private static final int MAX_BODY_CHARS = 1 << 20;
    /** Unix time at an instant of {@link System#nanoTime}: both ends of a measurement on one host have the same clock. */
    private static final long EPOCH_OFFSET_NANOS;

    static {
        Instant now = Instant.now();
        EPOCH_OFFSET_NANOS = now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
    }

    private final Records records;
    private final int number;
    private final String modelId;
    private final String protocol;
    private final int connection;
    private final Map<String, String> headers;
    private final String body;
    private final long arrivedNanos = epochNanos();
    private String tag = "";
    private RequestRecord.Outcome outcome = RequestRecord.Outcome.RUNNING;
    private long endedNanos;
    private long abortCode = -1;
    private String refusal = "";
    private long eventsSent;
    private long bytesSent;

    Exchange(Records records, String modelId, String protocol, int connection, Map<String, String> headers, String body) {
        this.records = records;
        this.number = records.nextNumber();
        this.modelId = modelId;
        this.protocol = protocol;
        this.connection = connection;
        this.headers = headers;
        this.body = body.length() <= MAX_BODY_CHARS ? body : body.substring(0, MAX_BODY_CHARS);
        records.add(this);
    }

    static long epochNanos() {
        return System.nanoTime() + EPOCH_OFFSET_NANOS;
    }

    synchronized void tagged(String newTag) {
        tag = newTag;
    }

    /** Locks go from the records to the exchange, never back: the records are told outside this lock. */
    void sent(int events, long bytes) {
        synchronized (this) {
            eventsSent += events;
            bytesSent += bytes;
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
            endedNanos = epochNanos();
        }
        records.changed();
    }

    synchronized RequestRecord snapshot() {
        return new RequestRecord(number, modelId, tag, protocol, connection, headers, body, arrivedNanos, outcome, endedNanos, abortCode,
                refusal, eventsSent, bytesSent);
    }
}
