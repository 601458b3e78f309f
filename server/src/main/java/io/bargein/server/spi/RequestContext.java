package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a prompt came from: what the platform said of the request that brought it, or of the handshake of its connection
 * (contract C35 to C47). Immutable. What is optional is null, or empty, where the request did not say it, or said it in a form
 * that is none: values are visible ASCII characters and blanks, no longer than the limits below.
 *
 * <p>Values may be secrets or personal. {@link #toString} shows none of them but the two ids.
 *
 * @param kind which door it came through
 * @param sessionId the conversation's id: 1 to 256 visible ASCII characters; a routing key, not a proof of who asks (C62)
 * @param requestId names this request in logs, the platform's id for it or one of ours; up to 256 characters (C36)
 * @param workloadAccessToken lets the agent act for its user; a secret; or null (C37)
 * @param oauth2CallbackUrl where an OAuth flow of three legs returns to; or null (C38)
 * @param userId the user's id as the caller of the platform gave it, up to 1,024 characters; or null (C41)
 * @param traceId the platform's trace header, whole, as {@code Root=…;Parent=…;Sampled=…}; or null (C43)
 * @param headers the headers meant for the agent, each up to 4,096 characters, looked up in any case; lines of one name are
 *     joined by a comma (C40, C46, C47)
 * @param baggage the values of the {@code baggage} header, percent-decoded and without properties (C42)
 */
public record RequestContext(Kind kind, String sessionId, String requestId, String workloadAccessToken, String oauth2CallbackUrl,
        String userId, String traceId, Map<String, String> headers, Map<String, String> baggage) {

    /** Most connections bring none, and stay for long. */
    private static final Map<String, String> NO_HEADERS = inAnyCase(Map.of());

    /** Which door a prompt came through. */
    public enum Kind {
        /** A WebSocket connection; the context is that of its handshake. */
        WS,
        /** A {@code POST /invocations}. */
        INVOCATION
    }

    /**
     * Copies the maps.
     *
     * @param kind which door it came through
     * @param sessionId the conversation's id
     * @param requestId names this request in logs
     * @param workloadAccessToken lets the agent act for its user
     * @param oauth2CallbackUrl where an OAuth flow returns to
     * @param userId the user's id
     * @param traceId the platform's trace header
     * @param headers the headers meant for the agent
     * @param baggage the values of the {@code baggage} header
     */
    public RequestContext {
        requireNonNull(kind, "kind");
        requireNonNull(sessionId, "sessionId");
        requireNonNull(requestId, "requestId");
        headers = headers.isEmpty() ? NO_HEADERS : inAnyCase(headers);
        baggage = Map.copyOf(baggage);
    }

    private static Map<String, String> inAnyCase(Map<String, String> headers) {
        Map<String, String> inAnyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        inAnyCase.putAll(headers);
        return Collections.unmodifiableMap(inAnyCase);
    }

    /**
     * Returns the context of a request of which no more is known.
     *
     * @param kind which door it came through
     * @param sessionId the conversation's id
     * @param requestId names this request in logs
     * @return the context
     */
    public static RequestContext of(Kind kind, String sessionId, String requestId) {
        return new RequestContext(kind, sessionId, requestId, null, null, null, null, Map.of(), Map.of());
    }

    /** Shows the ids, and of the rest no value. */
    @Override
    public String toString() {
        return "RequestContext[" + kind + ", session " + sessionId + ", request " + requestId + "]";
    }
}
