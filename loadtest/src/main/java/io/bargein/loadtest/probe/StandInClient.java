package io.bargein.loadtest.probe;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a stand-in what it has seen, in pages, each within a time limit. */
final class StandInClient {
    static final int PAGE_RECORDS = 1_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JsonFactory JSON = new JsonFactory();

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
    private final URI standIn;

    StandInClient(URI standIn) {
        this.standIn = standIn;
    }

    /**
     * What a stand-in says of itself.
     *
     * @param host its host; empty from something that is no stand-in
     * @param nanoTime its {@link System#nanoTime} when it answered
     * @param epochOffsetNanos what it adds to that for Unix time
     * @param requestsSeen the newest request's number
     * @param requestsEnded the newest end's number
     */
    record Info(String host, long nanoTime, long epochOffsetNanos, int requestsSeen, int requestsEnded) {}

    Info info() throws IOException {
        try (JsonParser json = get("/_standin/info")) {
            String host = "";
            long nanoTime = 0;
            long epochOffsetNanos = 0;
            int requestsSeen = -1;
            int requestsEnded = -1;
            if (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    switch (name) {
                        case "host" -> host = json.getText();
                        case "nano_time" -> nanoTime = json.getLongValue();
                        case "epoch_offset_nanos" -> epochOffsetNanos = json.getLongValue();
                        case "requests_seen" -> requestsSeen = json.getIntValue();
                        case "requests_ended" -> requestsEnded = json.getIntValue();
                        default -> json.skipChildren();
                    }
                }
            }
            if (host.isEmpty() || epochOffsetNanos == 0 || requestsSeen < 0 || requestsEnded < 0) {
                throw new IOException("/_standin/info lacks host, nano_time, epoch_offset_nanos, requests_seen or requests_ended");
            }
            return new Info(host, nanoTime, epochOffsetNanos, requestsSeen, requestsEnded);
        }
    }

    /** The next page of those that have ended after the end of a number, in that order. */
    List<StandInRecord> endedSince(int endNumber) throws IOException {
        return records("ended_since=" + endNumber);
    }

    /** The next page of those that are being answered, after a number. */
    List<StandInRecord> runningSince(int number) throws IOException {
        return records("running=true&since=" + number);
    }

    private List<StandInRecord> records(String which) throws IOException {
        try (JsonParser json = get("/_standin/records?brief=true&limit=" + PAGE_RECORDS + "&" + which)) {
            return StandInRecord.parseAll(json);
        }
    }

    private JsonParser get(String path) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(HttpRequest.newBuilder(standIn.resolve(path)).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        try {
            // The client's own time limit is for the answer's head alone.
            HttpResponse<byte[]> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() != 200) {
                throw new IOException(path + " was answered with status " + response.statusCode());
            }
            return JSON.createParser(response.body());
        } catch (ExecutionException e) {
            throw new IOException(path + " was not answered: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(path + " was not answered in " + TIMEOUT, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(path + ": interrupted");
        } finally {
            answer.cancel(true);
        }
    }
}
