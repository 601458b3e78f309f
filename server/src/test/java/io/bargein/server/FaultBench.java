package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static io.bargein.server.Turn.readTurn;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.protocol.Limits;
import io.bargein.server.backend.bedrock.BedrockModel.HttpVersion;
import io.bargein.server.backend.bedrock.BedrockModelBuilder;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.RawPeer;
import io.bargein.server.transport.TransportKind;
import io.bargein.server.transport.TransportSettings;
import io.bargein.testing.KeptPort;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A server and its stand-in for Bedrock, for case after case of what goes wrong. There is one place for a call to Bedrock and one for a
 * connection besides the case's own: what a case does not give back, {@link #assertAllIsBack} misses.
 */
final class FaultBench implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(20);
    static final String STALLED = "model: silent for too long (expected: a retry)";

    /** How often a prompt is asked whose answer stalls though nothing is scripted to. */
    private static final int ATTEMPTS = 10;

    private static final OutputSettings OUTPUT = new OutputSettings(0, OutputSettings.Merging.WHEN_WAITING, 16 << 10, 32 << 10, 16 << 10);
    /** No pings, so that what a client reads is what it caused. */
    private static final LivenessSettings LIVENESS = new LivenessSettings(
            Duration.ZERO, Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(1));

    /** How many times in a row the holdings have to be the same to be taken for what is there at rest. */
    private static final int ALIKE = 10;

    BedrockStandIn standIn;
    private final KeptPort port = new KeptPort();
    final BargeinServer server;
    private final Holdings before;

    FaultBench(HttpVersion version) throws Exception {
        this(version, model -> model);
    }

    FaultBench(HttpVersion version, UnaryOperator<BedrockModelBuilder> more) throws Exception {
        standIn = startStandIn();
        BedrockModelBuilder model = TestModels.patient(TestModels.h2c(standIn)).httpVersion(version).maxConcurrency(1)
                .stallTimeout(Duration.ofSeconds(30));
        server = BargeinServer.builder().model(more.apply(model).build()).upstreamThreads(2)
                .transport(new TransportSettings("127.0.0.1", 0, TransportKind.AUTO, 2, 128, 2, HttpSettings.DEFAULT, Limits.DEFAULT, OUTPUT,
                        LIVENESS, LifetimeSettings.DEFAULT))
                .start();
        warmUp();
        beginAnew();
        before = atRest();
    }

    /** Nothing is scripted, and nothing was asked: a case that fails must not make the next one fail. */
    void beginAnew() {
        standIn.script(Script.of());
        standIn.clearRecords();
    }

    RawPeer connect() throws IOException {
        return RawPeer.upgraded(server.address());
    }

    /** A client that the kernel takes little for while it does not read. */
    RawPeer connectSlowReader() throws IOException {
        return RawPeer.upgraded(server.address(), 4_096, "");
    }

    /** A prompt is answered on this connection, and nothing else comes before it. */
    void assertAnswers(RawPeer peer) throws IOException {
        standIn.script(Script.always(Reply.text("Y", "es.")));
        Turn turn = ask(peer, "and now?", FaultBench::isStalled);
        assertEquals("complete", turn.type, turn.terminalText);
        assertEquals("Yes.", turn.seen);
        assertEquals("Yes.", turn.terminalText);
    }

    static boolean isStalled(Turn turn) {
        return turn.terminalText.equals(STALLED);
    }

    /** Asks, and again where it was the machine that was silent: that may happen with a short stall time-out. */
    static Turn ask(RawPeer peer, String prompt, Predicate<Turn> machineWasSilent) throws IOException {
        Turn turn;
        int asked = 0;
        do {
            peer.prompt(prompt);
            turn = readTurn(peer, "");
        } while (machineWasSilent.test(turn) && ++asked < ATTEMPTS);
        return turn;
    }

    /** The same for the first chunk of an answer, without which there is none. */
    private static String askForChunk(RawPeer peer, String prompt) throws IOException {
        String message;
        int asked = 0;
        do {
            peer.prompt(prompt);
            message = peer.readMessage();
        } while (message != null && message.contains(STALLED) && ++asked < ATTEMPTS);
        return chunk(message);
    }

    /** The client closes, and reads nothing but the answer to that. */
    void assertClosesInOrder(RawPeer peer) throws IOException {
        peer.send(RawPeer.closeFrame(1000));
        RawPeer.Frame close = peer.readFrame();
        assertEquals(8, close.opcode(), () -> "surplus: " + close.text());
        assertEquals(1000, close.closeCode());
        assertTrue(peer.atEnd());
    }

    /** The server works for whoever comes next, Bedrock has nothing to do any more, and all that was taken has been given back. */
    void assertAllIsBack() throws Exception {
        try (RawPeer peer = connect()) {
            assertAnswers(peer);
            assertClosesInOrder(peer);
        }
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            String response = peer.readResponse();
            assertTrue(response.contains("\"Healthy\""), response);
        }
        for (RequestRecord record : standIn.records()) {
            standIn.awaitRecord(r -> r.number() == record.number() && r.outcome() != Outcome.RUNNING, WAIT);
        }
        beginAnew();
        try {
            await().pollInterval(Duration.ofMillis(5)).pollDelay(Duration.ZERO).atMost(WAIT)
                    .until(() -> holdings().surplusOver(before).isEmpty());
        } catch (ConditionTimeoutException e) {
            Holdings now = holdings();
            assertEquals(List.of(), now.surplusOver(before), () -> now.buffersSince(before));
        }
    }

    /** Bedrock is gone: where it was, whoever comes is refused. */
    void killStandIn() {
        standIn.close();
    }

    /** Bedrock is there again, where it was. */
    void restartStandIn() throws IOException {
        standIn = startStandIn();
    }

    private BedrockStandIn startStandIn() throws IOException {
        return BedrockStandIn.builder().port(port.number()).start();
    }

    @Override
    public void close() {
        server.close();
        standIn.close();
        port.close();
    }

    /** One of each that a case may need for the first time: a retry, an interrupt, a long answer, an abort. */
    private void warmUp() throws Exception {
        try (RawPeer peer = connect()) {
            assertEquals("complete", ask(peer, "sim chunks=1", FaultBench::isStalled).type);
            Reply throttled = Reply.error(429, "ThrottlingException", "no");
            standIn.script(Script.of(throttled, throttled));
            String first = askForChunk(peer, "sim chunks=100000 bytes=1000 delay_ms=1");
            standIn.script(Script.of(Reply.builder().cut("x".repeat(100_000), 1_000).build()));
            peer.prompt("long");
            Turn interrupted = readTurn(peer, first);
            assertTrue(interrupted.type.equals("interrupted") || isStalled(interrupted), interrupted.terminalText);
            Turn answered = readTurn(peer, "");
            assertEquals("complete", (isStalled(answered) ? ask(peer, "long", FaultBench::isStalled) : answered).type);
            askForChunk(peer, "sim chunks=100000 bytes=1000 delay_ms=1");
            peer.reset();
        }
        try (RawPeer peer = connect()) {
            assertAnswers(peer);
            assertClosesInOrder(peer);
        }
    }

    private Holdings atRest() {
        Holdings[] last = {null};
        int[] alike = {0};
        await().pollInterval(Duration.ofMillis(20)).atMost(WAIT).until(() -> {
            Holdings now = holdings();
            alike[0] = now.equals(last[0]) ? alike[0] + 1 : 0;
            last[0] = now;
            return alike[0] == ALIKE;
        });
        return last[0];
    }

    private Holdings holdings() {
        return Holdings.now(standIn.openConnections());
    }
}
