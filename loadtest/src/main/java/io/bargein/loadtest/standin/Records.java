package io.bargein.loadtest.standin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The requests that are being answered, and the newest of those whose answer has ended. Safe for use by many threads, event loops among them:
 * under its lock nothing is done that grows with the number of records, but for what tests wait for.
 */
final class Records {
    static final int MAX_ENDED = 100_000;
    /** Of all headers and bodies together: 64 MiB at two bytes a character. */
    static final long MAX_DETAIL_CHARS = 32 << 20;

    /** By their numbers. */
    private final NavigableMap<Integer, Exchange> exchanges = new TreeMap<>();
    /** Those that have ended, by the numbers of their ends. */
    private final NavigableMap<Integer, Exchange> ended = new TreeMap<>();
    private int lastNumber;
    private int lastEnd;
    private long detailChars;
    /** The exchanges up to this number have given their headers and bodies up. */
    private int withoutDetails;

    synchronized Exchange begin(String modelId, String protocol, int connection, Map<String, String> headers, String body) {
        Exchange exchange = new Exchange(this, ++lastNumber, modelId, protocol, connection, headers, body);
        exchanges.put(lastNumber, exchange);
        detailChars += exchange.detailChars();
        while (detailChars > MAX_DETAIL_CHARS) {
            Exchange oldest = exchanges.higherEntry(withoutDetails).getValue();
            detailChars -= oldest.dropDetails();
            withoutDetails = oldest.number();
        }
        notifyAll();
        return exchange;
    }

    /** Something has become of an exchange that someone may wait for. */
    synchronized void changed() {
        notifyAll();
    }

    synchronized void ended(Exchange exchange) {
        lastEnd++;
        if (exchanges.containsKey(exchange.number())) {
            exchange.endNumber(lastEnd);
            ended.put(lastEnd, exchange);
            if (ended.size() > MAX_ENDED) {
                Exchange oldest = ended.pollFirstEntry().getValue();
                exchanges.remove(oldest.number());
                detailChars -= oldest.dropDetails();
            }
        }
        notifyAll();
    }

    synchronized void clear() {
        exchanges.clear();
        ended.clear();
        detailChars = 0;
    }

    /** How many there have been, and so the newest one's number. */
    synchronized int lastNumber() {
        return lastNumber;
    }

    /** How many have ended. */
    synchronized int lastEnd() {
        return lastEnd;
    }

    /** The next ones after a number, at most {@code limit}. */
    synchronized List<Exchange> after(int number, int limit) {
        return head(exchanges.tailMap(number, false), limit);
    }

    /** The next ones that have ended after the end of a number, in that order, at most {@code limit}. */
    synchronized List<Exchange> endedAfter(int endNumber, int limit) {
        return head(ended.tailMap(endNumber, false), limit);
    }

    private static List<Exchange> head(Map<Integer, Exchange> from, int limit) {
        List<Exchange> head = new ArrayList<>();
        for (Exchange exchange : from.values()) {
            if (head.size() == limit) {
                break;
            }
            head.add(exchange);
        }
        return head;
    }

    List<RequestRecord> snapshot() {
        return after(0, Integer.MAX_VALUE).stream().map(Exchange::snapshot).toList();
    }

    synchronized RequestRecord await(Predicate<RequestRecord> wanted, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            for (Exchange exchange : exchanges.values()) {
                RequestRecord record = exchange.snapshot();
                if (wanted.test(record)) {
                    return record;
                }
            }
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                throw new AssertionError("no such record in " + timeout + " among " + exchanges.size());
            }
            wait(leftMillis);
        }
    }
}
