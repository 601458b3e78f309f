package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.transport.RawPeer;
import io.bargein.server.transport.TransportSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /invocations}, the server, the real SDK, and a stand-in for Bedrock at the other end. */
class InvocationEndToEndTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final String SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: s\r\n";
    private static final String EVENTS = "Accept: text/event-stream\r\n";

    private BedrockStandIn standIn;
    private BargeinServer server;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
        server = BargeinServer.builder()
                .model(TestModels.h2c(standIn).build())
                .transport(TransportSettings.defaults("127.0.0.1", 0))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        standIn.close();
    }

    @Test
    void answersWithWhatBedrockSaidAndWhatItCost() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("日本", "の歴史").build(), Reply.text("Yes.")));
        try (RawPeer peer = connect()) {
            peer.send(post("", "one"));
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
            assertTrue(response.matches("(?s).*\\{\"response\":\"日本の歴史\",\"stop_reason\":\"end_turn\",\"usage\":\\{\"input_tokens\":\\d+,"
                    + "\"output_tokens\":\\d+,\"cache_read_input_tokens\":\\d+,\"cache_write_input_tokens\":\\d+}}"), response);
            peer.send(post(EVENTS, "two"));
            assertTrue(peer.readHead().contains("content-type: text/event-stream; charset=utf-8\r\n"));
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Yes.\"}\n\n", peer.readChunk());
            assertEquals("data: {\"type\":\"complete\",\"fullResponse\":\"Yes.\"}\n\n", peer.readChunk());
            assertEquals(null, peer.readChunk());
        }
        assertTrue(last().body().contains("[{\"role\":\"user\",\"content\":[{\"text\":\"one\"}]},{\"role\":\"assistant\",\"content\":["
                + "{\"text\":\"日本の歴史\"}]},{\"role\":\"user\",\"content\":[{\"text\":\"two\"}]}]"), last().body());
    }

    /** P5. */
    @ParameterizedTest
    @ValueSource(strings = {"", EVENTS})
    void abortsTheAnswerAtBedrockWhenTheClientHangsUp(String accept) throws Exception {
        try (RawPeer peer = connect()) {
            peer.send(post(accept, "sim chunks=100000 delay_ms=10 #gone"));
            if (accept.isEmpty()) {
                standIn.awaitRecord(r -> r.tag().equals("gone") && r.eventsSent() > 3, WAIT);
            } else {
                peer.readHead();
                peer.readChunk();
            }
            peer.reset();
        }
        RequestRecord aborted = ended("gone");
        assertEquals(Outcome.ABORTED, aborted.outcome());
        assertEquals(8, aborted.abortCode());
    }

    /** P5 and P6: a connection of the same session cuts in. */
    @Test
    void abortsTheAnswerAtBedrockWhenAConnectionCutsIn() throws Exception {
        try (RawPeer http = connect(); RawPeer ws = RawPeer.upgraded(server.address(), 0, SESSION)) {
            http.send(post("", "sim chunks=100000 delay_ms=10 #one"));
            standIn.awaitRecord(r -> r.tag().equals("one") && r.eventsSent() > 3, WAIT);
            ws.prompt("sim chunks=1 delay_ms=0 #two");
            String response = http.readResponse();
            assertTrue(response.endsWith("\",\"stop_reason\":\"interrupted\",\"usage\":null}"), response);
            String partial = response.substring(response.indexOf("{\"response\":\"") + 13, response.lastIndexOf("\",\"stop_reason\""));
            assertEquals(Outcome.ABORTED, ended("one").outcome());
            assertEquals(Outcome.COMPLETE, ended("two").outcome());
            assertTrue(ended("two").body().contains(partial.isEmpty() ? "#one\"},{\"text\":\"sim"
                    : "{\"role\":\"assistant\",\"content\":[{\"text\":\"" + partial + "\"}]}"), ended("two").body());
        }
    }

    /** P8: what merely stops is an error, before the first event and after it. */
    @Test
    void tellsAnAnswerThatBreaksOffFromOneThatIsWhole() throws Exception {
        Reply cut = Reply.builder().deltas("Once").end(Reply.End.WITHOUT_MESSAGE_STOP).build();
        standIn.script(Script.of(cut, cut));
        try (RawPeer peer = connect()) {
            peer.send(post("", "one"));
            String response = peer.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 500 "), response);
            assertTrue(response.endsWith("{\"error\":\"model: the answer broke off (expected: a retry)\"}"), response);
            peer.send(post(EVENTS, "two"));
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            assertEquals("data: {\"type\":\"chunk\",\"data\":\"Once\"}\n\n", peer.readChunk());
            assertEquals("data: {\"error\":\"model: the answer broke off (expected: a retry)\",\"error_type\":\"truncated\","
                    + "\"message\":\"An error occurred during streaming\"}\n\n", peer.readChunk());
            assertEquals(null, peer.readChunk());
        }
    }

    /** C6. */
    @Test
    void answersThirtyParallelInvocationsOfOneSession() throws Exception {
        List<CompletableFuture<String>> responses = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            int number = i;
            responses.add(CompletableFuture.supplyAsync(() -> {
                try (RawPeer peer = connect()) {
                    // One answer after the other.
                    peer.socket.setSoTimeout(60_000);
                    peer.send(post("", "sim chunks=2 delay_ms=1 #q" + number));
                    return peer.readResponse();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (CompletableFuture<String> response : responses) {
            String whole = response.get(60, TimeUnit.SECONDS);
            assertTrue(whole.startsWith("HTTP/1.1 200 ") && whole.contains("\"stop_reason\":\"end_turn\""), whole);
        }
        assertEquals(30, standIn.records().size());
        for (RequestRecord record : standIn.records()) {
            assertEquals(Outcome.COMPLETE, ended(record.tag()).outcome());
        }
    }

    /** P7: Bedrock sends no more than the client takes, and what it does not take is bounded. */
    @Test
    void pausesBedrockForASlowReaderOfEvents() throws Exception {
        try (RawPeer peer = RawPeer.connect(server.address(), 4_096)) {
            peer.send(post(EVENTS, "sim chunks=100000 bytes=1000 delay_ms=0 #slow"));
            String head = peer.readHead();
            assertTrue(head.startsWith("HTTP/1.1 200 "), head);
            long[] before = {-1};
            Awaitility.await().pollInterval(Duration.ofMillis(500)).atMost(WAIT).until(() -> {
                long sent = standIn.awaitRecord(r -> r.tag().equals("slow"), WAIT).bytesSent();
                boolean settled = sent == before[0];
                before[0] = sent;
                return settled;
            });
            RequestRecord slow = standIn.awaitRecord(r -> r.tag().equals("slow"), WAIT);
            assertEquals(Outcome.RUNNING, slow.outcome());
            assertTrue(slow.bytesSent() < 4 << 20, () -> slow.bytesSent() + " bytes sent by Bedrock to a client that reads nothing");
            peer.reset();
        }
        assertEquals(Outcome.ABORTED, ended("slow").outcome());
    }

    private RawPeer connect() throws IOException {
        return RawPeer.connect(server.address());
    }

    private static String post(String moreHeaders, String prompt) {
        String body = "{\"prompt\":\"" + prompt + "\"}";
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + SESSION + moreHeaders + "Content-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    private RequestRecord ended(String tag) throws InterruptedException {
        return standIn.awaitRecord(r -> r.tag().equals(tag) && r.outcome() != Outcome.RUNNING, WAIT);
    }

    private RequestRecord last() {
        List<RequestRecord> records = standIn.records();
        return records.get(records.size() - 1);
    }
}
