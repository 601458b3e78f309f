package io.bargein.server.transport;

import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Which of a request's headers are meant for the agent (contract C40, C46, C47): those that the platform would let pass. */
final class ForwardedHeaders {

    static final String WORKLOAD_ACCESS_TOKEN = "X-Amz-Bedrock-AgentCore-Identity-WAT";

    private static final String CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-";

    /** C47's list: what belongs to the connection, the proxies and the browser. */
    static final Set<String> RESTRICTED = inAnyCase("""
            Proxy-Authorization WWW-Authenticate
            Accept Accept-Charset Accept-Encoding Accept-Language Content-Type Content-Length Content-Encoding Content-Language
            Content-Location Content-Range
            Cache-Control ETag Expires If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Last-Modified Pragma Vary
            Connection Keep-Alive Proxy-Connection Upgrade
            Host User-Agent Referer From
            Range Accept-Ranges Transfer-Encoding TE Trailer
            Server Date Location Retry-After
            Set-Cookie Cookie
            Content-Security-Policy Content-Security-Policy-Report-Only Strict-Transport-Security X-Content-Type-Options
            X-Frame-Options X-XSS-Protection Referrer-Policy Permissions-Policy Cross-Origin-Embedder-Policy
            Cross-Origin-Opener-Policy Cross-Origin-Resource-Policy
            Access-Control-Allow-Origin Access-Control-Allow-Methods Access-Control-Allow-Headers Access-Control-Allow-Credentials
            Access-Control-Expose-Headers Access-Control-Max-Age Access-Control-Request-Method Access-Control-Request-Headers Origin
            Accept-CH Accept-CH-Lifetime DPR Width Viewport-Width Downlink ECT RTT Save-Data
            Clear-Site-Data Feature-Policy Expect-CT Public-Key-Pins Public-Key-Pins-Report-Only
            Via Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Real-IP X-Requested-With X-CSRF-Token
            True-Client-IP X-Client-IP X-Cluster-Client-IP X-Originating-IP X-Source-IP X-Original-URL X-Original-Host X-Rewrite-URL
            CF-Ray CF-Connecting-IP X-Amz-Cf-Id X-Cache X-Served-By
            :method :path :scheme :authority :status
            Link
            Sec-WebSocket-Key Sec-WebSocket-Accept Sec-WebSocket-Version Sec-WebSocket-Protocol Sec-WebSocket-Extensions""");

    private ForwardedHeaders() {}

    static boolean mayPass(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("x-amz-")) {
            return lower.equalsIgnoreCase(WORKLOAD_ACCESS_TOKEN);
        }
        if (lower.startsWith("x-amzn-")) {
            return lower.startsWith(CUSTOM_PREFIX);
        }
        return !RESTRICTED.contains(name);
    }

    /** In lower case; but {@code Authorization} is called what everyone calls it. */
    static String canonical(String name) {
        return name.equalsIgnoreCase("Authorization") ? "Authorization" : name.toLowerCase(Locale.ROOT);
    }

    private static Set<String> inAnyCase(String names) {
        Set<String> all = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        all.addAll(Arrays.asList(names.split("\\s+")));
        return Collections.unmodifiableSet(all);
    }
}
