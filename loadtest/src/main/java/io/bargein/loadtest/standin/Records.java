package io.bargein.loadtest.standin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bargein.loadtest.json.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The newest requests' records. Safe for use by many threads. */
final class Records {
    private static final int MAX_RECORDS = 100_000;

    private final Deque<Exchange> exchanges = new ArrayDeque<>();
    private int lastNumber;

    synchronized int nextNumber() {
        return ++lastNumber;
    }

    synchronized void add(Exchange exchange) {
        exchanges.add(exchange);
        if (exchanges.size() > MAX_RECORDS) {
            exchanges.removeFirst();
        }
        notifyAll();
    }

    /** Something has become of an exchange that someone may wait for. */
    synchronized void changed() {
        notifyAll();
    }

    synchronized void clear() {
        exchanges.clear();
    }

    synchronized List<RequestRecord> snapshot() {
        List<RequestRecord> records = new ArrayList<>(exchanges.size());
        for (Exchange exchange : exchanges) {
            records.add(exchange.snapshot());
        }
        return records;
    }

    synchronized RequestRecord await(Predicate<RequestRecord> wanted, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            for (Exchange exchange : exchanges) {
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

    String json() throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartArray();
            for (RequestRecord record : snapshot()) {
                json.writeStartObject();
                json.writeNumberField("number", record.number());
                json.writeStringField("model_id", record.modelId());
                json.writeStringField("tag", record.tag());
                json.writeStringField("protocol", record.protocol());
                json.writeNumberField("connection", record.connection());
                json.writeStringField("outcome", record.outcome().name());
                json.writeNumberField("arrived_nanos", record.arrivedNanos());
                json.writeNumberField("ended_nanos", record.endedNanos());
                json.writeNumberField("abort_code", record.abortCode());
                json.writeStringField("refusal", record.refusal());
                json.writeNumberField("events_sent", record.eventsSent());
                json.writeNumberField("bytes_sent", record.bytesSent());
                json.writeObjectFieldStart("headers");
                for (Map.Entry<String, String> header : record.headers().entrySet()) {
                    json.writeStringField(header.getKey(), header.getValue());
                }
                json.writeEndObject();
                json.writeStringField("body", record.body());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        return out.toString();
    }
}
