package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeEndpointTest {
    private static final String ARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234";
    private static final String PATH = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy_agent-AbCdEf1234/ws";

    @Test
    void makesTheUrlOfAnArnWithNoCharacterLeftUnescaped() {
        assertEquals("wss://bedrock-agentcore.us-west-2.amazonaws.com" + PATH, RuntimeEndpoint.ofArn(ARN).uri().toString());
        assertEquals("us-west-2", RuntimeEndpoint.ofArn(ARN).region());
        assertEquals("wss://bedrock-agentcore.us-west-2.amazonaws.com" + PATH + "?qualifier=a%20b%2F%2A~",
                RuntimeEndpoint.ofArn(ARN).withQualifier("a b/*~").uri().toString());
        assertEquals("us-gov-west-1", RuntimeEndpoint.ofArn("arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:123:runtime/a").region());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "arn", "arn:aws:bedrock-agentcore:us-west-2:123",
        "arn:aws-iso:bedrock-agentcore:us-west-2:123:runtime/a",
        "arn:aws:bedrock:us-west-2:123:runtime/a",
        "arn:aws:bedrock-agentcore:us-west-2:123:memory/a",
        "arm:aws:bedrock-agentcore:us-west-2:123:runtime/a",
        "arn:aws:bedrock-agentcore:us-west-2:123:runtime/a b",
        "arn:aws:bedrock-agentcore:us-west-2:123:runtime/a\r\nHost: evil",
    })
    void refusesWhatIsNoRuntimesArn(String arn) {
        assertRefused("Invalid runtime ARN format: " + arn + " (expected: arn:aws:bedrock-agentcore:REGION:", () -> RuntimeEndpoint.ofArn(arn));
    }

    @ParameterizedTest
    @CsvSource({
        "arn:aws:bedrock-agentcore::123:runtime/a, ARN components cannot be empty",
        "arn:aws:bedrock-agentcore:us-west-2::runtime/a, ARN components cannot be empty",
        "arn:aws:bedrock-agentcore:us-west-2:123:runtime/, ARN components cannot be empty",
        "arn:aws:bedrock-agentcore:us-west:123:runtime/a, region: us-west (expected",
        "arn:aws:bedrock-agentcore:evil.com/#-1:123:runtime/a, region: evil.com/#-1 (expected",
        "arn:aws:bedrock-agentcore:us-west-2:abc:runtime/a, account: abc (expected",
    })
    void refusesAnArnWhosePartsAreNone(String arn, String complaint) {
        assertRefused(complaint, () -> RuntimeEndpoint.ofArn(arn));
    }

    @ParameterizedTest
    @CsvSource({
        "https://bedrock-agentcore.us-west-2.amazonaws.com, wss://bedrock-agentcore.us-west-2.amazonaws.com",
        "wss://vpce-1.bedrock-agentcore.us-west-2.vpce.amazonaws.com/, wss://vpce-1.bedrock-agentcore.us-west-2.vpce.amazonaws.com",
        "https://x.amazonaws.com.cn, wss://x.amazonaws.com.cn",
        "HTTPS://X.API.AWS:8443, wss://x.api.aws:8443",
        "http://127.0.0.1:8081, ws://127.0.0.1:8081",
        "ws://localhost:8081, ws://localhost:8081",
        "wss://127.0.0.2:8081, wss://127.0.0.2:8081",
        "http://[::1]:8081, ws://[::1]:8081",
    })
    void goesByAnotherHostOfAwsOrOfThisMachine(String override, String base) {
        assertEquals(base + PATH + "?qualifier=DEFAULT",
                RuntimeEndpoint.ofArn(ARN).withQualifier("DEFAULT").withEndpoint(URI.create(override)).uri().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "https://example.com", "https://amazonaws.com.evil.com", "https://evilamazonaws.com", "https://evil.com/.amazonaws.com",
        "https://evil.com#.amazonaws.com", "https://user@x.amazonaws.com", "https://x.amazonaws.com?a=b", "http://x.amazonaws.com",
        "ws://x.api.aws", "https://.amazonaws.com", "http://127.0.0.1.evil.com", "http://127.0.0.256", "http://10.0.0.1:80", "ftp://127.0.0.1",
        "127.0.0.1:8081", "mailto:x", "http://localhost.evil.com", "https://x.amazonaws.com/path",
    })
    void sendsNoSignatureToAnyOtherHost(String override) {
        RuntimeEndpoint endpoint = RuntimeEndpoint.ofArn(ARN);
        assertRefused("(expected: https://HOST, which ends in .amazonaws.com, .amazonaws.com.cn or .api.aws, or a loopback address",
                () -> endpoint.withEndpoint(asUri(override)));
    }

    @Test
    void takesAUrlAsItIs() {
        assertEquals("ws://10.0.0.1:8080/a%2Fb?x=%41", RuntimeEndpoint.ofUrl(URI.create("ws://10.0.0.1:8080/a%2Fb?x=%41")).uri().toString());
        assertRefused("url: http://127.0.0.1/ws (expected: ws://host:port/ws",
                () -> RuntimeEndpoint.ofUrl(URI.create("http://127.0.0.1/ws")));
        assertRefused("(expected: no user and no fragment)", () -> RuntimeEndpoint.ofUrl(URI.create("ws://me:secret@127.0.0.1/ws")));
        RuntimeEndpoint url = RuntimeEndpoint.ofUrl(URI.create("ws://127.0.0.1/ws"));
        assertThrows(IllegalStateException.class, () -> url.withQualifier("DEFAULT"));
        assertThrows(IllegalStateException.class, () -> url.withEndpoint(URI.create("http://127.0.0.1")));
    }

    private static URI asUri(String text) {
        return text.startsWith("127") ? URI.create("//" + text) : URI.create(text);
    }

    private static void assertRefused(String complaint, org.junit.jupiter.api.function.Executable bad) {
        String message = assertThrows(IllegalArgumentException.class, bad).getMessage();
        assertTrue(message.contains(complaint), message);
    }
}
