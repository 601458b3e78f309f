package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.frontdoor.FrontDoor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The front door as a process, and what it makes of its options. */
@Timeout(60)
class FrontDoorCommandTest {
    private static final String NOWHERE = "http://127.0.0.1:1";

    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();

    private void refuses(String complaint, String... options) {
        List<String> args = new ArrayList<>(List.of("front-door"));
        args.addAll(List.of(options));
        if (args.stream().noneMatch(option -> option.startsWith("--port="))) {
            args.add("--port=0");
        }
        err.getBuffer().setLength(0);
        assertEquals(2, Main.commandLine().setErr(new PrintWriter(err, true)).execute(args.toArray(String[]::new)));
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    @Test
    void refusesBadInputInOneLine() throws Exception {
        refuses("target: ws://a/ws (expected: http://host:port, without a path)", "--target=ws://a/ws");
        refuses("'--port'", "--port=x");
        refuses("threads: 0 (expected: 1 to 64)", "--threads=0");
        refuses("runtimeArn: my-agent (expected: arn:aws:bedrock-agentcore:", "--runtime-arn=my-agent");
        refuses("maxPresign: PT0S (expected: PT1S to PT168H)", "--max-presign=0");
        refuses("maxDuration: PT0.5S (expected: PT1S to PT336H)", "--max-duration=500ms");
        refuses("'soon' is no time (expected: 500ms, 10s, 58m, 2h, or a number of seconds)", "--idle=soon");
        refuses("maxFramesPerSecond: 0 (expected: 1 to 100000)", "--max-frame-rate=0");
        refuses("startLimit: PT0S (expected: PT1S to PT5M)", "--start-limit=0");
        refuses("maxSessions: 0 (expected: 1 to 2147483647)", "--max-sessions=0");
        refuses("maxNewSessionsPerSecond: -1 (expected: 1 to 2147483647)", "--max-new-sessions=-1");
        refuses("allowHeader: Cookie (expected: ", "--allow-header=Cookie");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            refuses("(expected: a free port of this machine)", "--port=" + taken.getLocalPort());
        }
    }

    @Test
    void refusesKeysThatAreNone() throws Exception {
        Path empty = Files.writeString(directory.resolve("credentials"), "[other]\naws_access_key_id = A\n");
        Path pem = Files.writeString(directory.resolve("key.pem"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        Path shortSecret = Files.writeString(directory.resolve("secret"), "short");
        refuses("--credentials: " + directory + " (expected: example, env, or a file that can be read)", "--credentials=" + directory);
        refuses("--credentials: " + empty + " (expected: [default] with aws_access_key_id", "--credentials=" + empty);
        refuses("--jwt-key: " + pem + " (expected: a public RSA key as PEM, or a secret)", "--jwt-key=" + pem);
        refuses("--jwt-key: " + empty.resolve("none") + " (expected: a file that can be read)", "--jwt-key=" + empty.resolve("none"));
        refuses("secret: 5 bytes (expected: 32 at least)", "--jwt-key=" + shortSecret);
        refuses("--issue-token: with a public key (expected: a secret in --jwt-key, or no --jwt-key)", "--jwt-key=" + pem, "--issue-token");
        refuses("issuer: empty (expected: what tokens have as iss)", "--issue-token", "--jwt-issuer=");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> FrontDoorKeys.add("env", Map.of("AWS_ACCESS_KEY_ID", "A"),
                FrontDoor.before(URI.create(NOWHERE)))).getMessage().startsWith("--credentials: env without AWS_SECRET_ACCESS_KEY"));
    }

    @Test
    void readsKeysFromTheEnvironmentAndFromAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("credentials"),
                "[default]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = s\naws_session_token = t\n");
        assertEquals("AKIAI44QH8DHBEXAMPLE", FrontDoorKeys.add(file.toString(), Map.of(), FrontDoor.before(URI.create(NOWHERE))));
        assertEquals("A", FrontDoorKeys.add("env", Map.of("AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "B"),
                FrontDoor.before(URI.create(NOWHERE))));
    }

    @Test
    void letsInTheTokenThatItPrintsAndStopsWhenToldTo() throws Exception {
        Process process = start("--issue-token");
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String door = after("front door listens on ", out).replaceFirst(" before .*", "");
            assertTrue(after("  runtime      ", out).startsWith("arn:aws:bedrock-agentcore:us-west-2:"));
            assertTrue(after("  WebSocket    ", out).matches("ws://127.0.0.1:\\d+/runtimes/arn%3A.*/ws"));
            String invocations = after("  invocations  ", out);
            assertTrue(invocations.startsWith(door));
            after("  lets in      bearer tokens of https://issuer.example", out);
            String token = after("  export BARGEIN_TOKEN=", out);
            assertTrue(after("  java -jar loadtest/target/bargein-loadtest.jar chat ", out).endsWith(" --endpoint " + door + " --auth bearer"));
            assertEquals(424, invoke(invocations, token), "no container is there");
            assertEquals(401, invoke(invocations, token + "x"));
            process.toHandle().destroy(); // SIGTERM; the other destroy would close its output too.
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            assertNull(out.readLine());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void printsHowToCallItWithTheExampleKeyAndTakesTokensByKey() throws Exception {
        Process process = start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            after("  lets in      signatures of AKIAIOSFODNN7EXAMPLE", out);
            after("  export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=", out);
            assertTrue(after("  java -jar loadtest/target/bargein-loadtest.jar chat ", out).endsWith(" --auth sigv4"));
        } finally {
            process.destroyForcibly();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        Path pem = Files.writeString(directory.resolve("key.pem"), "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(generator.generateKeyPair().getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n");
        process = start("--jwt-key=" + pem, "--jwt-issuer=https://other.example");
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String invocations = after("  invocations  ", out);
            after("  lets in      bearer tokens of https://other.example", out);
            assertEquals(401, invoke(invocations, "nonsense"));
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), Main.class.getName(), "front-door", "--port=0", "--target=" + NOWHERE));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static String after(String beginning, BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(beginning)) {
                return line.substring(beginning.length());
            }
        }
        throw new AssertionError("no line begins with: " + beginning);
    }

    private static int invoke(String url, String token) throws Exception {
        HttpResponse<Void> response = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token).POST(BodyPublishers.ofString("{}")).build(), BodyHandlers.discarding());
        return response.statusCode();
    }
}
