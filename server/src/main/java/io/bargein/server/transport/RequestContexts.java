package io.bargein.server.transport;

import io.bargein.server.entropy.Entropy;
import io.bargein.server.spi.RequestContext;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a {@link RequestContext} from a request's header. What is not in the form it should be in counts as not there. */
final class RequestContexts {

    private static final String SESSION_ID = UpgradeHandler.SESSION_ID;

    private static final int MAX_SESSION_ID_CHARS = 256;

    /** What a client is told whose session id is none. */
    static final String SESSION_ID_ERROR =
            SESSION_ID + ": invalid (expected: at most one, 1 to " + MAX_SESSION_ID_CHARS + " visible ASCII characters)";

    /** C36: in this order. */
    private static final List<String> REQUEST_IDS = List.of("X-Amzn-Bedrock-AgentCore-Runtime-Request-Id", "x-amzn-requestid");
    /** C37: in this order. */
    private static final List<String> WORKLOAD_ACCESS_TOKENS =
            List.of(ForwardedHeaders.WORKLOAD_ACCESS_TOKEN, "WorkloadAccessToken");
    private static final List<String> OAUTH2_CALLBACK_URLS = List.of("OAuth2CallbackUrl");
    private static final List<String> USER_IDS = List.of("X-Amzn-Bedrock-AgentCore-Runtime-User-Id");
    private static final List<String> TRACE_IDS = List.of("x-amzn-trace-id");

    private static final int MAX_REQUEST_ID_CHARS = 256;
    private static final int MAX_USER_ID_CHARS = 1_024;
    /** C46; the longest value that any of them can have. */
    private static final int MAX_VALUE_CHARS = 4_096;
    /** A token may be as long as a header may be. */
    private static final int ANY_LENGTH = Integer.MAX_VALUE;

    private RequestContexts() {}

    /** Whether the header names no session, or just one by a proper id. */
    static boolean sessionIdIsValid(HttpHeaders headers) {
        List<String> ids = headers.getAll(SESSION_ID);
        return ids.isEmpty() || ids.size() == 1 && !ids.get(0).isEmpty() && ids.get(0).length() <= MAX_SESSION_ID_CHARS
                && ids.get(0).chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** @param headers with a valid session id, or none: then there is a new one in the context */
    static RequestContext read(RequestContext.Kind kind, HttpHeaders headers) {
        String sessionId = headers.get(SESSION_ID);
        String requestId = first(headers, REQUEST_IDS, MAX_REQUEST_ID_CHARS);
        return new RequestContext(kind,
                sessionId != null ? sessionId : newId(),
                requestId != null ? requestId : newId(),
                first(headers, WORKLOAD_ACCESS_TOKENS, ANY_LENGTH),
                first(headers, OAUTH2_CALLBACK_URLS, MAX_VALUE_CHARS),
                first(headers, USER_IDS, MAX_USER_ID_CHARS),
                first(headers, TRACE_IDS, MAX_VALUE_CHARS),
                forwarded(headers),
                baggage(headers.getAll("baggage")));
    }

    private static String newId() {
        return Entropy.uuid().toString();
    }

    /** The value of the first of these headers that has a proper one; null if none has. */
    private static String first(HttpHeaders headers, List<String> names, int maxChars) {
        for (String name : names) {
            String value = headers.get(name);
            if (value != null && !value.isBlank() && isProper(value, maxChars)) {
                return value.strip();
            }
        }
        return null;
    }

    private static Map<String, String> forwarded(HttpHeaders headers) {
        Map<String, String> forwarded = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Map.Entry<String, String> header : headers) {
            String value = header.getValue();
            if (ForwardedHeaders.mayPass(header.getKey()) && isProper(value, MAX_VALUE_CHARS)) {
                // RFC 9110, section 5.3: the order of lines of one name is kept.
                forwarded.merge(ForwardedHeaders.canonical(header.getKey()), value,
                        (before, more) -> isProper(before + ", " + more, MAX_VALUE_CHARS) ? before + ", " + more : before);
            }
        }
        return forwarded;
    }

    private static boolean isProper(String value, int maxChars) {
        return value.length() <= maxChars && value.chars().allMatch(c -> c >= ' ' && c < 0x7F || c == '\t');
    }

    /** C42; the last value of a key counts. */
    private static Map<String, String> baggage(List<String> lines) {
        Map<String, String> baggage = new HashMap<>();
        for (String line : lines) {
            for (String member : line.split(",")) {
                int properties = member.indexOf(';');
                String pair = properties < 0 ? member : member.substring(0, properties);
                int equals = pair.indexOf('=');
                String key = equals < 0 ? "" : pair.substring(0, equals).strip();
                if (!key.isEmpty() && isProper(pair, MAX_VALUE_CHARS)) {
                    baggage.put(key, percentDecoded(pair.substring(equals + 1).strip()));
                }
            }
        }
        return baggage;
    }

    /** RFC 3986, section 2.1, in UTF-8; what is no escape stands for itself, as a plus does. */
    private static String percentDecoded(String value) {
        if (value.indexOf('%') < 0) {
            return value;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        for (int i = 0; i < value.length(); i++) {
            int high = i + 2 < value.length() ? Character.digit(value.charAt(i + 1), 16) : -1;
            int low = i + 2 < value.length() ? Character.digit(value.charAt(i + 2), 16) : -1;
            if (value.charAt(i) == '%' && high >= 0 && low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(value.charAt(i));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
