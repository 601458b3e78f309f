package io.bargein.loadtest.client;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a caller may add to a handshake: AgentCore's rules (contract C40, C41, C46, C47), and what a handshake has of its own. */
final class CustomHeaders {
    /** What is named so reaches the container without an allowlist, as a header or as a query parameter. */
    static final String PREFIX = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,255}");
    private static final int MAX_VALUE_BYTES = 4_096;
    /** Set by the handshake itself, by the authentication, or by the session id. */
    private static final Set<String> TAKEN = Set.of("host", "authorization", "connection", "upgrade", "content-length", "transfer-encoding",
            SessionIds.NAME.toLowerCase(Locale.ROOT));

    private CustomHeaders() {}

    static void checkHeader(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        check("header", name, value);
        if (TAKEN.contains(lower) || lower.startsWith("sec-websocket-") || lower.startsWith("x-amz-")) {
            throw new IllegalArgumentException("header: " + name + " (expected: none that the handshake or the authentication sets itself)");
        }
        if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("header: " + name + " has other characters (expected: printable ASCII)");
        }
    }

    static void checkParameter(String name, String value, boolean deployed) {
        check("query parameter", name, value);
        if (deployed && !hasPrefix(name)) {
            throw new IllegalArgumentException("query parameter: " + name + " (expected: a name that begins with " + PREFIX
                    + "; AgentCore passes no other on)");
        }
    }

    static boolean hasPrefix(String name) {
        return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length()) && name.length() > PREFIX.length();
    }

    private static void check(String what, String name, String value) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + ": " + name + " (expected: a letter, then up to 255 letters, digits, - and _)");
        }
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException(what + ": " + name + " has " + bytes + " bytes (expected: at most " + MAX_VALUE_BYTES + ")");
        }
    }
}
