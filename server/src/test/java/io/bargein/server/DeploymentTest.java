package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.ConnectionListener;
import io.bargein.loadtest.client.HandshakeException;
import io.bargein.loadtest.client.RuntimeAuth;
import io.bargein.loadtest.client.RuntimeClient;
import io.bargein.loadtest.client.RuntimeClientException;
import io.bargein.loadtest.client.RuntimeEndpoint;
import io.bargein.loadtest.client.RuntimeTarget;
import io.bargein.loadtest.client.TurnListener;
import io.bargein.loadtest.frontdoor.FrontDoor;
import io.bargein.loadtest.frontdoor.FrontDoorBuilder;
import io.bargein.loadtest.frontdoor.HandMovedTime;
import io.bargein.loadtest.frontdoor.TokenIssuer;
import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportKind;
import io.bargein.server.transport.TransportSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** A deployment in small: the client, the stand-in of AgentCore's front door, the server, the real SDK, and the stand-in for Bedrock. */
@Timeout(120)
class DeploymentTest {
    private static final String KEY = "AKIAIOSFODNN7EXAMPLE";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private static final AwsCredentialsProvider KNOWN = keys(KEY, SECRET);
    private static final String ARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234";
    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");
    private static final Duration WAIT = Duration.ofSeconds(20);
    /** As often as a server can. */
    private static final Duration PINGS = Duration.ofMillis(100);
    /** A chunk, and nothing more: where time stands still all frames come in the same second, and no rate allows for many. */
    private static final String ONE_CHUNK = "sim chunks=2 delay_ms=600000";

    private final HandMovedTime time = new HandMovedTime(NOW);
    private final Clock clock = new Clock() {
        @Override
        public Instant instant() {
            return time.now();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    };
    private final TokenIssuer issuer = TokenIssuer.rs256("https://issuer.example", "agents", "client");
    private final BlockingQueue<String> link = new LinkedBlockingQueue<>();
    private BedrockStandIn standIn;
    private BargeinServer server;
    private FrontDoor door;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
        serve(LivenessSettings.DEFAULT, LifetimeSettings.DEFAULT);
    }

    @AfterEach
    void stop() {
        if (door != null) {
            door.close();
        }
        server.close();
        standIn.close();
    }

    private void serve(LivenessSettings liveness, LifetimeSettings lifetime) throws IOException {
        stopServing();
        server = BargeinServer.builder()
                .model(TestModels.h2c(standIn).build())
                .transport(new TransportSettings("127.0.0.1", 0, TransportKind.AUTO, 2, 128, 1_000, HttpSettings.DEFAULT, Limits.DEFAULT,
                        OutputSettings.DEFAULT, liveness, lifetime))
                .start();
        door = signed().time(time).open();
    }

    private FrontDoorBuilder signed() {
        return inFront().credentials(KEY, SECRET, null);
    }

    private FrontDoorBuilder inFront() {
        return FrontDoor.before(URI.create("http://127.0.0.1:" + server.address().getPort())).runtimeArn(ARN);
    }

    private void open(FrontDoorBuilder other) throws IOException {
        door.close();
        door = other.open();
    }

    private void stopServing() {
        if (server != null) {
            door.close();
            server.close();
        }
    }

    private static AwsCredentialsProvider keys(String id, String secret) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret));
    }

    private RuntimeEndpoint endpoint() {
        return RuntimeEndpoint.ofArn(ARN).withEndpoint(door.uri());
    }

    private RuntimeClient connect(UnaryOperator<RuntimeClient.Builder> more) throws Exception {
        RuntimeTarget target = RuntimeTarget.builder(endpoint()).auth(RuntimeAuth.sigV4(KNOWN, clock)).build();
        RuntimeClient client = more.apply(RuntimeClient.builder(target)).listener(new ConnectionListener() {
            @Override
            public void connected(boolean again) {
                link.add(again ? "connected again" : "connected");
            }

            @Override
            public void reconnecting(RuntimeClientException why, Duration delay) {
                link.add("reconnecting: " + why.getMessage());
            }
        }).build();
        client.connect().get(20, TimeUnit.SECONDS);
        assertEquals("connected", linkSays());
        return client;
    }

    private RuntimeClient connect() throws Exception {
        return connect(builder -> builder);
    }

    private String linkSays() throws InterruptedException {
        return link.poll(20, TimeUnit.SECONDS);
    }

    private static HandshakeException refused(RuntimeTarget target) {
        RuntimeClient client = RuntimeClient.builder(target).build();
        ExecutionException failed = assertThrows(ExecutionException.class, () -> client.connect().get(20, TimeUnit.SECONDS));
        return assertInstanceOf(HandshakeException.class, failed.getCause());
    }

    private HandshakeException refused(RuntimeAuth auth) {
        return refused(RuntimeTarget.builder(endpoint()).auth(auth).build());
    }

    /** What one prompt came to. */
    private static final class Heard implements TurnListener {
        final StringBuilder text = new StringBuilder();
        int chunks;
        final CompletableFuture<Void> begun = new CompletableFuture<>();
        final CompletableFuture<ServerMessage> end = new CompletableFuture<>();

        @Override
        public void message(ServerMessage message) {
            if (message instanceof ServerMessage.Chunk chunk) {
                text.append(chunk.data());
                chunks++;
                begun.complete(null);
            } else {
                end.complete(message);
            }
        }

        @Override
        public void lost(RuntimeClientException why) {
            end.completeExceptionally(why);
        }

        ServerMessage end() throws Exception {
            return end.get(20, TimeUnit.SECONDS);
        }
    }

    private static Heard ask(RuntimeClient client, String prompt) {
        Heard heard = new Heard();
        client.ask(prompt, heard);
        return heard;
    }

    private static String completed(Heard heard) throws Exception {
        ServerMessage.Complete complete = assertInstanceOf(ServerMessage.Complete.class, heard.end());
        assertEquals(heard.text.toString(), complete.fullResponse());
        return complete.fullResponse();
    }

    /** Asks again where the answer is lost with a connection that has become too old. */
    private static String answered(RuntimeClient client, String prompt) throws Exception {
        while (true) {
            try {
                return completed(ask(client, prompt));
            } catch (ExecutionException e) {
                assertTrue(e.getCause().getMessage().contains("connection age"), e.getCause().getMessage());
            }
        }
    }

    @Test
    void anAnswerIsCutInOnFromEndToEnd() throws Exception {
        try (RuntimeClient client = connect()) {
            Heard first = ask(client, ONE_CHUNK + " #first");
            first.begun.get(20, TimeUnit.SECONDS);
            Heard second = ask(client, "sim chunks=3 delay_ms=0 #second");
            ServerMessage.Interrupted interrupted = assertInstanceOf(ServerMessage.Interrupted.class, first.end());
            assertEquals(first.text.toString(), interrupted.partialResponse());
            assertEquals(3 * 24, completed(second).length());
            RequestRecord aborted = standIn.awaitRecord(
                    record -> record.tag().equals("first") && record.outcome() == RequestRecord.Outcome.ABORTED, WAIT);
            assertEquals(8, aborted.abortCode());
        }
    }

    @Test
    void anAnswerAboveTheFrameLimitPasses() throws Exception {
        try (RuntimeClient client = connect()) {
            // Its chunks are small, and its terminal is three times what one frame may hold (C67).
            assertEquals(200_000, completed(ask(client, "sim chunks=200 bytes=1000 delay_ms=0")).length());
            assertEquals(3 * 24, completed(ask(client, "sim chunks=3 delay_ms=0")).length());
        }
        assertTrue(link.isEmpty(), link::toString);
    }

    @Test
    void aThousandChunksASecondFromTheModelKeepWithinTheFrameRate() throws Exception {
        // Counted where they arrive, which may be several seconds' worth at once: the door is not to mind.
        open(signed().maxFramesPerSecond(100_000));
        RuntimeTarget target = RuntimeTarget.builder(endpoint()).auth(RuntimeAuth.sigV4(KNOWN, Clock.systemUTC())).build();
        try (RuntimeClient client = RuntimeClient.builder(target).build()) {
            client.connect().get(20, TimeUnit.SECONDS);
            long start = System.nanoTime();
            Heard heard = ask(client, "sim chunks=3000 delay_ms=1");
            assertEquals(3_000 * 24, completed(heard).length());
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + 1;
            assertTrue(heard.chunks <= 200 * seconds, () -> heard.chunks + " chunks in " + seconds + " s");
        }
    }

    @Test
    void anIdleHourPasses() throws Exception {
        serve(new LivenessSettings(PINGS, Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(2)),
                LifetimeSettings.DEFAULT);
        URI url = RuntimeTarget.builder(endpoint()).auth(RuntimeAuth.presigned(KNOWN, Duration.ofSeconds(300), clock)).build()
                .handshake("11111111-2222-4333-8444-555555555555").uri();
        Semaphore pings = new Semaphore(0);
        CompletableFuture<String> closed = new CompletableFuture<>();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(url, new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
                pings.release();
                webSocket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
                closed.complete(code + " " + reason);
                return null;
            }
        }).get(20, TimeUnit.SECONDS);
        // An hour less a minute, as the hour itself is another limit; cut after a minute without a frame (C71).
        for (int second = 0; second < 60 * 59; second += 59) {
            time.advance(Duration.ofSeconds(59));
            pings.drainPermits();
            // The second cannot have passed before the time did.
            assertTrue(pings.tryAcquire(2, 20, TimeUnit.SECONDS), () -> "closed: " + closed.getNow("no"));
        }
        assertFalse(closed.isDone() || socket.isInputClosed());
        time.advance(Duration.ofSeconds(60));
        assertEquals("1008 Policy violated: Max connection duration of 1 hour is exceeded", closed.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aConnectionThatIsTooOldForTheServerIsMadeAnewAndTheConversationGoesOn() throws Exception {
        serve(LivenessSettings.DEFAULT, new LifetimeSettings(Duration.ofSeconds(2), Duration.ZERO));
        try (RuntimeClient client = connect()) {
            goesOnAfter(client, () -> {}, "1001");
        }
    }

    @Test
    void aConnectionThatIsTooOldForThePlatformIsMadeAnewAndTheConversationGoesOn() throws Exception {
        open(signed().time(time).maxIdle(Duration.ofHours(2)));
        try (RuntimeClient client = connect()) {
            goesOnAfter(client, () -> time.advance(Duration.ofMinutes(60)), "1008");
        }
    }

    private void goesOnAfter(RuntimeClient client, Runnable event, String code) throws Exception {
        String before = answered(client, "sim chunks=1 delay_ms=0 #before");
        // Of connections that became too old before.
        link.clear();
        event.run();
        String lost = linkSays();
        if ("connected again".equals(lost)) {
            lost = linkSays();
        }
        assertTrue(lost != null && lost.startsWith("reconnecting: ") && lost.contains(code), lost);
        assertEquals("connected again", linkSays());
        answered(client, "sim chunks=1 delay_ms=0 #after");
        RequestRecord after = standIn.awaitRecord(record -> record.tag().equals("after"), WAIT);
        assertTrue(after.body().contains("{\"role\":\"assistant\",\"content\":[{\"text\":\"" + before + "\"}]}"), after.body());
    }

    @Test
    void aTurnWhoseConnectionIsLostIsNotAskedAgain() throws Exception {
        try (RuntimeClient client = connect()) {
            Heard running = ask(client, ONE_CHUNK + " #running");
            running.begun.get(20, TimeUnit.SECONDS);
            time.advance(Duration.ofMinutes(60));
            assertThrows(ExecutionException.class, () -> running.end.get(20, TimeUnit.SECONDS));
            assertTrue(linkSays().startsWith("reconnecting: "));
            assertEquals("connected again", linkSays());
            completed(ask(client, "sim chunks=1 delay_ms=0 #next"));
            assertEquals(1, standIn.records().stream().filter(record -> record.tag().equals("running")).count());
        }
    }

    @Test
    void refusesWrongKeysExpiredUrlsWrongTokensAndUnknownRuntimes() throws Exception {
        assertEquals(403, refused(RuntimeAuth.sigV4(keys(KEY, SECRET + "x"), clock)).status());
        assertEquals(403, refused(RuntimeAuth.sigV4(keys("AKIAUNKNOWN", SECRET), clock)).status());
        Clock aMinuteAgo = Clock.fixed(NOW.minusSeconds(61), ZoneOffset.UTC);
        assertEquals(403, refused(RuntimeAuth.presigned(KNOWN, Duration.ofSeconds(60), aMinuteAgo)).status());
        assertEquals(403, refused(RuntimeAuth.bearer(issuer.issue("someone", NOW, Duration.ofHours(1)))).status(), "signatures or tokens, not both");
        RuntimeTarget unknown = RuntimeTarget.builder(RuntimeEndpoint.ofArn(ARN + "x").withEndpoint(door.uri()))
                .auth(RuntimeAuth.sigV4(KNOWN, clock)).build();
        assertEquals(404, refused(unknown).status());
        assertEquals("ResourceNotFoundException", refused(unknown).errorType());
    }

    @Test
    void takesTokensWhereTheRuntimeDoes() throws Exception {
        open(inFront().tokens(issuer.verifier()).time(time));
        String token = issuer.issue("someone", NOW, Duration.ofHours(1));
        for (RuntimeAuth auth : new RuntimeAuth[] {RuntimeAuth.bearer(token), RuntimeAuth.browserSubprotocol(token)}) {
            try (RuntimeClient client = RuntimeClient.builder(RuntimeTarget.builder(endpoint()).auth(auth).build()).build()) {
                client.connect().get(20, TimeUnit.SECONDS);
                completed(ask(client, "sim chunks=1 delay_ms=0"));
            }
        }
        String stranger = TokenIssuer.rs256("https://issuer.example", "agents", "client").issue("someone", NOW, Duration.ofHours(1));
        for (String wrong : new String[] {stranger, issuer.issue("someone", NOW, Duration.ofSeconds(-1)), token + "x"}) {
            int status = refused(RuntimeAuth.bearer(wrong)).status();
            assertTrue(status == 401 || status == 403, wrong + ": " + status);
        }
        assertEquals(403, refused(RuntimeAuth.sigV4(KNOWN, clock)).status());
    }
}
