package io.bargein.loadtest.probe;

import io.bargein.loadtest.clock.HostClock;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Finds out, from a stand-in on this host, when and whether the upstream answer of each interrupted turn was stopped. Prompts have to end in
 * {@code #connection-turn}, no two of a run alike. What is matched is forgotten; only turns without an end of their upstream are kept, in
 * memory until {@link #finish}.
 */
public final class StandInProbe {
    private static final long MAX_NANOS = 3_600_000_000_000L;
    private static final long MAX_BYTES = 1L << 40;
    private static final int DIGITS = 3;
    private static final long POLL_MILLIS = 100;
    private static final int MAX_EXAMPLES = 5;
    /** Ends that came before their interrupt was told; at 2,000 answers a second these are the last 5 seconds'. */
    private static final int MAX_UNCLAIMED = 10_000;

    private final URI uri;
    private final StandInClient standIn;
    private final StandInClient.Info start;
    /** Told by any thread, taken by the one that polls. */
    private final Queue<Interrupt> told = new ConcurrentLinkedQueue<>();
    private final Map<String, Interrupt> pending = new HashMap<>();
    private final Map<String, StandInRecord> unclaimed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, StandInRecord> eldest) {
            return size() > MAX_UNCLAIMED;
        }
    };
    private final Histogram latency = new Histogram(1, MAX_NANOS, DIGITS);
    private final Histogram bytesAfter = new Histogram(1, MAX_BYTES, DIGITS);
    private int endSeen;
    private long completed;
    private long atLeast;

    private StandInProbe(URI uri, StandInClient standIn, StandInClient.Info start) {
        this.uri = uri;
        this.standIn = standIn;
        this.start = start;
        this.endSeen = start.requestsEnded();
        latency.setAutoResize(true); // A stop that took more than an hour is no less true.
        bytesAfter.setAutoResize(true);
    }

    /** A turn that was interrupted, and what has been seen of its upstream that does not settle it. */
    private static final class Interrupt {
        final String tag;
        final long dueNanos;
        /** An attempt that ended before the prompt was due, or badly: another may follow. Null if none did. */
        Outcome attempt;

        Interrupt(String tag, long dueNanos) {
            this.tag = tag;
            this.dueNanos = dueNanos;
        }
    }

    /**
     * Gets in touch with a stand-in. What it has recorded so far does not count.
     *
     * @param standIn where it listens in plain text
     * @return a probe of it
     * @throws IOException if there is none, or on another host, whose times would not compare
     */
    public static StandInProbe of(URI standIn) throws IOException {
        if (!"http".equals(standIn.getScheme()) || standIn.getHost() == null) {
            throw new IOException("--standin: " + standIn + " (expected: http://host:port of a Bedrock stand-in)");
        }
        StandInClient client = new StandInClient(standIn);
        try {
            long before = System.nanoTime();
            StandInClient.Info info = client.info();
            long after = System.nanoTime();
            // The same host may still have two clocks: a container can have a time namespace of its own.
            if (!info.host().equals(HostClock.hostId()) || info.nanoTime() - before < 0 || after - info.nanoTime() < 0) {
                throw new IOException("it is on another host, or has another clock, so that times do not compare");
            }
            return new StandInProbe(standIn, client, info);
        } catch (IOException e) {
            throw new IOException("--standin: " + standIn + " (expected: a Bedrock stand-in of this version on this host): " + e.getMessage(), e);
        }
    }

    /**
     * Tells that a turn was interrupted. May be called by any thread, and does not wait.
     *
     * @param connection the first number in the tag of the turn that was interrupted
     * @param turn the second
     * @param dueEpochNanos when the prompt that cut in was due, by this process's {@link HostClock}
     */
    public void interrupted(int connection, int turn, long dueEpochNanos) {
        told.add(new Interrupt(connection + "-" + turn, dueEpochNanos - HostClock.epochOffsetNanos() + start.epochOffsetNanos()));
    }

    /**
     * Fetches what has ended since the last time, and matches it. To be called every few seconds: the stand-in keeps 100,000 records.
     *
     * @throws IOException if the stand-in does not answer, or has given up records that were not fetched
     */
    public synchronized void poll() throws IOException {
        List<StandInRecord> page;
        do {
            page = standIn.endedSince(endSeen);
            for (StandInRecord record : page) {
                nothingIsMissing(record.endNumber() - 1);
                endSeen = record.endNumber();
                if (record.number() > start.requestsSeen() && !record.tag().isEmpty()) {
                    unclaimed.put(record.tag(), record);
                    match(pending.get(record.tag()));
                }
            }
        } while (page.size() == StandInClient.PAGE_RECORDS);
        for (Interrupt interrupt = told.poll(); interrupt != null; interrupt = told.poll()) {
            pending.put(interrupt.tag, interrupt);
            match(interrupt);
        }
    }

    /**
     * Polls until each interrupted turn's upstream has been seen to end, or the grace is over, as it is whenever turns were overtaken. To be
     * called once, when no more interrupts are told.
     *
     * @param grace how long to wait for the ends that are missing
     * @return what was found
     * @throws IOException as {@link #poll} does, or if the stand-in was started anew
     * @throws InterruptedException if the calling thread is interrupted
     */
    public synchronized UpstreamCancels finish(Duration grace) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + grace.toNanos();
        poll();
        while (!pending.isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            poll();
        }
        StandInClient.Info now = standIn.info();
        if (now.epochOffsetNanos() != start.epochOffsetNanos() || now.requestsEnded() < endSeen) {
            throw new IOException("standin: " + uri + " was started anew (expected: to run as long as the load does)");
        }
        // Before the last poll: what ends in between is not taken for running.
        Map<String, StandInRecord> running = running();
        poll();
        nothingIsMissing(now.requestsEnded());
        return result(running);
    }

    private Map<String, StandInRecord> running() throws IOException {
        Map<String, StandInRecord> running = new HashMap<>();
        int number = start.requestsSeen();
        List<StandInRecord> page;
        do {
            page = standIn.runningSince(number);
            for (StandInRecord record : page) {
                running.put(record.tag(), record);
                number = record.number();
            }
        } while (page.size() == StandInClient.PAGE_RECORDS);
        return running;
    }

    private void nothingIsMissing(int endNumber) throws IOException {
        if (endSeen < endNumber) {
            throw new IOException("standin: " + (endNumber - endSeen) + " records of " + uri + " were gone before they were fetched"
                    + " (expected: at most 100,000 ends between two polls, and nobody who deletes records)");
        }
    }

    /** Takes the newest end of that turn's upstream, if one has come and the turn was interrupted. */
    private void match(Interrupt interrupt) {
        StandInRecord record = interrupt == null ? null : unclaimed.remove(interrupt.tag);
        if (record == null) {
            return;
        }
        long nanos = record.endedNanos() - interrupt.dueNanos;
        if (record.outcome() == Outcome.ABORTED && nanos >= 0) {
            latency.recordValue(nanos);
            bytesAfter.recordValue(record.bytesFrom(interrupt.dueNanos));
            atLeast += record.mayMissBytesFrom(interrupt.dueNanos) ? 1 : 0;
            pending.remove(interrupt.tag);
        } else if (record.outcome() == Outcome.COMPLETE) {
            completed++;
            pending.remove(interrupt.tag);
        } else {
            interrupt.attempt = record.outcome();
        }
    }

    private UpstreamCancels result(Map<String, StandInRecord> running) {
        long now = HostClock.epochNanos() - HostClock.epochOffsetNanos() + start.epochOffsetNanos();
        long overtaken = 0;
        long early = 0;
        long endedBadly = 0;
        long notStopped = 0;
        List<String> examples = new ArrayList<>();
        for (Interrupt interrupt : pending.values()) {
            StandInRecord record = running.get(interrupt.tag);
            if (record != null) {
                notStopped++;
                if (examples.size() < MAX_EXAMPLES) {
                    examples.add(interrupt.tag + ": the stand-in still answers it (request " + record.number() + ") "
                            + (now - interrupt.dueNanos) / 1_000_000 + " ms after the prompt that cut in was due");
                }
            } else if (interrupt.attempt == null) {
                overtaken++;
            } else if (interrupt.attempt == Outcome.ABORTED) {
                early++;
            } else {
                endedBadly++;
            }
        }
        return new UpstreamCancels(latency, bytesAfter, latency.getTotalCount(), overtaken, completed + endedBadly, early, notStopped, atLeast,
                List.copyOf(examples));
    }
}
