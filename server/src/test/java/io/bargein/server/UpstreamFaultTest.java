package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static io.bargein.server.Turn.readTurn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.Fault.Kind;
import io.bargein.loadtest.standin.Fault.Point;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.bedrock.BedrockModel.HttpVersion;
import io.bargein.server.transport.RawPeer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever Bedrock does to an answer, at whatever point of it: the client hears of it once, and the server is as it was before. That it
 * does nothing more at all is a matter of {@link UpstreamStallTest}.
 */
@ParameterizedClass(name = "over {0}")
@EnumSource(HttpVersion.class)
class UpstreamFaultTest {
    private static final String LOST = "model: connection lost (expected: a retry)";
    private static final String BROKE_OFF = "model: the answer broke off (expected: a retry)";

    /** HTTP/1.1 has no streams and no GOAWAY: there the stand-in closes the connection, which is a case of its own. */
    private static final Set<Kind> HTTP_2_ALONE = EnumSet.of(Kind.RESET_STREAM, Kind.GO_AWAY);

    private static FaultBench bench;

    @Parameter
    private HttpVersion version;

    @BeforeParameterizedClassInvocation
    static void start(HttpVersion version) throws Exception {
        bench = new FaultBench(version);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        bench.close();
    }

    @BeforeEach
    void beginAnew() {
        bench.beginAnew();
    }

    @AfterEach
    void allIsBack() throws Exception {
        bench.assertAllIsBack();
    }

    static Stream<Arguments> faults() {
        return Arrays.stream(Point.values()).flatMap(point -> Arrays.stream(Kind.values())
                .filter(kind -> kind != Kind.STALL)
                .filter(kind -> point != Point.BEFORE_HEADERS || EnumSet.of(Kind.CLOSE, Kind.RESET, Kind.RESET_STREAM, Kind.GO_AWAY,
                        Kind.NOISE).contains(kind))
                .map(kind -> Arguments.of(point, kind)));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void endsTheTurnOnceWhateverGoesWrong(Point point, Kind kind) throws Exception {
        if (version == HttpVersion.HTTP_1_1 && HTTP_2_ALONE.contains(kind)) {
            return;
        }
        boolean textBefore = point.compareTo(Point.MID_STREAM) >= 0;
        bench.standIn.script(Script.always(Reply.builder().deltas("Once ", "upon").fault(point, textBefore ? Kind.STALL : kind).build()));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            String seen = "";
            while (textBefore && !seen.equals("Once upon")) {
                seen += chunk(peer.readMessage());
            }
            bench.standIn.strike(kind);
            Turn turn = readTurn(peer, seen);
            if (point == Point.AFTER_STOP) {
                assertEquals("complete", turn.type, turn.terminalText);
                assertEquals("Once upon", turn.terminalText);
            } else {
                assertEquals("error", turn.type, turn.terminalText);
                assertTrue(turn.terminalText.equals(LOST) || turn.terminalText.equals(BROKE_OFF), turn.terminalText);
            }
            assertEquals(textBefore ? "Once upon" : "", turn.seen);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }

    static Stream<Arguments> passingFaults() {
        return faults().filter(fault -> ((Point) fault.get()[0]).compareTo(Point.AFTER_HEADERS) <= 0);
    }

    /** Nobody saw anything of the first attempt, so nobody need hear of it. */
    @ParameterizedTest
    @MethodSource("passingFaults")
    void hidesWhatPassesBeforeTheFirstText(Point point, Kind kind) throws Exception {
        bench.standIn.script(Script.of(Reply.builder().deltas("never seen").fault(point, kind).build(), Reply.text("Yes.")));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            Turn turn = readTurn(peer, "");
            assertEquals("complete", turn.type, turn.terminalText);
            assertEquals("Yes.", turn.terminalText);
            bench.assertClosesInOrder(peer);
        }
    }

    /** All of it at once, so that the SDK may lose text that came in the same packet: the client may see less of it, never something wrong. */
    @ParameterizedTest
    @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "STALL")
    void neverTakesForWholeWhatBreaksInOneGo(Kind kind) throws Exception {
        bench.standIn.script(Script.always(Reply.builder().deltas("Once ", "upon").fault(Point.MID_STREAM, kind).build()));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            Turn turn = readTurn(peer, "");
            assertEquals("error", turn.type, turn.terminalText);
            assertTrue("Once upon".startsWith(turn.seen), turn.seen);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }

    @ParameterizedTest
    @EnumSource(Point.class)
    void isCutInOnWhileBedrockStalls(Point point) throws Exception {
        bench.standIn.script(Script.of(Reply.builder().deltas("Once ", "upon").fault(point, Kind.STALL).build(), Reply.text("Yes.")));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            String seen = "";
            while (point.compareTo(Point.MID_STREAM) >= 0 && !seen.equals("Once upon")) {
                seen += chunk(peer.readMessage());
            }
            int stalled = bench.standIn.awaitRecord(r -> true, FaultBench.WAIT).number();
            peer.prompt("two");
            Turn first = readTurn(peer, seen);
            // Behind the stop it is not waited for long.
            assertTrue(first.type.equals("interrupted") || point == Point.AFTER_STOP && first.type.equals("complete"), first.type);
            assertEquals(first.seen, first.terminalText);
            assertEquals("complete", readTurn(peer, "").type);
            assertEquals(Outcome.ABORTED,
                    bench.standIn.awaitRecord(r -> r.number() == stalled && r.outcome() != Outcome.RUNNING, FaultBench.WAIT).outcome());
            bench.assertClosesInOrder(peer);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "500 | InternalServerException | model: unavailable (expected: a retry in a moment)",
        "500 | '' | model: unavailable (expected: a retry in a moment)",
        "502 | '' | model: unavailable (expected: a retry in a moment)",
        "503 | ServiceUnavailableException | model: unavailable (expected: a retry in a moment)",
        "504 | '' | model: unavailable (expected: a retry in a moment)",
        "408 | ModelTimeoutException | model: unavailable (expected: a retry in a moment)",
        "429 | ThrottlingException | model: throttled (expected: fewer requests; try again in a moment)",
        "424 | ModelErrorException | model: failed while it answered (expected: a retry)"})
    void endsTheTurnOnceWhenBedrockRefuses(int status, String type, String error) throws Exception {
        bench.standIn.script(Script.always(Reply.error(status, type, "no")));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            Turn turn = readTurn(peer, "");
            assertEquals("error", turn.type);
            assertEquals(error, turn.terminalText);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }

    @ParameterizedTest
    @CsvSource({"throttlingException", "serviceUnavailableException", "internalServerException", "modelStreamErrorException", "validationException"})
    void endsTheTurnOnceAtAnExceptionInTheStream(String type) throws Exception {
        bench.standIn.script(Script.always(Reply.builder().deltas("Once ", "upon").failure(type, "oh").build()));
        try (RawPeer peer = bench.connect()) {
            peer.prompt("one");
            Turn turn = readTurn(peer, "");
            assertEquals("error", turn.type);
            assertEquals("Once upon", turn.seen);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }

    /** Bedrock's front ends close each connection now and then, in order: that costs nobody anything. */
    @Test
    void losesNothingToAConnectionThatIsDrained() throws Exception {
        bench.standIn.script(Script.always(Reply.builder().pace(2).deltas("Once ", "upon ", "a ", "time").drains().build()));
        try (RawPeer peer = bench.connect()) {
            for (int i = 0; i < 5; i++) {
                peer.prompt("one");
                Turn turn = readTurn(peer, "");
                assertEquals("complete", turn.type, turn.terminalText);
                assertEquals("Once upon a time", turn.terminalText);
            }
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }

    /** The pool believes in a connection that is no more. */
    @Test
    void noticesNothingOfAConnectionThatDiesBetweenTwoTurns() throws Exception {
        try (RawPeer peer = bench.connect()) {
            for (int i = 0; i < 5; i++) {
                bench.assertAnswers(peer);
                bench.standIn.killConnections();
            }
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }
}
