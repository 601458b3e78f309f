package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By what {@code connect} prints: it has the options of all tools that connect. */
class ConnectionOptionsTest {
    private static final String ARN = "--runtime-arn=arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234";
    private static final String URL = "wss://bedrock-agentcore.us-west-2.amazonaws.com/runtimes/"
            + "arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy_agent-AbCdEf1234/ws";
    private static final String SESSION = "11111111-2222-4333-8444-555555555555";

    @TempDir
    Path directory;

    @Test
    void printsUrlAndHeadersForOtherClients() throws IOException {
        assertEquals(URL + "?qualifier=DEFAULT\nAuthorization: Bearer a.b.c\nX-Amzn-Bedrock-AgentCore-Runtime-Session-Id: " + SESSION
                + "\nUser-Agent: OAuth-WebSocket-Client/1.0\nX-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang: de=1\n",
                prints(ARN, "--auth=bearer", "--token-file=" + token(), "--qualifier=DEFAULT", "--session-id=" + SESSION,
                        "--header=X-Amzn-Bedrock-AgentCore-Runtime-Custom-Lang=de=1"));
        assertEquals(URL + "?X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=" + SESSION
                + "\nSec-WebSocket-Protocol: base64UrlBearerAuthorization.YS5iLmM, base64UrlBearerAuthorization\n",
                prints(ARN, "--auth=browser", "--token-file=" + token(), "--session-id=" + SESSION));
        assertEquals("ws://127.0.0.1:8080/ws\n", prints("--url=ws://127.0.0.1:8080/ws"));
    }

    @Test
    void printsTheSameAsJson() throws IOException {
        Map<String, Object> printed = Json.object(Json.read(prints(ARN, "--auth=browser", "--token-file=" + token(), "--json",
                "--endpoint=http://127.0.0.1:8081", "--session-id=" + SESSION)));
        assertEquals(URL.replace("wss://bedrock-agentcore.us-west-2.amazonaws.com", "ws://127.0.0.1:8081")
                + "?X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=" + SESSION, printed.get("url"));
        assertEquals(Map.of(), printed.get("headers"));
        assertEquals(List.of("base64UrlBearerAuthorization.YS5iLmM", "base64UrlBearerAuthorization"), printed.get("subprotocols"));
    }

    @Test
    void signsWithTheCredentialsThatTheSdkFinds() {
        String id = System.setProperty("aws.accessKeyId", "AKIAIOSFODNN7EXAMPLE");
        String secret = System.setProperty("aws.secretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        try {
            String signed = prints(ARN, "--session-id=" + SESSION);
            assertTrue(signed.startsWith(URL + "\nHost: bedrock-agentcore.us-west-2.amazonaws.com\nX-Amz-Date: 20"), signed);
            assertTrue(signed.contains("\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20"), signed);
            String presigned = prints(ARN, "--auth=presigned", "--expires=60s", "--session-id=" + SESSION);
            assertTrue(presigned.startsWith(URL + "?X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=" + SESSION + "&X-Amz-Algorithm="), presigned);
            assertTrue(presigned.contains("&X-Amz-Expires=60&"), presigned);
            assertEquals(1, presigned.lines().count());
        } finally {
            restore("aws.accessKeyId", id);
            restore("aws.secretAccessKey", secret);
        }
    }

    @Test
    void refusesWhatDoesNotGoTogetherBeforeAnythingIsSent() throws IOException {
        assertRefused("--url, --runtime-arn: neither (expected: one of them)");
        assertRefused("--url, --runtime-arn: both (expected: one of them)", ARN, "--url=ws://127.0.0.1/ws");
        assertRefused("--runtime-arn: Invalid runtime ARN format: x (expected", "--runtime-arn=x");
        assertRefused("--endpoint: https://example.com (expected: https://HOST", ARN, "--endpoint=https://example.com");
        assertRefused("--qualifier: with --url (expected: with --runtime-arn)", "--url=ws://127.0.0.1/ws", "--qualifier=x");
        for (String auth : List.of("--auth=sigv4", "--auth=bearer", "--auth=none")) {
            assertRefused("--expires: without --auth presigned (expected: with it)", ARN, auth, "--expires=60s");
        }
        for (String auth : List.of("--auth=sigv4", "--auth=presigned", "--auth=none")) {
            assertRefused("--token-file: without --auth bearer or browser (expected: with one of them)", ARN, auth, "--token-file=" + token());
            assertRefused("--token-env: without --auth bearer or browser (expected: with one of them)", ARN, auth, "--token-env=BARGEIN_TOKEN");
        }
        assertRefused("--expires: without", ARN, "--expires=60s");
        assertRefused("--token-file: without", "--url=ws://127.0.0.1/ws", "--token-file=" + token());
        assertRefused("--expires: PT0S (expected: 1 s to 300 s)", ARN, "--auth=presigned", "--expires=0s");
        assertRefused("Expiry timeout cannot exceed 300 seconds, got 301", ARN, "--auth=presigned", "--expires=301s");
        assertRefused("--auth: a signature for ws://127.0.0.1/ws (expected: a runtime ARN", "--url=ws://127.0.0.1/ws", "--auth=sigv4");
        assertRefused("--token-env: NO_SUCH_VARIABLE is not set", ARN, "--auth=bearer", "--token-env=NO_SUCH_VARIABLE");
        assertRefused("--token-file: " + directory.resolve("none") + " (expected: a file", ARN, "--auth=bearer",
                "--token-file=" + directory.resolve("none"));
        assertRefused("Bearer token cannot be empty", ARN, "--auth=bearer", "--token-file=" + Files.writeString(directory.resolve("e"), "\n"));
        assertRefused("--header: Host (expected: none that the handshake", "--url=ws://127.0.0.1/ws", "--header=Host=x");
        assertRefused("--session-id: short (expected: 33 to 256", ARN, "--auth=none", "--session-id=short");
        assertRefused("'--auth'", ARN, "--auth=magic");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://example.com", "https://a b"})
    void namesTheVariableThatIsNoEndpoint(String endpoint) throws Exception {
        ProcessBuilder tool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "io.bargein.loadtest.Main", "connect", ARN, "--auth=none").redirectErrorStream(true);
        tool.environment().put("BEDROCK_AGENTCORE_DP_ENDPOINT", endpoint);
        Path said = directory.resolve("said");
        Process process = tool.redirectOutput(said.toFile()).start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(2, process.exitValue(), Files.readString(said));
        } finally {
            process.destroyForcibly();
        }
        assertTrue(Files.readString(said).contains("bargein-loadtest: BEDROCK_AGENTCORE_DP_ENDPOINT: "), Files.readString(said));
        assertTrue(Files.readString(said).contains(endpoint), Files.readString(said));
    }

    @Test
    void takesNoSecretAsAnOption() {
        for (String command : List.of("chat", "connect", "run")) {
            StringWriter help = new StringWriter();
            Main.commandLine().setOut(new PrintWriter(help, true)).execute(command, "--help");
            assertTrue(help.toString().contains("--token-file") && help.toString().contains("--token-env"), help.toString());
            assertFalse(help.toString().contains("--token=") || help.toString().contains("secret-"), help.toString());
        }
    }

    private Path token() throws IOException {
        return Files.writeString(directory.resolve("token"), "a.b.c\n");
    }

    private static void restore(String name, String value) {
        if (value == null) {
            System.clearProperty(name);
        } else {
            System.setProperty(name, value);
        }
    }

    private static String prints(String... options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(0, execute(out, err, options), err.toString());
        return out.toString();
    }

    private static void assertRefused(String complaint, String... options) {
        StringWriter err = new StringWriter();
        StringWriter out = new StringWriter();
        assertEquals(2, execute(out, err, options));
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertEquals("", out.toString());
    }

    private static int execute(StringWriter out, StringWriter err, String... options) {
        List<String> args = new ArrayList<>(List.of("connect"));
        args.addAll(List.of(options));
        return Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args.toArray(new String[0]));
    }
}
