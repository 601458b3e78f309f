package io.bargein.loadtest.frontdoor;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;

/**
 * What a request asks of which runtime.
 *
 * @param http the request
 * @param operation what is asked
 * @param runtime the runtime's ARN, or its id alone, as the path has it
 * @param rawPath the path as it was sent, which is what is signed
 * @param query the parameters, in their order
 */
record RuntimeRequest(FullHttpRequest http, Operation operation, String runtime, String rawPath, Map<String, List<String>> query) {

    /** What can be asked. */
    enum Operation {
        /** An upgrade. */
        WS("/ws", HttpMethod.GET),
        /** One request, one answer. */
        INVOCATIONS("/invocations", HttpMethod.POST);

        private final String path;
        private final HttpMethod method;

        Operation(String path, HttpMethod method) {
            this.path = path;
            this.method = method;
        }

        /** Its path here, behind the runtime's, and at the container. */
        String path() {
            return path;
        }
    }

    static RuntimeRequest of(FullHttpRequest http) throws Refusal {
        if (!http.decoderResult().isSuccess()) {
            throw Refusal.validation("not HTTP: " + http.decoderResult().cause().getMessage());
        }
        try {
            // A plus is a plus, not a space, in what is signed.
            QueryStringDecoder uri = QueryStringDecoder.builder().htmlQueryDecoding(false).build(http.uri());
            for (Operation operation : Operation.values()) {
                String rawPath = uri.rawPath();
                if (rawPath.startsWith("/runtimes/") && rawPath.endsWith(operation.path)) {
                    if (!http.method().equals(operation.method)) {
                        throw Refusal.wrongMethod(http.method() + " " + operation.path + " (expected: " + operation.method + ")");
                    }
                    // A runtime's ARN may come encoded or as it is (K7).
                    String runtime = uri.path().substring("/runtimes/".length(), uri.path().length() - operation.path.length());
                    return new RuntimeRequest(http, operation, runtime, rawPath, uri.parameters());
                }
            }
            throw Refusal.notFound("UnknownOperationException", "unknown path: " + uri.rawPath()
                    + " (expected: /runtimes/{ARN, percent-encoded}/ws or /runtimes/{ARN, percent-encoded}/invocations)");
        } catch (IllegalArgumentException e) {
            throw Refusal.validation("not a URI: " + e.getMessage());
        }
    }

    /** The first value of a parameter, whatever the case of its name; null if it is not there. */
    String parameter(String name) {
        return query.entrySet().stream().filter(e -> e.getKey().equalsIgnoreCase(name)).map(e -> e.getValue().get(0)).findFirst().orElse(null);
    }
}
