package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.RuntimeRequest.Operation;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * Who may come in. A runtime takes signatures or bearer tokens, never both (K17).
 *
 * @param arn the runtime's
 * @param signatures checks signatures; unused where there are tokens
 * @param tokens checks bearer tokens; null where the runtime takes signatures
 */
record Admission(RuntimeArn arn, SigV4Verifier signatures, TokenVerifier tokens) {
    /** The one subprotocol of the platform: what a browser offers, and behind a point the token, in Base64 for URLs (K16). */
    static final String BROWSER_PROTOCOL = "base64UrlBearerAuthorization";

    private static final String BEARER = "Bearer ";
    private static final String MISMATCH = "Authorization method mismatch. The agent is configured for a different authorization method than"
            + " what was used in your request. Check the agent's authorization configuration and ensure your request uses the matching method"
            + " (OAuth or SigV4)";
    private static final String MISSING = "Missing Authentication Token";

    /** Returns the caller's bearer token, or null if the caller has signed. */
    String admit(RuntimeRequest request, Instant now) throws Refusal {
        String authorization = request.http().headers().get(HttpHeaderNames.AUTHORIZATION, "");
        String token = authorization.startsWith(BEARER) ? authorization.substring(BEARER.length()).strip() : browserToken(request);
        boolean inHeader = authorization.startsWith(SigV4Verifier.ALGORITHM);
        boolean inQuery = request.parameter("X-Amz-Algorithm") != null || request.parameter("X-Amz-Signature") != null;
        boolean signed = inHeader || inQuery;
        if (token != null && (signed || tokens == null) || token == null && signed && tokens != null) {
            throw Refusal.forbidden("AccessDeniedException", MISMATCH);
        }
        if (token != null) {
            String complaint = token.isEmpty() ? MISSING : tokens.complaint(token, now);
            if (complaint != null) {
                throw unauthorized(request, "OAuth authorization failed: " + complaint);
            }
        } else if (!signed) {
            throw tokens != null && request.operation() == Operation.INVOCATIONS ? unauthorized(request, MISSING)
                    : Refusal.forbidden("MissingAuthenticationTokenException", MISSING);
        } else if (inHeader) {
            signatures.verifyHeader(request, now);
        } else {
            signatures.verifyQuery(request, now);
        }
        return token;
    }

    /** The token among the subprotocols, or null if there is none. */
    private static String browserToken(RuntimeRequest request) throws Refusal {
        for (String offer : offers(request)) {
            if (request.operation() == Operation.WS && offer.startsWith(BROWSER_PROTOCOL + ".")) {
                try {
                    return new String(Base64.getUrlDecoder().decode(offer.substring(BROWSER_PROTOCOL.length() + 1)), StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    throw unauthorized("the token in Sec-WebSocket-Protocol is no Base64 for URLs: " + e.getMessage());
                }
            }
        }
        return null;
    }

    private static List<String> offers(RuntimeRequest request) {
        return request.http().headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
                .flatMap(line -> List.of(line.split(",")).stream()).map(String::strip).toList();
    }

    private static Refusal unauthorized(String message) {
        return Refusal.unauthorized("OAuth authorization failed: " + message);
    }

    private Refusal unauthorized(RuntimeRequest request, String message) {
        return request.operation() == Operation.WS ? Refusal.unauthorized(message)
                : Refusal.unauthorizedInvocation(message, "https://bedrock-agentcore." + arn.region() + ".amazonaws.com/runtimes/"
                        + URLEncoder.encode(arn.text(), StandardCharsets.UTF_8)
                        + "/invocations/.well-known/oauth-protected-resource?qualifier=DEFAULT");
    }
}
