package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.Framing;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.operations.StandardError;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.transport.Framings;
import io.bargein.server.transport.RawPeer;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.elsewhere.CompactFraming;
import org.junit.jupiter.api.Test;

/** Which framing a connection gets, and what becomes of one that fails. */
class FramingChoiceTest {

    /** Says back what it was given, with its name before it; or whatever a test makes of it. */
    private static class Named implements Framing {
        final CountDownLatch closed = new CountDownLatch(1);
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public Codec open(Connection connection) {
            return new Codec() {
                @Override
                public void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) {
                    out.accept(new ClientMessage.Prompt(message.toString(StandardCharsets.UTF_8)));
                }

                @Override
                public Encoding encode(ServerMessage message) {
                    return message instanceof ServerMessage.Complete ? Named.this::write : null;
                }

                @Override
                public void close() {
                    closed.countDown();
                }
            };
        }

        boolean write(ByteBuf out, int maxBytes) {
            out.writeCharSequence(name, StandardCharsets.UTF_8);
            return false;
        }
    }

    /** Says one word, as soon as it is asked for. */
    private static Generation oneWord(ModelRequest request, GenerationListener listener) {
        return new Generation() {
            @Override
            public void request(long n) {
                listener.onText("word");
                listener.onEnd(new GenerationEnd(GenerationEnd.END_TURN, null));
            }

            @Override
            public CompletionStage<Void> cancel() {
                return CompletableFuture.completedStage(null);
            }
        };
    }

    private static BargeinServerBuilder builder() {
        return BargeinServer.builder().host("127.0.0.1").port(0).model(FramingChoiceTest::oneWord);
    }

    @Test
    void asksThoseThatWereGivenInOrderAndFallsBackToTheTextProtocol() throws Exception {
        Framing digits = new Named("digits") {
            @Override
            public boolean accepts(ByteBuf first, boolean text) {
                return Character.isDigit(first.readByte());
            }
        };
        Framing letters = new Named("letters") {
            @Override
            public boolean accepts(ByteBuf first, boolean text) {
                return Character.isLetterOrDigit(first.readByte());
            }
        };
        try (BargeinServer server = builder().framing(digits).framing(letters).start()) {
            assertEquals("digits", answer(server, "1"));
            assertEquals("letters", answer(server, "a"));
            assertTrue(answer(server, "{\"inputText\":\"a prompt\"}").startsWith("{\"type\":\"chunk\""));
        }
    }

    @Test
    void takesOneWithoutASubprotocolForAll() throws Exception {
        Named mine = new Named("mine");
        try (BargeinServer server = builder().framing(mine).start()) {
            assertEquals("mine", answer(server, "{\"inputText\":\"a prompt\"}"));
            assertTrue(mine.closed.await(20, TimeUnit.SECONDS), "the connection has ended");
        }
    }

    @Test
    void findsServicesByTheirSubprotocolOnly() throws Exception {
        try (BargeinServer server = builder().start()) {
            try (RawPeer peer = RawPeer.connect(server.address())) {
                peer.send(RawPeer.handshake("/ws", "Sec-WebSocket-Protocol: no, " + CompactFraming.SUBPROTOCOL + " , agent-stream.v2\r\n"));
                assertTrue(peer.readHead().toLowerCase(Locale.ROOT).contains("sec-websocket-protocol: compact.elsewhere.org\r\n"));
                peer.send(RawPeer.frame(0x82, "HPa prompt".getBytes(StandardCharsets.UTF_8)));
                assertEquals("R", peer.readMessage());
            }
            try (RawPeer peer = RawPeer.upgraded(server.address())) {
                peer.send(RawPeer.frame(0x82, new byte[] {'H'}));
                assertEquals("{\"error\":\"frame: binary (expected: a text frame with a JSON object)\"}", peer.readMessage());
            }
        }
    }

    @Test
    void namesNoSubprotocolThatItDoesNotKnow() throws Exception {
        try (BargeinServer server = builder().start(); RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(RawPeer.handshake("/ws", "Sec-WebSocket-Protocol: no\r\n"));
            String head = peer.readHead();
            assertTrue(head.startsWith("HTTP/1.1 101 "));
            assertFalse(head.toLowerCase(Locale.ROOT).contains("sec-websocket-protocol"));
        }
    }

    /** In the middle of a long message, too. */
    @Test
    void closesAConnectionWhoseFramingFailsAndNoOther() throws Exception {
        List<Framing> broken = List.of(
                new Named("fails while it writes") {
                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        out.writeByte('x');
                        throw new IllegalArgumentException("no words");
                    }
                },
                new Named("writes too much") {
                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        out.writeZero(maxBytes + 1);
                        return false;
                    }
                },
                new Named("writes for ever") {
                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        return true;
                    }
                },
                new Named("fails in the second fragment") {
                    private boolean second;

                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        if (second) {
                            throw new IllegalArgumentException("no words");
                        }
                        second = true;
                        out.writeByte('x');
                        return true;
                    }
                },
                new Named("takes back what stands before") {
                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        out.clear();
                        return false;
                    }
                },
                new Named("releases what is not its own") {
                    @Override
                    boolean write(ByteBuf out, int maxBytes) {
                        out.writeByte('x').release();
                        return false;
                    }
                },
                new Named("says nothing at all") {
                    @Override
                    public Codec open(Connection connection) {
                        return decoding((message, out) -> out.accept(null));
                    }
                },
                new Named("has no codec") {
                    @Override
                    public Codec open(Connection connection) {
                        return null;
                    }
                },
                new Named("cannot say whether it accepts") {
                    @Override
                    public boolean accepts(ByteBuf first, boolean text) {
                        throw new IllegalArgumentException("no idea");
                    }
                });
        for (Framing framing : broken) {
            try (BargeinServer server = builder().framing(framing).start(); RawPeer other = RawPeer.upgraded(server.address());
                    RawPeer peer = RawPeer.upgraded(server.address())) {
                peer.sendText("a prompt");
                assertEquals(1011, peer.readClose().closeCode());
                other.send(RawPeer.frame(0x89, new byte[] {'?'}));
                assertEquals(0x0A, other.readFrame().opcode());
            }
        }
    }

    /** Off the event loop it would harm the session without a word. */
    @Test
    void tellsAFramingThatItDecodesOnTheWrongThread() throws Exception {
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        Framing framing = new Named("elsewhere") {
            @Override
            public Codec open(Connection connection) {
                return decoding((message, out) -> {
                    ClientMessage prompt = new ClientMessage.Prompt(message.toString(StandardCharsets.UTF_8));
                    Thread thread = new Thread(() -> out.accept(prompt), "elsewhere");
                    thread.setUncaughtExceptionHandler((where, why) -> told.complete(why));
                    thread.start();
                });
            }
        };
        try (BargeinServer server = builder().framing(framing).start(); RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.sendText("a prompt");
            assertEquals("decoded on elsewhere (expected: the connection's event loop)", told.get(20, TimeUnit.SECONDS).getMessage());
        }
    }

    @Test
    void warnsOfASubprotocolThatTwoFramingsHave() {
        Framing one = new Named("one") {
            @Override
            public List<String> subprotocols() {
                return List.of("same");
            }
        };
        Framing other = new Named("other") {
            @Override
            public List<String> subprotocols() {
                return List.of("same");
            }
        };
        String log = StandardError.during(() -> Framings.of(List.of(one, one, other)));
        assertTrue(log.contains("subprotocol: \"same\" is of " + one.getClass().getName() + " and not of " + other.getClass().getName()
                + " (expected: one framing that has it)"), log);
        assertEquals(log.indexOf("subprotocol:"), log.lastIndexOf("subprotocol:"), log);
    }

    @Test
    void refusesASubprotocolThatIsNoToken() {
        Framing framing = new Named("x") {
            @Override
            public List<String> subprotocols() {
                return List.of("a b");
            }
        };
        String error = assertThrows(IllegalArgumentException.class, () -> builder().framing(framing).start()).getMessage();
        assertTrue(error.startsWith("subprotocol: \"a b\" of ") && error.endsWith("(expected: a token of RFC 9110)"), error);
    }

    private static Framing.Codec decoding(BiConsumer<ByteBuf, Consumer<? super ClientMessage>> how) {
        return new Framing.Codec() {
            @Override
            public void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) {
                how.accept(message, out);
            }

            @Override
            public Framing.Encoding encode(ServerMessage message) {
                return null;
            }
        };
    }

    private static String answer(BargeinServer server, String prompt) throws IOException {
        try (RawPeer peer = RawPeer.upgraded(server.address())) {
            peer.sendText(prompt);
            return peer.readMessage();
        }
    }
}
