package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static io.bargein.server.Turn.readTurn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.Fault.Kind;
import io.bargein.loadtest.standin.Fault.Point;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.bedrock.BedrockModel.HttpVersion;
import io.bargein.server.backend.bedrock.TestModels;
import io.bargein.server.transport.RawPeer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What there is not enough of, or not at all: places for calls to Bedrock, credentials, Bedrock itself. Then there is, and all goes on. */
@ParameterizedClass(name = "over {0}")
@EnumSource(HttpVersion.class)
class UpstreamLimitsTest {
    private static final AwsCredentials OLD = AwsBasicCredentials.create("AKIDOLD", "made-up");
    private static final AwsCredentials NEW = AwsBasicCredentials.create("AKIDNEW", "made-up");
    private static final Reply SILENT = Reply.builder().fault(Point.BEFORE_HEADERS, Kind.STALL).build();

    /** Null where there are none. */
    private static final AtomicReference<AwsCredentials> CREDENTIALS = new AtomicReference<>();

    private static FaultBench bench;

    @Parameter
    private HttpVersion version;

    @BeforeParameterizedClassInvocation
    static void start(HttpVersion version) throws Exception {
        CREDENTIALS.set(OLD);
        bench = new FaultBench(version, model -> model.credentials(UpstreamLimitsTest::credentials));
    }

    private static AwsCredentials credentials() {
        if (CREDENTIALS.get() == null) {
            throw SdkClientException.create("none to be found");
        }
        return CREDENTIALS.get();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        bench.close();
    }

    @BeforeEach
    void beginAnew() {
        bench.beginAnew();
    }

    /** The one place there is goes to whoever waits for it. */
    @Test
    void answersThePromptThatWaitedForAPlace() throws Exception {
        bench.standIn.script(Script.of(SILENT, Reply.text("Yes.")));
        try (RawPeer holder = bench.connect(); RawPeer waiting = bench.connect()) {
            holder.prompt("one");
            bench.standIn.awaitRecord(r -> true, FaultBench.WAIT);
            waiting.prompt("two");
            holder.reset();
            Turn turn = readTurn(waiting, "");
            assertEquals("complete", turn.type, turn.terminalText);
            assertEquals("Yes.", turn.terminalText);
            bench.assertClosesInOrder(waiting);
        }
        bench.assertAllIsBack();
    }

    @Test
    void tellsThePromptForWhichThereIsNoPlace() throws Exception {
        try (FaultBench impatient = new FaultBench(version, TestModels::impatient)) {
            impatient.standIn.script(Script.of(SILENT));
            try (RawPeer holder = impatient.connect(); RawPeer refused = impatient.connect()) {
                holder.prompt("one");
                impatient.standIn.awaitRecord(r -> true, FaultBench.WAIT);
                refused.prompt("two");
                Turn turn = readTurn(refused, "");
                assertEquals("error", turn.type);
                assertEquals("model: too many answers at a time (expected: fewer; try again in a moment)", turn.terminalText);
                assertEquals(1, impatient.standIn.records().size());
                holder.reset();
                impatient.assertAnswers(refused);
                impatient.assertClosesInOrder(refused);
            }
            impatient.assertAllIsBack();
        }
    }

    /** A prompt that waits for a place is cut in on, again and again: each gives up its place in the queue, and the last one is answered. */
    @Test
    void isCutInOnWhileItWaitsForAPlace() throws Exception {
        bench.standIn.script(Script.of(SILENT, Reply.text("Yes.")));
        try (RawPeer holder = bench.connect(); RawPeer waiting = bench.connect()) {
            holder.prompt("one");
            bench.standIn.awaitRecord(r -> true, FaultBench.WAIT);
            waiting.prompt("1");
            for (int i = 2; i <= 10; i++) {
                waiting.prompt(String.valueOf(i));
                Turn interrupted = readTurn(waiting, "");
                assertEquals("interrupted", interrupted.type, interrupted.terminalText);
                assertEquals("", interrupted.terminalText);
            }
            holder.reset();
            Turn turn = readTurn(waiting, "");
            assertEquals("complete", turn.type, turn.terminalText);
            bench.assertClosesInOrder(waiting);
        }
        bench.assertAllIsBack();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"})
    void goesOnOnceExpiredCredentialsAreReplaced(String refusal) throws Exception {
        CREDENTIALS.set(OLD);
        bench.standIn.script(Script.always(Reply.error(403, refusal, "The security token included in the request is expired")));
        try (RawPeer peer = bench.connect()) {
            for (int i = 0; i < 2; i++) {
                peer.prompt("one");
                Turn turn = readTurn(peer, "");
                assertEquals("error", turn.type);
                assertEquals("model: access denied (expected: valid credentials that allow the model; the log says why)", turn.terminalText);
            }
            assertEquals(2, bench.standIn.records().size());
            CREDENTIALS.set(NEW);
            bench.assertAnswers(peer);
            List<RequestRecord> records = bench.standIn.records();
            assertTrue(records.get(2).headers().get("authorization").contains("AKIDNEW"));
            bench.assertClosesInOrder(peer);
        }
        bench.assertAllIsBack();
    }

    @Test
    void goesOnOnceThereAreCredentials() throws Exception {
        CREDENTIALS.set(null);
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            assertEquals("model: no credentials (expected: some where the AWS SDK finds them)", readTurn(peer, "").terminalText);
            CREDENTIALS.set(NEW);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
        bench.assertAllIsBack();
    }

    @Test
    void goesOnOnceBedrockIsThereAgain() throws Exception {
        try (RawPeer peer = bench.connect()) {
            peer.prompt("sim chunks=100000 delay_ms=1");
            String first = chunk(peer.readMessage());
            bench.killStandIn();
            assertEquals("error", readTurn(peer, first).type);
            peer.prompt("two");
            assertEquals("model: connection lost (expected: a retry)", readTurn(peer, "").terminalText);
            bench.restartStandIn();
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
        bench.assertAllIsBack();
    }
}
