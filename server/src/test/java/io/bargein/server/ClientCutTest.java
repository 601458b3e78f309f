package io.bargein.server;

import static io.bargein.server.Turn.chunk;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bargein.loadtest.standin.Fault.Kind;
import io.bargein.loadtest.standin.Fault.Point;
import io.bargein.loadtest.standin.Reply;
import io.bargein.loadtest.standin.RequestRecord.Outcome;
import io.bargein.loadtest.standin.Script;
import io.bargein.server.backend.bedrock.BedrockModel.HttpVersion;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whenever a client goes, and however: its answer ends at Bedrock, and the server is as it was before. */
@ParameterizedClass(name = "over {0}")
@EnumSource(HttpVersion.class)
class ClientCutTest {
    private static final String FLOOD = "sim chunks=1000000 bytes=1000 delay_ms=0";

    private static FaultBench bench;

    @Parameter
    private HttpVersion version;

    /** How far a client gets before it goes. */
    private enum Phase {
        IN_THE_HANDSHAKE {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = RawPeer.connect(bench.server.address());
                String handshake = RawPeer.handshake("/ws", "");
                peer.send(handshake.substring(0, handshake.length() / 2));
                return peer;
            }
        },
        HANDSHAKE_UNANSWERED {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = RawPeer.connect(bench.server.address());
                peer.send(RawPeer.handshake("/ws", ""));
                return peer;
            }
        },
        AFTER_THE_PROMPT {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = bench.connect();
                peer.prompt(FLOOD);
                return peer;
            }
        },
        BEFORE_THE_FIRST_CHUNK {
            @Override
            RawPeer reach() throws Exception {
                bench.standIn.script(Script.of(Reply.builder().fault(Point.BEFORE_HEADERS, Kind.STALL).build()));
                RawPeer peer = bench.connect();
                peer.prompt("one");
                bench.standIn.awaitRecord(r -> true, FaultBench.WAIT);
                return peer;
            }
        },
        IN_MID_STREAM {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = bench.connect();
                peer.prompt("sim chunks=100000 delay_ms=1");
                chunk(peer.readMessage());
                return peer;
            }
        },
        IN_A_PROMPT_THAT_INTERRUPTS {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = IN_MID_STREAM.reach();
                byte[] frame = RawPeer.frame(0x81, "{\"inputText\":\"two\"}".getBytes(StandardCharsets.UTF_8));
                peer.send(Arrays.copyOf(frame, frame.length / 2));
                return peer;
            }
        },
        IN_MID_STREAM_UNREAD {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = bench.connectSlowReader();
                peer.prompt(FLOOD);
                bench.standIn.awaitRecord(r -> r.bytesSent() > 100_000, FaultBench.WAIT);
                return peer;
            }
        },
        /** The client reads nothing, so all that it was sent of the old answer, and `interrupted` behind it, are still on their way. */
        WHILE_INTERRUPTED_IS_WRITTEN {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = IN_MID_STREAM_UNREAD.reach();
                peer.prompt(FLOOD);
                bench.standIn.awaitRecord(r -> r.outcome() == Outcome.ABORTED, FaultBench.WAIT);
                return peer;
            }
        },
        IN_ITS_OWN_CLOSING_HANDSHAKE {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = IN_MID_STREAM.reach();
                peer.send(RawPeer.closeFrame(1000));
                return peer;
            }
        },
        IN_THE_SERVERS_CLOSING_HANDSHAKE {
            @Override
            RawPeer reach() throws Exception {
                RawPeer peer = IN_MID_STREAM.reach();
                peer.send(RawPeer.frame(0xF1, new byte[0]));
                assertEquals(1002, peer.readClose().closeCode());
                return peer;
            }
        };

        abstract RawPeer reach() throws Exception;
    }

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

    @ParameterizedTest
    @EnumSource(Phase.class)
    void givesAllBackWhenTheClientResetsTheConnection(Phase phase) throws Exception {
        phase.reach().reset();
        bench.assertAllIsBack();
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void givesAllBackWhenTheClientEndsItsStream(Phase phase) throws Exception {
        try (RawPeer peer = phase.reach()) {
            peer.socket.shutdownOutput();
            readToTheEnd(peer.socket.getInputStream());
        }
        bench.assertAllIsBack();
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void givesAllBackWhenTheClientClosesWithoutReading(Phase phase) throws Exception {
        phase.reach().close();
        bench.assertAllIsBack();
    }

    private static void readToTheEnd(InputStream in) throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // A reset ends it as well: the server closed before all had come that the client sent.
        }
    }
}
