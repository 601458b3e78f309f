package io.bargein.loadtest.standin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.RequestRecord.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.eventstream.Message;

/** What goes wrong does so at its point, as bytes on a socket over HTTP/1.1 show; over HTTP/2 the SDK sees it, in the server's tests. */
class FaultTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    /** How long nothing comes of a stand-in that stalls before we believe it. */
    private static final int SILENCE_MILLIS = 500;
    private static final Predicate<byte[]> NEVER = read -> false;

    private BedrockStandIn standIn;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
    }

    @AfterEach
    void stop() {
        standIn.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "BEFORE_HEADERS | CLOSE | FIN | ''",
        "BEFORE_HEADERS | RESET | RST | ''",
        "AFTER_HEADERS | CLOSE | FIN | ''",
        "AFTER_HEADERS | END | KEPT | ''",
        "MID_STREAM | CLOSE | FIN | messageStart contentBlockDelta contentBlockDelta",
        "MID_STREAM | RESET_STREAM | FIN | messageStart contentBlockDelta contentBlockDelta",
        "MID_STREAM | GO_AWAY | FIN | messageStart contentBlockDelta contentBlockDelta",
        "MID_STREAM | STALL | KEPT | messageStart contentBlockDelta contentBlockDelta",
        "MID_STREAM | END | KEPT | messageStart contentBlockDelta contentBlockDelta",
        "MID_STREAM | CHECKSUM | KEPT | messageStart contentBlockDelta contentBlockDelta bad",
        "MID_STREAM | PRELUDE | KEPT | messageStart contentBlockDelta contentBlockDelta bad",
        "MID_STREAM | GARBAGE | KEPT | messageStart contentBlockDelta contentBlockDelta bad",
        "MID_EVENT | CLOSE | FIN | messageStart contentBlockDelta contentBlockDelta part",
        "AFTER_STOP | CLOSE | FIN | messageStart contentBlockDelta contentBlockDelta contentBlockStop messageStop"})
    void goesWrongAtItsPoint(Fault.Point point, Fault.Kind kind, String end, String events) throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("a", "b").fault(point, kind).build()));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (Socket socket = ask()) {
            assertEquals(end, readAll(socket, read, end.equals("KEPT") ? so -> isAll(so, events, kind) : NEVER));
        }
        assertEquals(events, String.join(" ", events(read.toByteArray())));
        Outcome outcome = standIn.awaitRecord(r -> r.outcome() != Outcome.RUNNING, WAIT).outcome();
        boolean itsOwn = kind == Fault.Kind.END || !end.equals("KEPT");
        assertEquals(itsOwn ? Outcome.SCRIPTED_FAULT : Outcome.ABORTED, outcome);
    }

    @Test
    void goesWrongWhenItIsTold() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("a").fault(Fault.Point.MID_EVENT, Fault.Kind.STALL).build()));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (Socket socket = ask()) {
            standIn.awaitRecord(r -> r.eventsSent() == 3, WAIT);
            standIn.strike(Fault.Kind.CLOSE);
            assertEquals("FIN", readAll(socket, read, NEVER));
        }
        assertEquals(List.of("messageStart", "contentBlockDelta", "part"), events(read.toByteArray()));
        assertEquals(Outcome.SCRIPTED_FAULT, standIn.records().get(0).outcome());
    }

    @Test
    void sendsBytesThatAreNoHttp() throws Exception {
        standIn.script(Script.of(Reply.builder().fault(Fault.Point.BEFORE_HEADERS, Fault.Kind.NOISE).build()));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (Socket socket = ask()) {
            assertEquals("KEPT", readAll(socket, read, so -> so.length >= "no HTTP\r\n".length()));
        }
        assertTrue(read.toString(StandardCharsets.US_ASCII).startsWith("no HTTP\r\n"), read.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void saysThatItDrainsAndAnswersInFull() throws Exception {
        standIn.script(Script.of(Reply.builder().deltas("a").drains().build()));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (Socket socket = ask()) {
            assertEquals("FIN", readAll(socket, read, NEVER));
        }
        assertTrue(read.toString(StandardCharsets.ISO_8859_1).contains("connection: close"), read.toString(StandardCharsets.ISO_8859_1));
        assertEquals(List.of("messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"), events(read.toByteArray()));
    }

    @Test
    void isReadFromAScript() {
        Reply reply = Script.parse(
                "{\"replies\":[{\"deltas\":[\"a\"],\"drains\":true,\"fault\":{\"point\":\"mid_event\",\"kind\":\"reset\"}}]}").replies().get(0);
        assertEquals(new Fault(Fault.Point.MID_EVENT, Fault.Kind.RESET), reply.fault);
        assertTrue(reply.drains);
        String late = "{\"replies\":[{\"fault\":{\"point\":\"late\",\"kind\":\"reset\"}}]}";
        String complaint = assertThrows(IllegalArgumentException.class, () -> Script.parse(late)).getMessage();
        assertTrue(complaint.startsWith("replies[0].fault.point: late (expected: one of [BEFORE_HEADERS, "), complaint);
    }

    @ParameterizedTest
    @CsvSource({"END", "CHECKSUM", "PRELUDE", "GARBAGE"})
    void hasNoBodyToSpoilBeforeTheHeader(Fault.Kind kind) {
        assertThrows(IllegalArgumentException.class, () -> new Fault(Fault.Point.BEFORE_HEADERS, kind));
    }

    private Socket ask() throws IOException {
        Socket socket = new Socket("127.0.0.1", standIn.uri().getPort());
        socket.setSoTimeout((int) WAIT.toMillis());
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]}";
        socket.getOutputStream().write(("POST /model/m/converse-stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer made-up\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Says how the stream ends: FIN, RST, or KEPT where it does not, once all that is expected has come. */
    private static String readAll(Socket socket, ByteArrayOutputStream read, Predicate<byte[]> isAll) throws IOException {
        InputStream in = socket.getInputStream();
        try {
            for (int b = in.read(); b >= 0; b = in.read()) {
                read.write(b);
                if (isAll.test(read.toByteArray())) {
                    socket.setSoTimeout(SILENCE_MILLIS);
                }
            }
            return "FIN";
        } catch (SocketTimeoutException e) {
            return "KEPT";
        } catch (SocketException e) {
            return "RST";
        }
    }

    /** Whether these events are there, and the body's last chunk where it ends. */
    private static boolean isAll(byte[] response, String events, Fault.Kind kind) {
        try {
            return String.join(" ", events(response)).equals(events)
                    && (kind != Fault.Kind.END || new String(response, StandardCharsets.ISO_8859_1).endsWith("\r\n0\r\n\r\n"));
        } catch (IndexOutOfBoundsException e) {
            return false; // A chunk is not whole.
        }
    }

    /** The types of the events of a chunked body; "bad" for what is none, "part" for one that is cut off. */
    private static List<String> events(byte[] response) {
        ByteBuffer body = dechunked(new String(response, StandardCharsets.ISO_8859_1));
        List<String> types = new ArrayList<>();
        while (body.hasRemaining()) {
            int length = body.remaining() < 4 ? Integer.MAX_VALUE : body.getInt(body.position());
            if (length < 16 || length > 10_000) {
                types.add("bad");
                break;
            }
            if (length > body.remaining()) {
                types.add("part");
                break;
            }
            ByteBuffer event = body.slice(body.position(), length);
            body.position(body.position() + length);
            try {
                types.add(Message.decode(event).getHeaders().get(":event-type").getString());
            } catch (RuntimeException e) {
                types.add("bad");
            }
        }
        return types;
    }

    private static ByteBuffer dechunked(String response) {
        StringBuilder body = new StringBuilder();
        int at = response.indexOf("\r\n\r\n") + 4;
        while (at >= 4 && at < response.length()) {
            int lineEnd = response.indexOf("\r\n", at);
            int size = Integer.parseInt(response.substring(at, lineEnd), 16);
            body.append(response, lineEnd + 2, lineEnd + 2 + size);
            at = lineEnd + 2 + size + 2;
        }
        return ByteBuffer.wrap(body.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
}
