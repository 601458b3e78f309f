package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer.Frame;
import io.bargein.loadtest.client.Peer.Link;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each against real sockets, with a peer that shows the bytes. */
class WsConnectionTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Recorder heard = new Recorder();

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        heard.assertExhausted();
    }

    @Test
    void sendsPathAndQueryJustAsTheyWereSigned() throws Exception {
        try (Peer peer = new Peer()) {
            String signed = "/runtimes/arn%3Aaws%3Ab%2Fx/ws?X-Custom=en%20US%2F%C3%A9%2B1&X-Amz-Credential=A%2F2026&x=%7e";
            connect(WsRequest.of(URI.create("ws://127.0.0.1:" + peer.port() + signed)));
            Link link = peer.open();
            assertTrue(link.head().startsWith("GET " + signed + " HTTP/1.1\r\n"), link.head());
            assertTrue(link.head().toLowerCase().contains("\r\nhost: 127.0.0.1:" + peer.port() + "\r\n"), link.head());
            assertFalse(link.head().toLowerCase().contains("origin"), link.head());
            end(link);
        }
    }

    @Test
    void looksNamesUpOffTheLoop() throws Exception {
        try (Peer peer = new Peer()) {
            long before = HostNames.JDK.worker.getCompletedTaskCount();
            connect(WsRequest.of(peer.url()));
            Link link = peer.open();
            assertTrue(HostNames.JDK.worker.getTaskCount() > before);
            end(link);
        }
    }

    @Test
    void writesHeadersInTheCaseTheyAreGivenIn() throws Exception {
        try (Peer peer = new Peer()) {
            RuntimeEndpoint endpoint = RuntimeEndpoint.ofArn("arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/a-1")
                    .withEndpoint(URI.create("http://127.0.0.1:" + peer.port()));
            connect(RuntimeTarget.builder(endpoint).auth(RuntimeAuth.bearer("abc")).build().handshake("0".repeat(33)));
            Link link = peer.open();
            // AgentCore passes the token on only if it is written so (contract C39).
            assertTrue(link.head().contains("\r\nAuthorization: Bearer abc\r\n"), link.head());
            assertTrue(link.head().contains("\r\nX-Amzn-Bedrock-AgentCore-Runtime-Session-Id: " + "0".repeat(33) + "\r\n"), link.head());
            end(link);
        }
    }

    @Test
    void offersSubprotocolsAndTakesOneOfThemOrNone() throws Exception {
        try (Peer peer = new Peer()) {
            WsRequest request = new WsRequest(peer.url(), Map.of(), List.of("b.token", "b"));
            connect(request);
            Link silent = peer.open();
            assertTrue(silent.head().toLowerCase().contains("\r\nsec-websocket-protocol: b.token, b\r\n"), silent.head());
            end(silent);
            connect(request);
            Link chooses = peer.accept();
            chooses.upgrade("Sec-WebSocket-Protocol: b\r\n");
            end(chooses);
            connect(request);
            peer.accept().upgrade("Sec-WebSocket-Protocol: other\r\n");
            heard.expectClosed(WsConnection.ABNORMAL, "handshake: subprotocol other (expected: one that was offered, or none");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "400 | ValidationException | 33 to 256 characters",
        "401 | UnauthorizedException | whether the token has expired",
        "402 | ServiceQuotaExceededException | quotas",
        "403 | AccessDeniedException | bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream",
        "404 | ResourceNotFoundException | the ARN, its region and the qualifier",
        "409 | RetryableConflictException | tried again shortly",
        "424 | RuntimeClientError | the container's log",
        "426 | | the upgrade to WebSocket",
        "429 | ThrottlingException | how many connections",
        "500 | InternalServerException | the server's log",
        "503 | | the server's log",
        "200 | | speaks no WebSocket",
    })
    void saysWhatToCheckWhenItIsRefused(int status, String type, String check) throws Exception {
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            peer.accept().refuse(status, type == null ? "" : "x-amzn-ErrorType: " + type + ":http://internal/doc\r\n", "{\"message\":\"why\"}");
            Throwable cause = heard.expectClosed(WsConnection.ABNORMAL, check);
            HandshakeException refused = assertInstanceOf(HandshakeException.class, cause);
            assertEquals(status, refused.status());
            assertEquals(type == null ? "" : type, refused.errorType());
            assertEquals("{\"message\":\"why\"}", refused.body());
            assertTrue(refused.getMessage().startsWith("handshake: " + status + (type == null ? "" : " " + type)
                    + " (expected: 101): {\"message\":\"why\"}. Check "), refused.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsTheStatusOfARefusalThatIsTooLong(boolean chunked) throws Exception {
        String body = "why ".repeat(25_000);
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            peer.accept().raw("HTTP/1.1 404 No\r\nx-amzn-ErrorType: ResourceNotFoundException\r\n" + (chunked
                    ? "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n"
                    : "Content-Length: " + body.length() + "\r\n\r\n" + body));
            HandshakeException refused = assertInstanceOf(HandshakeException.class,
                    heard.expectClosed(WsConnection.ABNORMAL, "handshake: 404 ResourceNotFoundException (expected: 101)"));
            assertEquals(404, refused.status());
            assertTrue(body.startsWith(refused.body()) && refused.body().length() <= 64 << 10, refused.body());
            assertEquals(chunked, !refused.body().isEmpty());
        }
    }

    @Test
    void saysThatAServerSpeaksNoHttp() throws Exception {
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            peer.accept().raw("SSH-2.0-OpenSSH_9.6\r\n");
            heard.expectClosed(WsConnection.ABNORMAL, "handshake: what is there speaks no HTTP");
        }
    }

    @Test
    void givesUpOnAServerThatDoesNotAnswer() throws Exception {
        try (Peer peer = new Peer()) {
            WsConnection.connect(WsRequest.of(peer.url()), new WsSettings(Duration.ofMillis(50), null), null, loops.next(), heard);
            peer.accept();
            heard.expectClosed(WsConnection.ABNORMAL, "handshake: no answer in 50 ms (expected: 101)");
        }
    }

    @Test
    void sendsLongMessagesInFramesThatPassTheProxy() throws Exception {
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            Link link = peer.open();
            WsConnection connection = heard.expectOpened();
            for (int length : new int[] {0, 1, 31_999, 32_000, 32_001, 64_000, 64_001, 200_000}) {
                String text = "é".repeat(length / 2) + "x".repeat(length % 2);
                loops.next().execute(() -> connection.sendText(text));
                byte[] all = new byte[0];
                Frame frame = link.frame();
                assertEquals(1, frame.opcode());
                while (true) {
                    assertTrue(frame.payload().length <= 32_000, "a frame of " + frame.payload().length);
                    byte[] sum = new byte[all.length + frame.payload().length];
                    System.arraycopy(all, 0, sum, 0, all.length);
                    System.arraycopy(frame.payload(), 0, sum, all.length, frame.payload().length);
                    all = sum;
                    if (frame.isLast()) {
                        break;
                    }
                    frame = link.frame();
                    assertEquals(0, frame.opcode());
                }
                assertEquals(text, new String(all, StandardCharsets.UTF_8));
            }
            link.cut();
            heard.expectClosed(WsConnection.ABNORMAL, null);
        }
    }

    @Test
    void pingsAndAnswersPings() throws Exception {
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            Link link = peer.open();
            WsConnection connection = heard.expectOpened();
            loops.next().execute(connection::ping);
            assertEquals(9, link.frame().opcode());
            link.frame(0x8A, new byte[0]);
            heard.expect("pong");
            link.frame(0x89, new byte[] {7});
            Frame pong = link.frame();
            assertEquals(10, pong.opcode());
            assertEquals(7, pong.payload()[0]);
            link.close(4000, "taken over");
            heard.expect("closed 4000 taken over");
        }
    }

    @Test
    void readsWhatComesWithTheHandshakeInOnePiece() throws Exception {
        try (Peer peer = new Peer()) {
            connect(WsRequest.of(peer.url()));
            Link link = peer.accept();
            // The frames of one message: control characters are themselves in UTF-8, and so is all else below 128.
            link.upgradeWith(new byte[] {0x01, 2, 'a', 'b', (byte) 0x80, 2, 'c', 'd'});
            heard.expectOpened();
            heard.expect("text abcd");
            link.cut();
            heard.expectClosed(WsConnection.ABNORMAL, null);
        }
    }

    @Test
    void trustsACertificateForTheHostAlone() throws Exception {
        Certificates certificates = Certificates.make();
        SslContext server = SslContextBuilder.forServer(certificates.key(), certificates.certificate()).build();
        SslContext client = WsSettings.trusting(certificates.certificate());
        try (Peer peer = new Peer(server)) {
            WsConnection.connect(WsRequest.of(peer.url()), new WsSettings(Duration.ofSeconds(10), client), null, loops.next(), heard);
            end(peer.open());
            // The same server by an address, which its certificate does not have.
            URI byAddress = URI.create("wss://127.0.0.1:" + peer.port() + "/ws");
            WsConnection.connect(WsRequest.of(byAddress), new WsSettings(Duration.ofSeconds(10), client), null, loops.next(), heard);
            assertInstanceOf(SSLHandshakeException.class, heard.expectClosed(WsConnection.ABNORMAL, null));
            // And what the JDK does not trust is not trusted by default.
            connect(WsRequest.of(peer.url()));
            assertInstanceOf(SSLHandshakeException.class, heard.expectClosed(WsConnection.ABNORMAL, null));
        }
    }

    private void connect(WsRequest request) {
        WsConnection.connect(request, WsSettings.DEFAULT, null, loops.next(), heard);
    }

    private void end(Link link) throws InterruptedException {
        heard.expectOpened();
        link.close(1000, "");
        heard.expect("closed 1000 ");
    }

    /** What a connection has told, in order. */
    private static final class Recorder implements WsConnection.Listener {
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

        @Override
        public void opened(WsConnection connection) {
            events.add(connection);
        }

        @Override
        public void text(ByteBuf payload) {
            events.add("text " + payload.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void pong() {
            events.add("pong");
        }

        @Override
        public void closed(int code, String reason, Throwable cause) {
            events.add(cause == null ? "closed " + code + " " + reason : cause);
        }

        private Object next() throws InterruptedException {
            Object event = events.poll(20, TimeUnit.SECONDS);
            assertNotNull(event, "nothing came");
            return event;
        }

        WsConnection expectOpened() throws InterruptedException {
            return assertInstanceOf(WsConnection.class, next());
        }

        void expect(String event) throws InterruptedException {
            assertEquals(event, next());
        }

        /** @param message a part of the cause's message; null where there may be any, or no cause */
        Throwable expectClosed(int code, String message) throws InterruptedException {
            Object event = next();
            if (event instanceof Throwable cause) {
                assertTrue(message == null || cause.getMessage().contains(message), cause.toString());
                return cause;
            }
            assertEquals("closed " + code + " ", event);
            assertNull(message);
            return null;
        }

        void assertExhausted() {
            assertTrue(events.isEmpty(), events.toString());
        }
    }
}
