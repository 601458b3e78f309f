package io.bargein.loadtest.probe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What of a stand-in's record matters here.
 *
 * @param number counts requests
 * @param endNumber counts ends
 * @param tag of the turn that it answers
 * @param outcome how it ended
 * @param endedNanos when, by the stand-in's clock
 * @param bytesSent bytes of events sent
 * @param sends when the newest batches were sent, and their bytes, by turns, oldest first
 */
record StandInRecord(int number, int endNumber, String tag, Outcome outcome, long endedNanos, long bytesSent, long[] sends) {

    static List<StandInRecord> parseAll(JsonParser json) throws IOException {
        List<StandInRecord> records = new ArrayList<>();
        if (json.nextToken() != JsonToken.START_ARRAY) {
            throw new IOException("no array of records");
        }
        while (json.nextToken() == JsonToken.START_OBJECT) {
            records.add(parse(json));
        }
        return records;
    }

    private static StandInRecord parse(JsonParser json) throws IOException {
        int number = 0;
        int endNumber = 0;
        String tag = "";
        Outcome outcome = Outcome.RUNNING;
        long endedNanos = 0;
        long bytesSent = 0;
        long[] sends = new long[0];
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "number" -> number = json.getIntValue();
                case "end_number" -> endNumber = json.getIntValue();
                case "tag" -> tag = json.getText();
                case "outcome" -> outcome = Outcome.valueOf(json.getText());
                case "ended_nanos" -> endedNanos = json.getLongValue();
                case "bytes_sent" -> bytesSent = json.getLongValue();
                case "recent_sends" -> sends = pairs(json);
                default -> json.skipChildren();
            }
        }
        return new StandInRecord(number, endNumber, tag, outcome, endedNanos, bytesSent, sends);
    }

    private static long[] pairs(JsonParser json) throws IOException {
        long[] values = new long[64];
        int count = 0;
        while (json.nextToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                values = count < values.length ? values : Arrays.copyOf(values, 2 * count);
                values[count++] = json.getLongValue();
            }
        }
        return Arrays.copyOf(values, count);
    }

    /** The bytes sent from a moment on, as far as the batches are known. */
    long bytesFrom(long nanos) {
        long sum = 0;
        for (int i = 0; i < sends.length; i += 2) {
            sum += sends[i] >= nanos ? sends[i + 1] : 0;
        }
        return sum;
    }

    /** Whether batches are known to be missing, some of which may have been sent from that moment on. */
    boolean mayMissBytesFrom(long nanos) {
        return sends.length > 0 && sends[0] >= nanos && bytesFrom(Long.MIN_VALUE) < bytesSent;
    }
}
