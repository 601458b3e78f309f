package io.bargein.loadtest.frontdoor;

import java.time.Instant;

/** Upgrades as the reference client writes them, signed at one fixed time with the documented example key. */
final class Vectors {
    static final Instant SIGNED = Instant.parse("2026-01-15T12:00:00Z");
    static final String KEY = "AKIAIOSFODNN7EXAMPLE";
    static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    static final String TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN/+==";
    static final String SESSION = "11111111-2222-4333-8444-555555555555";
    static final String PATH = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy_agent-AbCdEf1234/ws";
    static final String UPGRADE = """
            Host: bedrock-agentcore.us-west-2.amazonaws.com
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            """;
    static final String V1_SIGNATURE = "aebc372b31485ae72a200409e35f7f5c8ce099e8a9b68b5be9d3b3fea050927d";
    static final String V1 = header("", "host;x-amz-date", V1_SIGNATURE, "");
    static final String V1_ONCE_ENCODED = header("", "host;x-amz-date", "87efc79eb904b7ad23a1ac223a39bd946329b801ce2731bac4a1428578c126cb", "");
    static final String V2 = header("?qualifier=DEFAULT", "host;x-amz-date;x-amz-security-token",
            "b321da007c22390b8654a5c02d6f0b3b053b80d77cc56c8a4be88d03e3a52077", "X-Amz-Security-Token: " + TOKEN + "\n");
    static final String V3 = "GET " + PATH + "?X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=" + SESSION
            + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Fus-west-2%2Fbedrock-agentcore%2Faws4_request"
            + "&X-Amz-Date=20260115T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=84c9badbfb9071bcf2e977bec4a27cd088e3485b51c921bfb3899dc709a7dff0 HTTP/1.1\n" + UPGRADE;
    static final String V4 = "GET " + PATH + "?qualifier=DEFAULT&X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang=en%20US%2F%C3%A9%2B1"
            + "&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=" + SESSION
            + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Fus-west-2%2Fbedrock-agentcore%2Faws4_request"
            + "&X-Amz-Date=20260115T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
            + "&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLETOKEN%2F%2B%3D%3D"
            + "&X-Amz-Signature=64dd3f6ab0dc404435ba76e32635c4ff027e2a9551952bb995e5c8111f1bf763 HTTP/1.1\n" + UPGRADE;
    static final String T1 = header("", "host;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-agentcore-runtime-session-id",
            "7eefd40017bbab678ccb0751af062a3d46555a542775c44ed6c870de7e25f452",
            "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
    static final String T2 = header("", "host;x-amz-date;x-amzn-bedrock-agentcore-runtime-session-id",
            "914b78a4c94e3f9dfee14461dcec6de048eb72fca13e763ea9c573df6b4ff25c", "");

    private Vectors() {}

    private static String header(String query, String signedHeaders, String signature, String more) {
        return "GET " + PATH + query + " HTTP/1.1\n" + UPGRADE + "X-Amz-Date: 20260115T120000Z\n"
                + "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260115/us-west-2/bedrock-agentcore/aws4_request, SignedHeaders="
                + signedHeaders + ", Signature=" + signature + "\n" + more
                + "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: " + SESSION + "\nUser-Agent: AgentCoreRuntimeClient/1.0\n";
    }
}
