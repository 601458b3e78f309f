package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the log of the real process says of turns and connections, and what it keeps to itself. */
class LogTest {
    private static final String SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: logged\r\n";

    private static BedrockStandIn standIn;

    @BeforeAll
    static void startStandIn() throws IOException {
        standIn = BedrockStandIn.builder().start();
    }

    @AfterAll
    static void stopStandIn() {
        standIn.close();
    }

    @Test
    void saysOfEachTurnAndConnectionHowItEnded() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("One, ", "two.").build(),
                Reply.builder().deltas("début").end(Reply.End.STALL).build(),
                Reply.error(403, "AccessDeniedException", "not yours"),
                Reply.builder().deltas("gone").end(Reply.End.STALL).build()));
        try (ServerProcess server = server()) {
            try (RawPeer peer = RawPeer.upgraded(server.address(), 0, SESSION)) {
                ask(peer, "1", "complete");
                peer.prompt("2");
                peer.readMessage();
                ask(peer, "3", "error");
                peer.prompt("4");
                peer.readMessage();
            }
            server.awaitLine(line -> line.contains("connection ended"));
            server.awaitLine(line -> line.contains("\"outcome\":\"disconnected\""));
            server.signal("TERM");
            assertEquals(0, server.awaitExit());

            Map<String, Object> complete = turn(server, 1);
            assertEquals(List.of("timestamp", "level", "message", "logger", "sessionId", "requestId", "turn", "outcome", "durationMs",
                    "firstDeltaMs", "chunks", "bytes", "stopReason", "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
                    List.copyOf(complete.keySet()));
            assertEquals("logged", complete.get("sessionId"));
            assertEquals("complete", complete.get("outcome"));
            assertEquals(9.0, complete.get("bytes"));
            assertEquals("end_turn", complete.get("stopReason"));
            assertTrue((double) complete.get("outputTokens") > 0, complete::toString);

            Map<String, Object> interrupted = turn(server, 2);
            assertEquals("interrupted", interrupted.get("outcome"));
            assertEquals(6.0, interrupted.get("bytes"));
            assertTrue(interrupted.keySet().containsAll(List.of("interruptMs", "upstreamAbortMs", "firstDeltaMs")), interrupted::toString);

            Map<String, Object> failed = turn(server, 3);
            assertEquals("WARN", failed.get("level"));
            assertEquals("error", failed.get("outcome"));
            assertEquals("model: access denied (expected: valid credentials that allow the model; the log says why)", failed.get("error"));
            assertTrue(String.valueOf(failed.get("cause")).contains("not yours"), failed::toString);

            assertEquals("disconnected", turn(server, 4).get("outcome"));
            Map<String, Object> connection = line(server, "\"connection ended\"");
            assertEquals(1006.0, connection.get("code"));
            assertEquals("nobody", connection.get("closedBy"));
            assertEquals(4.0, connection.get("turns"));
            assertEquals(19.0, connection.get("bytes"));
        }
    }

    @Test
    void saysOfEachInvocationsTurnHowItEnded() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("One, ", "two.").build(), Reply.error(403, "AccessDeniedException", "not yours"),
                Reply.builder().deltas("début").end(Reply.End.STALL).build(), Reply.builder().deltas("gone").end(Reply.End.STALL).build()));
        try (ServerProcess server = server(); RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(post("x-amzn-requestid: r-1\r\n"));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
            Map<String, Object> complete = line(server, "\"requestId\":\"r-1\"");
            assertEquals(List.of("timestamp", "level", "message", "logger", "sessionId", "requestId", "turn", "outcome", "durationMs",
                    "firstDeltaMs", "chunks", "bytes", "stopReason", "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
                    List.copyOf(complete.keySet()));
            assertEquals("turn ended", complete.get("message"));
            assertEquals("logged", complete.get("sessionId"));
            assertEquals("complete", complete.get("outcome"));
            assertEquals(1.0, complete.get("turn"));
            assertEquals(1.0, complete.get("chunks"), "a JSON answer is one piece");
            assertEquals(9.0, complete.get("bytes"));
            assertTrue((double) complete.get("firstDeltaMs") > 0 && (double) complete.get("durationMs") >= (double) complete.get("firstDeltaMs"),
                    complete::toString);

            peer.send(post("X-Amzn-Bedrock-AgentCore-Runtime-Request-Id: r-2\r\nx-amzn-requestid: other\r\n"));
            assertTrue(peer.readResponse().startsWith("HTTP/1.1 500 "));
            Map<String, Object> failed = line(server, "\"requestId\":\"r-2\"");
            assertEquals("WARN", failed.get("level"));
            assertEquals("error", failed.get("outcome"));
            assertEquals(0.0, failed.get("chunks"));

            peer.send(post("x-amzn-requestid: r-3\r\nAccept: text/event-stream\r\n"));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            peer.readChunk();
            try (RawPeer ws = RawPeer.upgraded(server.address(), 0, SESSION)) {
                ws.prompt("4");
                ws.readMessage();
                Map<String, Object> interrupted = line(server, "\"requestId\":\"r-3\"");
                assertEquals("interrupted", interrupted.get("outcome"));
                assertEquals(1.0, interrupted.get("chunks"));
                assertEquals(6.0, interrupted.get("bytes"));
                assertTrue(interrupted.keySet().containsAll(List.of("interruptMs", "upstreamAbortMs", "firstDeltaMs")), interrupted::toString);
            }
            server.signal("TERM");
            assertEquals(0, server.awaitExit());
            for (String id : List.of("r-1", "r-2", "r-3")) {
                assertEquals(1, server.output().stream().filter(line -> line.contains("\"requestId\":\"" + id + "\"")).count(), id);
            }
        }
    }

    @Test
    void isDocumentedFieldByField() throws Exception {
        String documented = Files.readString(Path.of("..", "docs", "operations.md"));
        standIn.script(Script.of(Reply.text("Yes."), Reply.builder().deltas("begun").end(Reply.End.STALL).build(),
                Reply.error(403, "AccessDeniedException", "no")));
        try (ServerProcess server = server("--log-content")) {
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                ask(peer, "1", "complete");
                peer.prompt("2");
                peer.readMessage();
                ask(peer, "3", "error");
            }
            server.awaitLine(line -> line.contains("connection ended"));
            server.awaitLine(line -> line.contains("upstreamAbortMs"));
            for (String line : server.output()) {
                for (String field : parse(line).keySet()) {
                    assertTrue(documented.contains("| `" + field + "` |"), field);
                }
            }
        }
    }

    @Test
    void saysWhoClosedAConnectionAndWhy() throws Exception {
        try (ServerProcess server = server()) {
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                peer.send(RawPeer.closeFrame(1000));
                peer.readClose();
            }
            Map<String, Object> byClient = parse(server.awaitLine(line -> line.contains("connection ended")));
            assertEquals("client", byClient.get("closedBy"));
            assertEquals(1000.0, byClient.get("code"));
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                peer.send(new byte[] {(byte) 0x81, 0x00});
                peer.readClose();
            }
            Map<String, Object> byServer = parse(server.awaitLine(line -> line.contains("\"code\":1002")));
            assertEquals("server", byServer.get("closedBy"));
            assertFalse(String.valueOf(byServer.get("reason")).isEmpty());
        }
    }

    /** Neither what was said nor a credential, however much is logged of the server itself. */
    @ParameterizedTest
    @ValueSource(strings = {"info", "trace"})
    void keepsPromptsAnswersAndCredentialsToItself(String level) throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("wombat ", "answer").build(), Reply.error(400, "ValidationException", "no")));
        try (ServerProcess server = server("--log-level=" + level)) {
            try (RawPeer peer = RawPeer.upgraded(server.address(), 0, SESSION)) {
                ask(peer, "platypus question", "complete");
                ask(peer, "platypus again", "error");
                peer.sendText("{\"inputText\":\"\",\"platypus\":1}");
                peer.readMessage();
            }
            server.awaitLine(line -> line.contains("connection ended"));
            server.signal("TERM");
            server.awaitExit();
            for (String line : server.output()) {
                assertFalse(line.contains("platypus") || line.contains("wombat") || line.contains("made-up"), line);
                parse(line);
            }
            assertEquals(level.equals("trace"), server.output().stream().anyMatch(line -> line.contains("\"TRACE\"")));
        }
    }

    @Test
    void holdsPromptsAndAnswersIfAskedByName() throws Exception {
        standIn.script(Script.of(Reply.text("wombat")));
        try (ServerProcess server = server("--log-content")) {
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                ask(peer, "platypus", "complete");
            }
            Map<String, Object> turn = parse(server.awaitLine(line -> line.contains("turn ended")));
            assertEquals("platypus", turn.get("prompt"));
            assertEquals("wombat", turn.get("answer"));
        }
    }

    private static ServerProcess server(String... args) throws Exception {
        return ServerProcess.server(Map.of("AWS_ACCESS_KEY_ID", "made-up-id", "AWS_SECRET_ACCESS_KEY", "made-up-secret", "AWS_REGION",
                "us-east-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", standIn.uri().toString()), args);
    }

    private static String post(String moreHeaders) {
        String body = "{\"prompt\":\"one\"}";
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + SESSION + moreHeaders + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static void ask(RawPeer peer, String prompt, String terminal) throws IOException {
        peer.prompt(prompt);
        String message = peer.readMessage();
        while (!message.contains(terminal)) {
            message = peer.readMessage();
        }
    }

    private static Map<String, Object> turn(ServerProcess server, int number) throws InterruptedException {
        return line(server, "\"turn\":" + number + ",");
    }

    private static Map<String, Object> line(ServerProcess server, String part) throws InterruptedException {
        return parse(server.awaitLine(line -> line.contains(part)));
    }

    /** The fields in order; numbers as doubles. */
    private static Map<String, Object> parse(String line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            assertEquals(JsonToken.START_OBJECT, parser.nextToken(), line);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                parser.skipChildren();
                fields.put(name, value.isNumeric() ? (Object) parser.getDoubleValue() : parser.getText());
            }
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
        return fields;
    }
}
