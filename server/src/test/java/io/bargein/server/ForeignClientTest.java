package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.server.backend.demo.DemoModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A WebSocket client that nobody here wrote: Python's {@code websockets}, as Debian packages it. */
class ForeignClientTest {
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    Path directory;

    @Test
    void isCutInOnByPythonsWebsockets() throws Exception {
        assumeTrue(Files.isExecutable(Path.of(PYTHON)) && run(List.of(PYTHON, "-c", "import websockets")).exitCode == 0,
                "python3-websockets is not installed");
        Path script = directory.resolve("cut_in.py");
        try (var in = ForeignClientTest.class.getResourceAsStream("/cut_in.py")) {
            Files.copy(in, script);
        }
        try (BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(new DemoModel()).start()) {
            Result result = run(List.of(PYTHON, script.toString(), "ws://127.0.0.1:" + server.address().getPort() + "/ws",
                    "日本の歴史を教えて", "sim chunks=3 bytes=20 delay_ms=0", "5"));
            assertEquals(0, result.exitCode, result.output);

            StringBuilder seen = new StringBuilder();
            List<Map<String, String>> messages = result.output.lines().map(ForeignClientTest::parse).toList();
            int at = 0;
            for (; "chunk".equals(messages.get(at).get("type")); at++) {
                seen.append(messages.get(at).get("data"));
            }
            assertEquals(Map.of("type", "interrupted", "partialResponse", seen.toString()), messages.get(at));
            assertTrue(at >= 5 && seen.toString().startsWith("You said: “日本"), seen.toString());
            seen.setLength(0);
            for (at++; "chunk".equals(messages.get(at).get("type")); at++) {
                seen.append(messages.get(at).get("data"));
            }
            assertEquals(Map.of("type", "complete", "fullResponse", seen.toString()), messages.get(at));
            assertEquals(60, seen.length());
            assertEquals(messages.size(), at + 1);
        }
    }

    private record Result(int exitCode, String output) {}

    private static Result run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(40, TimeUnit.SECONDS));
        return new Result(process.exitValue(), output);
    }

    private static Map<String, String> parse(String line) {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_STRING) {
                    fields.put(parser.currentName(), parser.getText());
                }
            }
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
        return fields;
    }
}
