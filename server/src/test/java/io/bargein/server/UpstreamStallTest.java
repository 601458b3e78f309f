package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bargein.loadtest.standin.Fault.Kind;
import io.bargein.loadtest.standin.Fault.Point;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.bedrock.BedrockModel.HttpVersion;
import io.bargein.server.transport.RawPeer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bedrock falls silent at whatever point of an answer: the client hears of it once, and the server is as it was before. */
@ParameterizedClass(name = "over {0}")
@EnumSource(HttpVersion.class)
class UpstreamStallTest {
    private static FaultBench bench;

    @Parameter
    private HttpVersion version;

    @BeforeParameterizedClassInvocation
    static void start(HttpVersion version) throws Exception {
        bench = new FaultBench(version, model -> model.stallTimeout(Duration.ofSeconds(1)));
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

    @ParameterizedTest
    @EnumSource(Point.class)
    void endsTheTurnOnceWhenBedrockFallsSilent(Point point) throws Exception {
        String type = point == Point.AFTER_STOP ? "complete" : "error";
        String seen = point.compareTo(Point.MID_STREAM) >= 0 ? "Once upon" : "";
        bench.standIn.script(Script.always(Reply.builder().deltas("Once ", "upon").fault(point, Kind.STALL).build()));
        try (RawPeer peer = bench.connect()) {
            // Again where the machine was silent before Bedrock was.
            Turn turn = FaultBench.ask(peer, "one",
                    one -> FaultBench.isStalled(one) && !(one.type.equals(type) && one.seen.equals(seen)));
            assertEquals(type, turn.type, turn.terminalText);
            assertEquals(seen, turn.seen);
            assertEquals(point == Point.AFTER_STOP ? seen : FaultBench.STALLED, turn.terminalText);
            bench.assertAnswers(peer);
            bench.assertClosesInOrder(peer);
        }
    }
}
