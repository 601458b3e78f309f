package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.server.BargeinServer.WarmUp;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.operations.MovableClock;
import io.bargein.server.operations.StandardError;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.ServerHealth.Status;
import io.bargein.server.transport.RawPeer;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the server does before its first healthy ping, and after a restore from a snapshot taken there (contract C13 to C15). */
class WarmUpTest {
    private static final Duration WAIT = Duration.ofSeconds(45);

    private final CountDownLatch release = new CountDownLatch(1);
    private BedrockStandIn standIn;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
    }

    @AfterEach
    void stop() {
        release.countDown();
        standIn.close();
    }

    /** A model that is prepared when the test says so. */
    private final class SlowToPrepare implements Model {
        final ScriptedModel answers = new ScriptedModel();
        final AtomicInteger prepared = new AtomicInteger();
        private final ModelException failure;

        SlowToPrepare(ModelException failure) {
            this.failure = failure;
        }

        @Override
        public Generation start(ModelRequest request, GenerationListener listener) {
            return answers.start(request, listener);
        }

        @Override
        public void prepare(boolean connect) throws ModelException {
            prepared.incrementAndGet();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** C50, C52: in whole seconds, and not those of the ping. */
    @Test
    void isHealthyAtOnceWithoutAWarmUpAndSinceThen() throws Exception {
        MovableClock wall = new MovableClock(Instant.ofEpochSecond(1_795_000_000));
        try (BargeinServer server = server(new ScriptedModel(), WarmUp.NONE).clocks(wall, Ticker.systemTicker()).start()) {
            for (int i = 0; i < 3; i++) {
                String pong = ping(server);
                assertTrue(pong.startsWith("HTTP/1.1 200 ")
                        && pong.endsWith("\r\n\r\n{\"status\":\"Healthy\",\"time_of_last_update\":1795000000}"), pong);
                wall.advance(Duration.ofSeconds(1));
            }
            server.health().force(Status.HEALTHY_BUSY);
            wall.advance(Duration.ofSeconds(1));
            assertTrue(ping(server).endsWith("{\"status\":\"HealthyBusy\",\"time_of_last_update\":1795000003}"));
        }
    }

    @Test
    void refusesPingsAndUpgradesUntilItIsWarmAndAsksTheModelNothing() throws Exception {
        SlowToPrepare model = new SlowToPrepare(null);
        try (BargeinServer server = server(model, WarmUp.LOCAL).warmUpLimit(Duration.ofHours(1)).start()) {
            awaitThat(() -> model.prepared.get() == 1);
            String refused = ping(server);
            assertTrue(refused.startsWith("HTTP/1.1 503 ") && refused.contains("warming up"), refused);
            refused = exchange(server, RawPeer.handshake("/ws", ""));
            assertTrue(refused.startsWith("HTTP/1.1 503 ") && refused.contains("connection: close"), refused);

            release.countDown();
            awaitThat(() -> ping(server).startsWith("HTTP/1.1 200 "));
            assertEquals(0, model.answers.started());
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                peer.prompt("one");
                awaitThat(() -> model.answers.started() == 1);
                assertEquals(1, model.answers.last().request().messages().size());
            }
        }
    }

    /** Seen by what the JVM has loaded by then of what answers, without any client's doing; whatever an answer's limit is. */
    @Test
    void rehearsesTurnsThroughBothDoors(@TempDir Path folder) throws Exception {
        Path loaded = folder.resolve("loaded");
        try (ServerProcess server = ServerProcess.server(Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + loaded),
                "--backend=demo", "--warm-up=local", "--max-answer-bytes=1KiB")) {
            String done = server.awaitLine(line -> line.contains("warmed up: "));
            assertTrue(done.matches(".*warmed up: [1-9]\\d* turns in .*"), done);
            String classes = Files.readString(loaded);
            for (String name : List.of("Outbox", "JsonAnswer", "EventStream")) {
                assertTrue(classes.contains(" io.bargein.server.transport." + name + " source:"), name);
            }
        }
    }

    @Test
    void isHealthyThoughItsWarmUpFailed() throws Exception {
        release.countDown();
        try (BargeinServer server = server(new SlowToPrepare(new ModelException(ModelException.Kind.ACCESS_DENIED, "no")),
                WarmUp.UPSTREAM).warmUpLimit(Duration.ofHours(1)).start()) {
            awaitThat(() -> ping(server).startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void isHealthyThoughItsWarmUpHangs() throws Exception {
        SlowToPrepare model = new SlowToPrepare(null);
        try (BargeinServer server = server(model, WarmUp.LOCAL).warmUpLimit(Duration.ofMillis(1)).start()) {
            awaitThat(() -> ping(server).startsWith("HTTP/1.1 200 "));
            assertEquals(1, release.getCount());
        }
    }

    @ParameterizedTest
    @EnumSource(value = WarmUp.class, names = {"LOCAL", "UPSTREAM"})
    void asksBedrockForOneTokenAtMostAndGoesOnWhenItsConnectionsAreKilled(WarmUp how) throws Exception {
        try (BargeinServer server = server(TestModels.h2c(standIn).build(), how).warmUpLimit(Duration.ofHours(1)).start()) {
            awaitThat(() -> ping(server).startsWith("HTTP/1.1 200 "));
            List<RequestRecord> warmUp = standIn.records();
            assertEquals(how == WarmUp.LOCAL ? 0 : 1, warmUp.size());
            assertEquals(warmUp.size(), standIn.connectionsSeen());
            for (RequestRecord record : warmUp) {
                assertTrue(record.body().contains("\"inferenceConfig\":{\"maxTokens\":1}"), record.body());
                // A connection with a stream on it is not used for another.
                standIn.awaitRecord(r -> r.number() == record.number() && r.outcome() != RequestRecord.Outcome.RUNNING, WAIT);
            }
            answers(server);
            assertEquals(1, standIn.connectionsSeen(), "the connection that was opened is used");

            for (int i = 0; i < 5; i++) {
                standIn.killConnections();
                answers(server);
            }
        }
    }

    /** C14: sockets opened before a snapshot are dead, and credentials may be expired. */
    @Test
    void takesNewConnectionsAndCredentialsOnceTheTimeOfDayHasJumped() throws Exception {
        MovableClock wall = new MovableClock(Instant.ofEpochSecond(1_795_000_000));
        MockTicker monotonic = Ticker.newMockTicker();
        try (BargeinServer server = server(TestModels.h2c(standIn).build(), WarmUp.NONE).clocks(wall, monotonic).start()) {
            answers(server);
            answers(server);
            int before = standIn.connectionsSeen();
            wall.advance(Duration.ofDays(3));
            answers(server);
            answers(server);
            List<RequestRecord> records = standIn.records();
            for (RequestRecord record : records.subList(2, records.size())) {
                assertTrue(record.connection() > before, record::toString);
            }
            // The old ones go.
            awaitThat(() -> standIn.openConnections() <= standIn.connectionsSeen() - before);
        }
    }

    /** With no prompt to wait for it; and what fails is tried again. */
    @Test
    void refreshesAnIdleModelOnAnUpstreamThreadUntilItHas() throws Exception {
        MovableClock wall = new MovableClock(Instant.ofEpochSecond(1_795_000_000));
        List<String> threads = new CopyOnWriteArrayList<>();
        Model model = new Model() {
            private final ScriptedModel answers = new ScriptedModel();

            @Override
            public Generation start(ModelRequest request, GenerationListener listener) {
                return answers.start(request, listener);
            }

            @Override
            public void refresh() {
                threads.add(Thread.currentThread().getName());
                if (threads.size() == 1) {
                    throw new IllegalStateException("not yet");
                }
            }
        };
        try (StandardError log = new StandardError();
                BargeinServer server = server(model, WarmUp.NONE).clocks(wall, Ticker.newMockTicker()).start()) {
            assertTrue(ping(server).startsWith("HTTP/1.1 200 "));
            wall.advance(Duration.ofDays(3));
            awaitThat(() -> threads.size() == 2);
            assertTrue(threads.stream().allMatch(name -> name.startsWith("bargein-upstream")), threads::toString);
            assertEquals(1, log.count("not yet"), log.text());
        }
    }

    private static BargeinServerBuilder server(Model model, WarmUp how) {
        return BargeinServer.builder().host("127.0.0.1").port(0).model(model).warmUp(how);
    }

    /** A prompt is answered, to its end and without an error. */
    private static void answers(BargeinServer server) throws IOException {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.prompt("sim chunks=3 delay_ms=0");
            String message = peer.readMessage();
            while (message.startsWith("{\"type\":\"chunk\"")) {
                message = peer.readMessage();
            }
            assertTrue(message.startsWith("{\"type\":\"complete\""), message);
        }
    }

    private static String ping(BargeinServer server) {
        try {
            return exchange(server, "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String exchange(BargeinServer server, String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request);
            return peer.readResponse();
        }
    }

    private static void awaitThat(BooleanSupplier condition) {
        await().pollInterval(Duration.ofMillis(20)).atMost(WAIT).until(condition::getAsBoolean);
    }
}
