package io.bargein.loadtest.standin;

import java.util.Map;

/**
 * What the stand-in saw of one request, as of the moment it was asked. Times are nanoseconds of Unix time, by this host's clock.
 *
 * @param number counts requests, from 1
 * @param modelId from the path
 * @param tag the last word of the last user text if it begins with {@code #}, without that; else empty
 * @param protocol {@code h2} or {@code HTTP/1.1}
 * @param connection counts connections, from 1
 * @param headers names in lower case
 * @param body the body, at most its first 1 MiB
 * @param detailsDropped headers and body are empty, because those of newer requests have used up the 64 MiB that are kept
 * @param arrivedNanos when all of the request had come
 * @param outcome how it ended
 * @param endNumber counts ends, from 1; 0 while it runs
 * @param endedNanos when it ended: for an aborted one, when the abort was seen; 0 while it runs
 * @param abortCode HTTP/2's error code of the reset that aborted it (8 is CANCEL); -1 if there was none
 * @param refusal why it was refused, in the message that was sent; empty if it was not
 * @param eventsSent how many events were sent
 * @param bytesSent how many bytes of events were sent
 */
public record RequestRecord(int number, String modelId, String tag, String protocol, int connection, Map<String, String> headers,
        String body, boolean detailsDropped, long arrivedNanos, Outcome outcome, int endNumber, long endedNanos, long abortCode,
        String refusal, long eventsSent, long bytesSent) {

    /** How a request ended. */
    public enum Outcome {
        /** It is still being answered. */
        RUNNING,
        /** All of the answer was sent. */
        COMPLETE,
        /** The client reset the stream or closed the connection before the end. */
        ABORTED,
        /** It ended badly because the script said so. */
        SCRIPTED_FAULT,
        /** It was refused, by script or because it is no request that Bedrock would take. */
        REJECTED
    }
}
