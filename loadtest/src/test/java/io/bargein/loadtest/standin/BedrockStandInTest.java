package io.bargein.loadtest.standin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.clock.HostClock;
import io.bargein.loadtest.json.Json;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.eventstream.Message;

/** The stand-in by a client of the JDK's; over h2c the SDK is its client, in the server's tests. */
class BedrockStandInTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(WAIT).build();
    private BedrockStandIn standIn;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
    }

    @AfterEach
    void stop() {
        standIn.close();
    }

    @Test
    void speaksConverseStreamOverHttp11() throws Exception {
        List<Message> events = events(converse("sim chunks=3 bytes=20 delay_ms=1 #a-1").body());

        assertEquals(List.of("messageStart", "contentBlockDelta", "contentBlockDelta", "contentBlockDelta", "contentBlockStop", "messageStop",
                "metadata"), types(events));
        assertEquals("{\"contentBlockIndex\":0,\"delta\":{\"text\":\"0 cdefghijklmnopqrst\"}}", payload(events.get(1)));
        assertEquals("{\"stopReason\":\"end_turn\"}", payload(events.get(5)));
        RequestRecord record = standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT);
        assertEquals(Outcome.COMPLETE, record.outcome());
        assertEquals("a-1", record.tag());
        assertEquals("my.model:0", record.modelId());
        assertEquals("HTTP/1.1", record.protocol());
        assertEquals(7, record.eventsSent());
        assertTrue(record.endedNanos() >= record.arrivedNanos());
    }

    @Test
    void speaksHttp2AndHttp11OverTlsByAlpn() throws Exception {
        try (BedrockStandIn tls = BedrockStandIn.builder().tlsPort(0).start()) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("standin", tls.certificate());
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            for (HttpClient.Version version : HttpClient.Version.values()) {
                HttpClient secure = HttpClient.newBuilder().version(version).sslContext(context).build();
                HttpResponse<InputStream> response =
                        secure.send(request(tls.tlsUri(), body("sim chunks=2 delay_ms=0")).build(), BodyHandlers.ofInputStream());
                assertEquals(version, response.version());
                assertEquals(6, events(response.body()).size());
                HttpResponse<String> shown = secure.send(HttpRequest.newBuilder(tls.tlsUri().resolve("/_standin/records?brief=true"))
                        .timeout(WAIT).build(), BodyHandlers.ofString());
                assertEquals(tls.records().size(), Json.array(Json.read(shown.body())).size());
            }
            assertEquals(List.of("HTTP/1.1", "h2"), tls.records().stream().map(RequestRecord::protocol).toList());
        }
    }

    @Test
    void quotesAnyOtherPromptInALivelyAnswer() throws Exception {
        try (InputStream body = converse("What of it?").body()) {
            ByteBuffer first = ByteBuffer.wrap(body.readNBytes(1_500));
            assertTrue(StandardCharsets.UTF_8.decode(first).toString().contains("messageStart"));
        }
        assertEquals(Outcome.ABORTED, standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT).outcome());
        assertTrue(LivelyText.to("What of it?").size() > 200);
        assertTrue(String.join("", LivelyText.to("What of it?")).contains("“What of it?”"));
    }

    @Test
    void playsAScript() throws Exception {
        standIn.script(Script.parse("""
                {"replies":[
                  {"error":{"status":429,"type":"ThrottlingException","message":"slow down"}},
                  {"reasoning":"Hm.","text":"日本語です","code_points_a_delta":2,"tool_use":{"id":"t1","name":"clock","input":["{","}"]}},
                  {"deltas":["a","","b"],"failure":{"type":"modelStreamErrorException","message":"oh"}},
                  {"deltas":["a"],"end":"without_message_stop"},
                  {"deltas":["a"],"stop_reason":"max_tokens","pace_ms":1}
                ],"repeat_last":true}"""));
        HttpResponse<InputStream> throttled = converse("one");
        assertEquals(429, throttled.statusCode());
        assertEquals("ThrottlingException", throttled.headers().firstValue("x-amzn-errortype").orElse(""));
        assertEquals("{\"message\":\"slow down\"}", new String(throttled.body().readAllBytes(), StandardCharsets.UTF_8));

        assertEquals(List.of("messageStart", "contentBlockDelta", "contentBlockStop", "contentBlockDelta", "contentBlockDelta",
                "contentBlockDelta", "contentBlockStop", "contentBlockStart", "contentBlockDelta", "contentBlockDelta", "contentBlockStop",
                "messageStop", "metadata"), types(events(converse("two").body())));
        List<Message> failed = events(converse("three").body());
        assertEquals("modelStreamErrorException", failed.get(failed.size() - 1).getHeaders().get(":exception-type").getString());
        assertEquals(List.of("messageStart", "contentBlockDelta", "contentBlockStop"), types(events(converse("four").body())));
        for (int i = 0; i < 2; i++) {
            List<Message> last = events(converse("five").body());
            assertEquals("{\"stopReason\":\"max_tokens\"}", payload(last.get(3)));
        }
    }

    @Test
    void corruptsAChecksum() throws Exception {
        standIn.script(Script.of(Reply.builder().corrupt("x").build()));
        byte[] bytes = converse("one").body().readAllBytes();
        ByteBuffer events = ByteBuffer.wrap(bytes);
        Message.decode(slice(events));
        ByteBuffer corrupt = slice(events);
        assertThrows(RuntimeException.class, () -> Message.decode(corrupt));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "[] | A conversation must start with a user message.",
        "[{\"role\":\"assistant\",\"content\":[{\"text\":\"x\"}]}] | A conversation must start with a user message.",
        "[{\"role\":\"user\",\"content\":[]}] | The content field in the Message object at messages.0 is empty.",
        "[{\"role\":\"user\",\"content\":[{\"text\":\" \"}]}] | is blank",
        "[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]},{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}] | must alternate",
        "[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]},{\"role\":\"assistant\",\"content\":[{\"text\":\"x\"}]}] | must end with a user message",
        "[{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"t\",\"content\":[{\"text\":\"x\"}]}}]}] | Expected toolResult blocks"})
    void refusesWhatBedrockRefuses(String messages, String complaint) throws Exception {
        HttpResponse<InputStream> response = send("{\"messages\":" + messages + "}");
        assertEquals(400, response.statusCode());
        assertEquals("ValidationException", response.headers().firstValue("x-amzn-errortype").orElse(""));
        assertTrue(new String(response.body().readAllBytes(), StandardCharsets.UTF_8).contains(complaint));
        assertTrue(standIn.awaitRecord(r -> r.outcome() == Outcome.REJECTED, WAIT).refusal().contains(complaint));
    }

    @Test
    void wantsEveryToolUseAnsweredInTheNextMessage() {
        String use = "{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"n\",\"input\":{}}}]}";
        String ask = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}," + use + ",{\"role\":\"user\",\"content\":[%s]}]%s}";
        String result = "{\"toolResult\":{\"toolUseId\":\"t\",\"content\":[{\"text\":\"y\"}]}}";
        assertEquals("and?", ConverseRequest.parse(ask.formatted(result + ",{\"text\":\"and?\"}", ",\"toolConfig\":{}")).lastUserText());
        assertThrows(IllegalArgumentException.class, () -> ConverseRequest.parse(ask.formatted("{\"text\":\"and?\"}", ",\"toolConfig\":{}")));
        assertThrows(IllegalArgumentException.class, () -> ConverseRequest.parse(ask.formatted(result, "")));
    }

    @ParameterizedTest
    @CsvSource({"t,n,", "t,'no name',toolUse.name", "t,'',toolUse.name", "a.b,n,toolUse.toolUseId",
        "t,n2345678901234567890123456789012345678901234567890123456789012345,toolUse.name"})
    void takesOnlyToolUsesWithNamesThatBedrockTakes(String id, String name, String complaint) {
        String body = ("{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]},{\"role\":\"assistant\",\"content\":[{\"toolUse\":"
                + "{\"toolUseId\":\"%s\",\"name\":\"%s\",\"input\":{}}}]},{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"%s\","
                + "\"content\":[{\"text\":\"y\"}]}}]}],\"toolConfig\":{}}").formatted(id, name, id);
        if (complaint == null) {
            assertEquals("", ConverseRequest.parse(body).lastUserText());
        } else {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> ConverseRequest.parse(body)).getMessage().contains(complaint));
        }
    }

    @Test
    void refusesARequestWithoutASignature() throws Exception {
        HttpRequest unsigned = HttpRequest.newBuilder(standIn.uri().resolve("/model/m/converse-stream"))
                .POST(HttpRequest.BodyPublishers.ofString(body("x"))).timeout(WAIT).build();
        assertEquals(403, client.send(unsigned, BodyHandlers.discarding()).statusCode());
    }

    @Test
    void showsItsRecordsAsJson() throws Exception {
        converse("sim chunks=1 #t").body().readAllBytes();
        standIn.awaitRecord(r -> r.outcome() == Outcome.COMPLETE, WAIT);
        String json = get("GET", "/_standin/records");
        List<Object> records = Json.array(Json.read(json));
        assertEquals("t", Json.object(records.get(0)).get("tag"));
        assertEquals("COMPLETE", Json.object(records.get(0)).get("outcome"));
        assertTrue(Json.object(Json.read(get("GET", "/_standin/info"))).get("connections_seen") instanceof Integer);

        get("DELETE", "/_standin/records");
        assertEquals("[]", get("GET", "/_standin/records"));
    }

    /** More than a piece, than a page, and than a connection holds; what the bodies say shows that pieces meet where they should. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void showsManyRecordsInPiecesAndServesOthersMeanwhile() throws Exception {
        try (BedrockStandIn oneThread = BedrockStandIn.builder().threads(1).start()) {
            String note = "日本語".repeat(3_000);
            for (int i = 0; i < 600; i++) {
                assertEquals(400, client.send(request(oneThread.uri(), "{\"messages\":[],\"note\":\"" + note + "\"}").build(),
                        BodyHandlers.discarding()).statusCode());
            }
            List<Object> records = Json.array(Json.read(client.send(HttpRequest.newBuilder(oneThread.uri().resolve("/_standin/records"))
                    .timeout(WAIT).build(), BodyHandlers.ofString()).body()));
            assertEquals(600, records.size());
            for (int i = 0; i < 600; i++) {
                assertEquals(i + 1, Json.object(records.get(i)).get("number"));
                assertTrue(Json.object(records.get(i)).get("body").toString().contains(note));
            }
            try (Socket slow = new Socket()) {
                slow.setReceiveBufferSize(16 << 10); // The kernel would take all of it otherwise.
                slow.connect(new InetSocketAddress("127.0.0.1", oneThread.uri().getPort()));
                slow.setSoTimeout((int) WAIT.toMillis());
                slow.getOutputStream().write("GET /_standin/records HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertEquals('H', slow.getInputStream().read());

                // Long enough for the list to fill all buffers and stand still.
                InputStream other = client.send(request(oneThread.uri(), body("sim chunks=50 delay_ms=20")).build(),
                        BodyHandlers.ofInputStream()).body();
                assertEquals(54, events(other).size());
                String rest = new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(rest.length() > 600 * note.length() && rest.endsWith("}]\r\n0\r\n\r\n"), () -> rest.length() + " characters");
            }
        }
    }

    @Test
    void refusesAQueryThatItDoesNotKnow() throws Exception {
        HttpResponse<String> response = client.send(HttpRequest.newBuilder(standIn.uri().resolve("/_standin/records?newest=%22")).timeout(WAIT)
                .build(), BodyHandlers.ofString());
        assertEquals(400, response.statusCode());
        assertEquals("{\"message\":\"newest: unknown (expected: since, ended_since, running, brief or limit)\"}", response.body());
        assertTrue(get("POST", "/_standin/records").contains("unknown path: POST /_standin/records (expected: GET /_standin/info"));
    }

    @Test
    void tellsItsHostItsClockAndHowFarItIs() throws Exception {
        converse("sim chunks=1").body().readAllBytes();
        InputStream second = converse("sim chunks=100000 delay_ms=20").body();
        standIn.awaitRecord(r -> r.number() == 1 && r.outcome() == Outcome.COMPLETE, WAIT);
        long before = System.nanoTime();
        Map<String, Object> info = Json.object(Json.read(get("GET", "/_standin/info")));
        long nanoTime = ((Number) info.get("nano_time")).longValue();
        second.close();

        assertEquals(HostClock.hostId(), info.get("host"));
        assertTrue(nanoTime - before >= 0 && System.nanoTime() - nanoTime >= 0);
        assertEquals(HostClock.epochOffsetNanos(), info.get("epoch_offset_nanos"));
        assertEquals(2, info.get("requests_seen"));
        assertEquals(1, info.get("requests_ended"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim bytes=15", "sim chunks=0", "sim delay_ms=soon", "sim colour=red"})
    void namesABadValueOfASim(String prompt) throws Exception {
        HttpResponse<InputStream> response = converse(prompt);
        assertEquals(400, response.statusCode());
        assertTrue(new String(response.body().readAllBytes(), StandardCharsets.UTF_8).contains("(expected: "));
    }

    @Test
    void makesChunksOfExactlyTheirSize() {
        Sim sim = Sim.parse("sim chunks=40 bytes=16 #x");
        for (int i = 0; i < 40; i++) {
            String chunk = sim.chunk(i);
            assertEquals(16, chunk.length());
            assertTrue(chunk.startsWith(i + " "));
            assertEquals(i % 16 == 7, chunk.endsWith("\""));
            assertEquals(i % 16 == 15, chunk.endsWith("\n"));
        }
        assertEquals(null, Sim.parse("simulate"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "[] | script: [] (expected: an object)",
        "{} | replies: missing (expected: an array)",
        "{\"replies\":[{\"txt\":\"x\"}]} | replies[0].txt: unknown",
        "{\"replies\":[{\"pace_ms\":\"fast\"}]} | replies[0].pace_ms: fast (expected: a whole number from 0)",
        "{\"replies\":[{\"end\":\"soon\"}]} | replies[0].end: soon (expected: one of [COMPLETE",
        "{\"replies\":[{\"error\":{}}]} | replies[0].error.type: missing (expected: a string)",
        "{\"replies\":[ | at line 1"})
    void saysWhatIsWrongWithAScript(String script, String complaint) {
        String message = assertThrows(IllegalArgumentException.class, () -> Script.parse(script)).getMessage();
        assertTrue(message.contains(complaint), message);
    }

    private String get(String method, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(standIn.uri().resolve(path)).method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(WAIT).build(), BodyHandlers.ofString()).body();
    }

    private HttpResponse<InputStream> converse(String prompt) throws Exception {
        return send(body(prompt));
    }

    private HttpResponse<InputStream> send(String body) throws Exception {
        return client.send(request(standIn.uri(), body).build(), BodyHandlers.ofInputStream());
    }

    private static HttpRequest.Builder request(URI endpoint, String body) {
        return HttpRequest.newBuilder(endpoint.resolve("/model/my.model%3A0/converse-stream")).timeout(WAIT)
                .header("Authorization", "Bearer made-up").POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static String body(String prompt) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"" + prompt + "\"}]}]}";
    }

    private static List<Message> events(InputStream body) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(body.readAllBytes());
        List<Message> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            events.add(Message.decode(slice(bytes)));
        }
        return events;
    }

    /** The next message's bytes: its first four say how many they are. */
    private static ByteBuffer slice(ByteBuffer bytes) {
        int length = bytes.getInt(bytes.position());
        ByteBuffer message = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return message;
    }

    private static List<String> types(List<Message> events) {
        return events.stream().map(event -> event.getHeaders().get(":event-type").getString()).toList();
    }

    private static String payload(Message event) {
        return new String(event.getPayload(), StandardCharsets.UTF_8);
    }
}
