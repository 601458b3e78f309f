package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.RequestContext;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestContextsTest {
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** C36, C37, C38, C41, C43: header lines, a component, its value. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s-1 | sessionId | s-1",
        "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id: a; x-amzn-requestid: b | requestId | a",
        "x-amzn-requestid: b; X-Amzn-Bedrock-AgentCore-Runtime-Request-Id: a | requestId | a",
        "x-amzn-requestid: b | requestId | b",
        "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id: \u0001; x-amzn-requestid: b | requestId | b",
        "X-Amz-Bedrock-AgentCore-Identity-WAT: t; WorkloadAccessToken: u | workloadAccessToken | t",
        "WorkloadAccessToken: u; X-Amz-Bedrock-AgentCore-Identity-WAT: t | workloadAccessToken | t",
        "workloadaccesstoken: u | workloadAccessToken | u",
        "X-Amz-Bedrock-AgentCore-Identity-WAT: é; WorkloadAccessToken: u | workloadAccessToken | u",
        "OAuth2CallbackUrl: https://x/y?z | oauth2CallbackUrl | https://x/y?z",
        "X-Amzn-Bedrock-AgentCore-Runtime-User-Id: jane | userId | jane",
        "X-Amzn-Bedrock-AgentCore-Runtime-User-Id: é | userId | ",
        "x-amzn-trace-id: Root=1-a+Parent=b+Sampled=1 | traceId | Root=1-a+Parent=b+Sampled=1",
        "Host: x | userId |", "Host: x | traceId |", "Host: x | workloadAccessToken |", "Host: x | oauth2CallbackUrl |"})
    void readsEachPartOfTheContext(String lines, String component, String expected) throws ReflectiveOperationException {
        RequestContext context = read(lines.split("; "));
        assertEquals(expected, RequestContext.class.getMethod(component).invoke(context));
    }

    @Test
    void makesIdsWhereNoneAreGivenAndEachIsNew() {
        RequestContext first = read();
        RequestContext second = read();
        for (String id : new String[] {first.sessionId(), first.requestId(), second.sessionId(), second.requestId()}) {
            assertTrue(id.matches(UUID), id);
        }
        assertNotEquals(first.sessionId(), second.sessionId());
        assertNotEquals(first.requestId(), second.requestId());
        assertNotEquals(first.sessionId(), first.requestId());
        assertEquals(RequestContext.Kind.INVOCATION, first.kind());
    }

    @Test
    void takesNoValuePastItsLimit() {
        assertEquals("x".repeat(256), read("x-amzn-requestid: " + "x".repeat(256)).requestId());
        assertTrue(read("x-amzn-requestid: " + "x".repeat(257)).requestId().matches(UUID));
        assertEquals("x".repeat(1_024), read("X-Amzn-Bedrock-AgentCore-Runtime-User-Id: " + "x".repeat(1_024)).userId());
        assertNull(read("X-Amzn-Bedrock-AgentCore-Runtime-User-Id: " + "x".repeat(1_025)).userId());
        assertEquals("x".repeat(4_096), read("my-header: " + "x".repeat(4_096)).headers().get("my-header"));
        assertEquals(Map.of(), read("my-header: " + "x".repeat(4_097)).headers());
    }

    /** C47: the platform's list, name by name, in lower case. */
    static List<String> restricted() throws IOException {
        return Files.readAllLines(Path.of("src/test/resources/restricted-headers.txt"));
    }

    @Test
    void restrictsNoOtherHeaders() throws IOException {
        assertEquals(restricted(), ForwardedHeaders.RESTRICTED.stream().map(name -> name.toLowerCase(Locale.ROOT)).sorted().toList());
    }

    @ParameterizedTest
    @MethodSource("restricted")
    void forwardsNoRestrictedHeader(String name) {
        assertFalse(ForwardedHeaders.mayPass(name), name);
        assertFalse(ForwardedHeaders.mayPass(name.toUpperCase(Locale.ROOT)), name);
        if (!name.startsWith(":")) {
            assertEquals(Map.of(), read(name.toLowerCase(Locale.ROOT) + ": x").headers());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-amz-date", "X-Amz-Security-Token", "x-amzn-requestid", "x-amzn-trace-id",
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", "X-Amzn-Bedrock-AgentCore-Runtime-User-Id",
        "X-Amzn-Bedrock-AgentCore-Runtime-Custom", "x-amzn-other-Custom-a"})
    void forwardsNoHeaderOfThePlatformItself(String name) {
        assertEquals(Map.of(), read(name + ": x").headers());
    }

    @ParameterizedTest
    @CsvSource({"X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant,x-amzn-bedrock-agentcore-runtime-custom-tenant",
        "X-Amz-Bedrock-AgentCore-Identity-WAT,x-amz-bedrock-agentcore-identity-wat", "traceparent,traceparent", "Baggage,baggage",
        "WorkloadAccessToken,workloadaccesstoken", "OAuth2CallbackUrl,oauth2callbackurl", "X-My-Header,x-my-header",
        "authorization,Authorization", "AUTHORIZATION,Authorization", "X-Amz,x-amz", "X-Amzn,x-amzn"})
    void forwardsTheOthersUnderTheirUsualNames(String name, String expected) {
        RequestContext context = read(name + ": a=b");
        assertEquals(Map.of(expected, "a=b"), Map.copyOf(context.headers()));
        assertEquals("a=b", context.headers().get(name.toUpperCase(Locale.ROOT)));
    }

    @Test
    void joinsLinesOfOneName() {
        assertEquals("a, b, c", read("X-My: a", "x-my: b", "X-MY: c").headers().get("x-my"));
        assertEquals("x".repeat(4_000), read("X-My: " + "x".repeat(4_000), "X-My: " + "y".repeat(100)).headers().get("x-my"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "session.id=s-1,Self=1-2 | {Self=1-2, session.id=s-1}",
        "a=1;p=2;q , b = 2 | {a=1, b=2}",
        "a=caf%C3%A9%20%2B+ | {a=café ++}",
        "a=50%,b=%zz%4 | {a=50%, b=%zz%4}",
        "a=b=c | {a=b=c}",
        "a=%2C%3B | {a=,;}",
        "a=1,a=2 | {a=2}",
        ",,=x,novalue;p=1 | {}",
        "a=\u0001,b=2 | {b=2}"})
    void readsBaggage(String header, String expected) {
        assertEquals(expected, new TreeMap<>(read("baggage: " + header).baggage()).toString());
    }

    @Test
    void mergesSeveralLinesOfBaggage() {
        assertEquals(Map.of("a", "1", "b", "2", "aws.agentcore.configbundle_arn", "arn:x"),
                read("baggage: a=1", "Baggage: b=2,aws.agentcore.configbundle_arn=arn%3Ax").baggage());
    }

    @Test
    void showsNoValueButTheIds() {
        String shown = read("x-amzn-requestid: r", "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s", "WorkloadAccessToken: s3cret",
                "Authorization: s3cret", "X-Amzn-Bedrock-AgentCore-Runtime-User-Id: s3cret", "baggage: k=s3cret",
                "OAuth2CallbackUrl: s3cret", "x-amzn-trace-id: s3cret").toString();
        assertEquals("RequestContext[INVOCATION, session s, request r]", shown);
    }

    @Test
    void cannotBeChanged() {
        RequestContext context = read("X-My: a", "baggage: k=v");
        assertThrows(UnsupportedOperationException.class, () -> context.headers().put("x", "y"));
        assertThrows(UnsupportedOperationException.class, () -> context.baggage().put("x", "y"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\tb", "é", "\u007f"})
    void knowsAProperSessionId(String bad) {
        assertFalse(RequestContexts.sessionIdIsValid(headers(UpgradeHandler.SESSION_ID + ": " + bad)), bad);
        assertFalse(RequestContexts.sessionIdIsValid(headers(UpgradeHandler.SESSION_ID + ": a", UpgradeHandler.SESSION_ID + ": a")));
        assertFalse(RequestContexts.sessionIdIsValid(headers(UpgradeHandler.SESSION_ID + ": " + "x".repeat(257))));
        assertTrue(RequestContexts.sessionIdIsValid(headers(UpgradeHandler.SESSION_ID + ": " + "~".repeat(256))));
        assertTrue(RequestContexts.sessionIdIsValid(headers()));
    }

    private static RequestContext read(String... lines) {
        return RequestContexts.read(RequestContext.Kind.INVOCATION, headers(lines));
    }

    private static HttpHeaders headers(String... lines) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        for (String line : lines) {
            String[] parts = line.split(": ", 2);
            headers.add(parts[0], parts.length < 2 ? "" : parts[1]);
        }
        return headers;
    }
}
