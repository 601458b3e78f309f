package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.RuntimeRequest.Operation;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * From a caller's headers to a container's (C35 to C47). A container sees what the platform says, the caller's custom headers, and what the
 * allowlist names; all names are in lower case.
 *
 * @param allowed the allowlist, in lower case
 * @param workloadAccessToken what to send as such (C37); null for nothing
 */
record HeaderRules(Set<String> allowed, String workloadAccessToken) {
    static final String SESSION_ID = "x-amzn-bedrock-agentcore-runtime-session-id";

    private static final String USER_ID = "x-amzn-bedrock-agentcore-runtime-user-id";
    private static final String CUSTOM = "x-amzn-bedrock-agentcore-runtime-custom-";
    private static final String TRACE_ID = "x-amzn-trace-id";
    private static final int MAX_VALUE_BYTES = 4_096;
    private static final int MAX_USER_ID = 1_024;

    /** As an operator writes the allowlist. */
    static HeaderRules of(Set<String> allowed, String workloadAccessToken) {
        if (allowed.size() > 20) {
            throw new IllegalArgumentException("allowHeader: " + allowed.size() + " names (expected: 20 at most)");
        }
        for (String name : allowed) {
            if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,255}") || RestrictedHeaders.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("allowHeader: " + name
                        + " (expected: a name of letters, digits, - and _ that the platform does not keep to itself)");
            }
        }
        return new HeaderRules(allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet()), workloadAccessToken);
    }

    /** The session, from the header or, on an upgrade, from the query; a new one where the caller names none. */
    static String sessionId(RuntimeRequest request) throws Refusal {
        String id = request.http().headers().get(SESSION_ID);
        if (id == null && request.operation() == Operation.WS) {
            id = request.parameter(SESSION_ID);
        }
        if (id == null) {
            return UUID.randomUUID().toString();
        }
        if (id.length() < 33 || id.length() > 256) {
            throw Refusal.validation("1 validation error detected: Value at 'runtimeSessionId' failed to satisfy constraint: Member must have"
                    + " length " + (id.length() < 33 ? "greater than or equal to 33" : "less than or equal to 256"));
        }
        return id;
    }

    /** Returns the headers for the container; {@code token} is the caller's, or null. */
    HttpHeaders forContainer(RuntimeRequest request, String sessionId, String requestId, String token) throws Refusal {
        HttpHeaders out = new DefaultHttpHeaders();
        try {
            addCallers(request, token, out);
            if (request.operation() == Operation.WS) {
                for (Map.Entry<String, List<String>> parameter : request.query().entrySet()) {
                    String name = parameter.getKey().toLowerCase(Locale.ROOT);
                    if (name.startsWith(CUSTOM)) {
                        add(out, name, onTheWire(parameter.getValue().get(0)));
                    }
                }
            }
            addPlatforms(request, sessionId, requestId, out);
        } catch (IllegalArgumentException e) {
            throw Refusal.validation("header: " + e.getMessage());
        }
        return out;
    }

    private void addCallers(RuntimeRequest request, String token, HttpHeaders out) throws Refusal {
        boolean isWs = request.operation() == Operation.WS;
        for (Map.Entry<String, String> header : request.http().headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean isBody = name.equals("accept") || name.equals("content-type");
            if (isBody && !isWs || name.startsWith(CUSTOM)) {
                add(out, name, header.getValue());
            } else if (name.equals(USER_ID)) {
                addUserId(header.getValue(), token, out);
            } else if (name.equals("authorization")) {
                // On an upgrade the platform looks at the name as it is written (C39).
                if (token != null && allowed.contains(name) && (!isWs || header.getKey().equals("Authorization"))) {
                    add(out, name, header.getValue());
                }
            } else if (allowed.contains(name) && !name.equals("baggage")) {
                add(out, name, header.getValue());
            }
        }
        if (token != null && allowed.contains("authorization") && !request.http().headers().contains(HttpHeaderNames.AUTHORIZATION)) {
            add(out, "authorization", "Bearer " + token); // The browser's form, which has no such header.
        }
    }

    /** A user whom the caller names goes with a signature alone (C41). */
    private static void addUserId(String userId, String token, HttpHeaders out) throws Refusal {
        if (userId.length() > MAX_USER_ID) {
            throw Refusal.validation("1 validation error detected: Value at 'runtimeUserId' failed to satisfy constraint: Member must have"
                    + " length less than or equal to " + MAX_USER_ID);
        }
        if (token == null) {
            add(out, USER_ID, userId);
        }
    }

    private void addPlatforms(RuntimeRequest request, String sessionId, String requestId, HttpHeaders out) throws Refusal {
        String self = "1-" + hex(8) + "-" + hex(24);
        String trace = request.http().headers().get(TRACE_ID, "Root=" + self + ";Parent=" + hex(16) + ";Sampled=1");
        String baggage = request.http().headers().getAll("baggage").stream().flatMap(line -> List.of(line.split(",")).stream())
                .map(String::strip).filter(entry -> !entry.isEmpty() && !entry.startsWith("session.id=") && !entry.startsWith("Self="))
                .map(entry -> "," + entry).collect(Collectors.joining());
        add(out, SESSION_ID, sessionId);
        add(out, "x-amzn-requestid", requestId);
        add(out, TRACE_ID, trace + ";Self=" + self);
        add(out, "baggage", "Self=" + self + ",session.id=" + sessionId + baggage);
        if (workloadAccessToken != null) {
            out.set("workloadaccesstoken", workloadAccessToken);
        }
    }

    private static void add(HttpHeaders out, String name, String value) throws Refusal {
        if (value.length() > MAX_VALUE_BYTES) {
            throw Refusal.validation("header " + name + ": " + value.length() + " bytes (expected: " + MAX_VALUE_BYTES + " at most)");
        }
        out.add(name, value);
    }

    /** UTF-8, for a codec that writes each character as one byte. */
    private static String onTheWire(String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String hex(int digits) {
        return ThreadLocalRandom.current().ints(digits, 0, 16).mapToObj(Integer::toHexString).collect(Collectors.joining());
    }
}
