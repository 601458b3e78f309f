package io.bargein.loadtest.standin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bargein.loadtest.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Records as a JSON array, made piece by piece, so that no piece holds the records' lock or an event loop for long. Those that come while it is
 * being made are not in it. Used by one thread.
 */
final class RecordsJson {
    private static final int PAGE_RECORDS = 256;
    private static final int PIECE_BYTES = 64 << 10;

    private final Records records;
    private final RecordsQuery query;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonGenerator json;
    private final Deque<Exchange> page = new ArrayDeque<>();
    /** The number, or the number of the end, of the last that was looked at, and that of the last to look at. */
    private int at;
    private final int last;
    private int left;

    RecordsJson(Records records, RecordsQuery query) throws IOException {
        this.records = records;
        this.query = query;
        this.at = query.byEnd() ? query.endedSince() : query.since();
        this.last = query.byEnd() ? records.lastEnd() : records.lastNumber();
        this.left = query.limit();
        this.json = Json.FACTORY.createGenerator(out);
        json.writeStartArray();
    }

    boolean hasNext() {
        return !json.isClosed();
    }

    /** The next piece: about 64 KiB, or what a page of records comes to, which may be nothing; one large record is one piece. */
    byte[] next() throws IOException {
        if (page.isEmpty()) {
            page.addAll(query.byEnd() ? records.endedAfter(at, PAGE_RECORDS) : records.after(at, PAGE_RECORDS));
        }
        boolean over = page.isEmpty() || left == 0;
        while (!over && !page.isEmpty() && out.size() < PIECE_BYTES) {
            over = !take(page.removeFirst());
        }
        if (over) {
            json.writeEndArray();
            json.close();
        } else {
            json.flush();
        }
        byte[] piece = out.toByteArray();
        out.reset();
        return piece;
    }

    /** Writes it if it is wanted; false if there is to be no more. */
    private boolean take(Exchange exchange) throws IOException {
        RequestRecord record = exchange.snapshot();
        at = query.byEnd() ? record.endNumber() : record.number();
        if (at > last) {
            return false;
        }
        if (query.wants(record)) {
            write(record, exchange);
            left--;
        }
        return at < last && left > 0;
    }

    private void write(RequestRecord record, Exchange exchange) throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", record.number());
        json.writeStringField("model_id", record.modelId());
        json.writeStringField("tag", record.tag());
        json.writeStringField("protocol", record.protocol());
        json.writeNumberField("connection", record.connection());
        json.writeStringField("outcome", record.outcome().name());
        json.writeNumberField("arrived_nanos", record.arrivedNanos());
        json.writeNumberField("end_number", record.endNumber());
        json.writeNumberField("ended_nanos", record.endedNanos());
        json.writeNumberField("abort_code", record.abortCode());
        json.writeStringField("refusal", record.refusal());
        json.writeNumberField("events_sent", record.eventsSent());
        json.writeNumberField("bytes_sent", record.bytesSent());
        if (query.brief()) {
            writeSends(exchange.recentSends());
        } else {
            writeDetails(record);
        }
        json.writeEndObject();
    }

    private void writeSends(long[] sends) throws IOException {
        json.writeArrayFieldStart("recent_sends");
        for (int i = 0; i < sends.length; i += 2) {
            json.writeArray(sends, i, 2);
        }
        json.writeEndArray();
    }

    private void writeDetails(RequestRecord record) throws IOException {
        json.writeObjectFieldStart("headers");
        for (Map.Entry<String, String> header : record.headers().entrySet()) {
            json.writeStringField(header.getKey(), header.getValue());
        }
        json.writeEndObject();
        json.writeStringField("body", record.body());
        json.writeBooleanField("details_dropped", record.detailsDropped());
    }
}
