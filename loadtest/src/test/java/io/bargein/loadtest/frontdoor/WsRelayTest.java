package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.frontdoor.Caller.Answer;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of frames, and of a WebSocket that does not keep to the platform's rules. Hours pass at once. */
@Timeout(120)
class WsRelayTest {
    private static final String TOO_BIG = "close 1009 Policy violated: message size limit of 64 KB for a message frame is exceeded";
    private static final String TOO_MANY = "close 1008 Policy violated: frame rate limit of 250 frames per second is exceeded";
    private static final String TOO_OLD = "close 1008 Policy violated: Max connection duration of 1 hour is exceeded";

    private final Container container = new Container();
    private final Caller caller = new Caller();
    private final HandMovedTime time = new HandMovedTime(Vectors.SIGNED);
    private FrontDoor door;
    private Peer client;
    private Peer server;

    private FrontDoorBuilder builder() {
        return FrontDoor.before(container.uri()).time(time).credentials(Vectors.KEY, Vectors.SECRET, null);
    }

    private void connect(FrontDoorBuilder builder) throws Exception {
        door = builder.open();
        connectOnce();
    }

    private void connectOnce() throws Exception {
        Answer answer = caller.sends(door.uri(), Vectors.V1);
        assertEquals(101, answer.status(), answer.body());
        client = answer.peer();
        server = container.peer();
    }

    @AfterEach
    void close() {
        client.hasHeardNoMoreThanTheEnd();
        server.hasHeardNoMoreThanTheEnd();
        door.close();
        caller.close();
        container.close();
    }

    @Test
    void passesEachFrameAsItIs() throws Exception {
        connect(builder());
        for (Peer[] ways : new Peer[][] {{client, server}, {server, client}}) {
            ways[0].says("é日");
            ways[0].says(new BinaryWebSocketFrame(Unpooled.copyShort(0x6162)));
            ways[0].says(new PingWebSocketFrame(Unpooled.copyShort(0x6364)));
            ways[0].says(new PongWebSocketFrame(Unpooled.copyShort(0x6566)));
            ways[0].says(new TextWebSocketFrame(false, 0, "hel"));
            ways[0].says(new PingWebSocketFrame());
            ways[0].says(new ContinuationWebSocketFrame(false, 0, ""));
            ways[0].says(new ContinuationWebSocketFrame(true, 0, "lo"));
            ways[0].says("");
            ways[1].hears("text é日", "binary ab", "ping cd", "pong ef", "text… hel", "ping ", "more… ", "more lo", "text ");
        }
    }

    @Test
    void passesOnWhoClosesAndWhy() throws Exception {
        connect(builder());
        server.closes(1008, "slow reader");
        client.hears("close 1008 slow reader");
        client.closes(1008, "");
        server.hears("close 1008 ", "gone");
        client.hears("gone");

        connectOnce();
        client.closes(4000, "bye");
        server.hears("close 4000 bye");
        server.says("meanwhile");
        server.closes(4000, "");
        client.hears("text meanwhile", "close 4000 ", "gone");
        server.hears("gone");

        connectOnce();
        client.hangsUp();
        server.hears("gone");
        client.hears("gone");

        connectOnce();
        server.hangsUp();
        client.hears("gone");
        server.hears("gone");
    }

    @Test
    void takesFramesOf64KbAndNoMoreFromTheClient() throws Exception {
        connect(builder());
        client.says(new TextWebSocketFrame(Peer.bytes(65_536)));
        client.says(new TextWebSocketFrame(false, 0, Peer.bytes(60_000)));
        client.says(new ContinuationWebSocketFrame(true, 0, Peer.bytes(60_000)));
        server.hears("text 65536 bytes", "text… 60000 bytes", "more 60000 bytes");
        client.says(new TextWebSocketFrame(Peer.bytes(65_537)));
        server.hears(TOO_BIG);
        client.hears(TOO_BIG);
        client.hangsUp();
        server.hangsUp();
        client.hears("gone");
        server.hears("gone");
    }

    @Test
    void takesFramesOf64KbAndNoMoreFromTheContainer() throws Exception {
        connect(builder());
        server.says(new BinaryWebSocketFrame(Peer.bytes(65_536)));
        client.hears("binary 65536 bytes");
        server.says(new BinaryWebSocketFrame(Peer.bytes(72_678)));
        client.hears(TOO_BIG);
        server.hears(TOO_BIG);
    }

    @Test
    void takes250FramesInAnySecondFromEachSide() throws Exception {
        connect(builder());
        for (Peer[] ways : new Peer[][] {{client, server}, {server, client}}) {
            for (int second = 0; second < 2; second++) {
                for (int i = 0; i < 250; i++) {
                    ways[0].says("" + i);
                }
                for (int i = 0; i < 250; i++) {
                    ways[1].hears("text " + i);
                }
                time.advance(Duration.ofSeconds(1));
            }
        }
        server.says("early");
        client.hears("text early");
        time.advance(Duration.ofMillis(600));
        for (int i = 1; i < 250; i++) {
            // Pings and fragments count like any other frame.
            server.says(i % 2 == 0 ? new PingWebSocketFrame() : i == 1 ? new TextWebSocketFrame(false, 0, "a")
                    : new ContinuationWebSocketFrame(i == 249, 0, "b"));
        }
        for (int i = 1; i < 250; i++) {
            client.hearsSomething();
        }
        time.advance(Duration.ofMillis(399)); // The window slides: the early one is in it still.
        server.says(new PingWebSocketFrame());
        client.hears(TOO_MANY);
        server.hears(TOO_MANY);
    }

    @Test
    void endsAfterAnHourHoweverBusy() throws Exception {
        connect(builder());
        for (int second = 0; second < 3_590; second += 59) {
            time.advance(Duration.ofSeconds(59));
            client.says("alive");
            server.hears("text alive");
        }
        time.advance(Duration.ofSeconds(3_599 - 61 * 59));
        server.says("last");
        client.hears("text last");
        time.advance(Duration.ofSeconds(1));
        client.hears(TOO_OLD);
        server.hears(TOO_OLD);
        client.hangsUp();
        server.hangsUp();
        client.hears("gone");
        server.hears("gone");
        connectAgain();
    }

    /** A new door, for the signature has expired with the hour. */
    private void connectAgain() throws Exception {
        door.close();
        connect(builder().time(new HandMovedTime(Vectors.SIGNED)));
        client.says("on");
        server.hears("text on");
    }

    @Test
    void endsAfterSecondsWhereThatIsTheLimit() throws Exception {
        connect(builder().maxDuration(Duration.ofSeconds(3)));
        time.advance(Duration.ofMillis(2_999));
        client.says("alive");
        server.hears("text alive");
        time.advance(Duration.ofMillis(1));
        client.hears(TOO_OLD);
        server.hears(TOO_OLD);
    }

    @Test
    void cutsAConnectionThatIsSilentForAMinuteWithoutAWord() throws Exception {
        connect(builder());
        time.advance(Duration.ofMillis(59_999));
        assertTrue(client.channel().isActive());
        time.advance(Duration.ofMillis(1));
        client.hears("gone");
        server.hears("gone");
    }

    @Test
    void isKeptForAnHourByTheContainersPingsAlone() throws Exception {
        connect(builder().maxDuration(Duration.ofHours(2)));
        for (int i = 0; i < 181; i++) {
            time.advance(Duration.ofSeconds(20));
            server.says(new PingWebSocketFrame());
            client.hears("ping ");
        }
        time.advance(Duration.ofSeconds(60));
        client.hears("gone");
        server.hears("gone");
    }

    @Test
    void losesWhatTheContainerSendsFirstWhereThatIsAsked() throws Exception {
        connect(builder().dropEarly(true));
        server.says("ready");
        server.says(new PingWebSocketFrame());
        client.hears("ping ");
        client.says("hello");
        server.hears("text hello");
        server.says("now");
        client.hears("text now");
    }

    @Test
    void passesWhatTheContainerSendsFirst() throws Exception {
        connect(builder());
        server.says("ready");
        client.hears("text ready");
    }

    @Test
    void echoesWholeMessagesToTheContainerWhereThatIsAsked() throws Exception {
        connect(builder().echo(true));
        server.says("one");
        server.hears("text one");
        client.hears("text one");
        server.says(new TextWebSocketFrame(false, 0, "a"));
        server.says(new ContinuationWebSocketFrame(true, 0, "b"));
        client.hears("text… a", "more b");
        client.says(new TextWebSocketFrame(false, 0, "mid"));
        server.hears("text… mid");
        server.says("two");
        client.hears("text two");
        client.says(new ContinuationWebSocketFrame(true, 0, "end"));
        server.hears("more end");
        server.says("three");
        server.hears("text three");
        client.hears("text three");
    }

    @Test
    void wrapsTheFirstMessageWhereThatIsAsked() throws Exception {
        connect(builder().wrapFirst(true));
        client.says(new TextWebSocketFrame(false, 0, "{\"inputText\":\"é"));
        client.says(new PingWebSocketFrame());
        client.says(new ContinuationWebSocketFrame(false, 0, "\\n\n"));
        client.says(new ContinuationWebSocketFrame(true, 0, "\"}"));
        client.says("{\"a\":1}");
        server.hears("text… {\"body\":\"{\\\"inputText\\\":\\\"é", "ping ", "more… \\\\n\\u000a", "more \\\"}\"}", "text {\"a\":1}");

        connectOnce();
        client.says("\"");
        client.says("\"");
        server.hears("text {\"body\":\"\\\"\"}", "text \"");

        connectOnce();
        client.says(new BinaryWebSocketFrame(Unpooled.copyShort(0x2222)));
        client.says("\"");
        server.hears("binary \"\"", "text \"");
    }

    @Test
    void takesNoMoreFromTheContainerThanTheClientDoes() throws Exception {
        connect(builder().maxFramesPerSecond(100_000));
        int most = 1_024;
        client.stopsReading();
        int written = flood(server, () -> new BinaryWebSocketFrame(Peer.bytes(60_000)), most);
        assertTrue(written < most);
        client.channel().config().setAutoRead(true);
        for (int i = 0; i <= written; i++) {
            client.hears("binary 60000 bytes");
        }
    }

    @Test
    void takesNoMoreFromTheClientThanTheContainerDoes() throws Exception {
        connect(builder().maxFramesPerSecond(100_000));
        // Masked with zeros already, and fewer: the door's own masking is slow here, where each access to a buffer is recorded.
        int most = 400;
        server.stopsReading();
        int written = flood(client, () -> Unpooled.wrappedBuffer(new byte[] {(byte) 0x82, (byte) 0xfe, (byte) (60_000 >> 8), (byte) 60_000,
            0, 0, 0, 0}, new byte[60_000]), most);
        assertTrue(written < most);
        server.channel().config().setAutoRead(true);
        server.hears("binary 60000 bytes", "binary 60000 bytes");
        client.hangsUp();
        for (int heard = 2; !server.hearsSomething().equals("gone"); heard++) {
            assertTrue(heard <= written);
        }
        client.hears("gone");
    }

    /**
     * Writes, frame after frame as they leave, and returns how many had left when the kernel took no more for a while; just the one that is
     * stuck then follows.
     */
    private static int flood(Peer from, Supplier<Object> frame, int most) throws Exception {
        CompletableFuture<Integer> stuck = new CompletableFuture<>();
        from.channel().eventLoop().execute(() -> flood(from, frame, 0, most, stuck));
        return stuck.get(60, TimeUnit.SECONDS);
    }

    private static void flood(Peer from, Supplier<Object> frame, int written, int most, CompletableFuture<Integer> stuck) {
        if (written == most) {
            stuck.complete(written);
            return;
        }
        Future<?> timer = from.channel().eventLoop().schedule(() -> stuck.complete(written), 3, TimeUnit.SECONDS);
        from.channel().writeAndFlush(frame.get()).addListener(done -> {
            timer.cancel(false);
            if (done.isSuccess() && !stuck.isDone()) {
                from.channel().eventLoop().execute(() -> flood(from, frame, written + 1, most, stuck));
            }
        });
    }

    @Test
    void refusesAFrameThatIsNone() throws Exception {
        connect(builder());
        client.says(new ContinuationWebSocketFrame(true, 0, "of nothing"));
        assertTrue(client.hearsSomething().startsWith("close 1002 "));
        assertTrue(server.hearsSomething().startsWith("close 1002 "));
    }

    @Test
    void saysThatItGoesAwayWhenItIsStopped() throws Exception {
        connect(builder());
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(door::close);
        client.hears("close 1001 ");
        server.hears("close 1001 ");
        client.hangsUp();
        stopped.get(20, TimeUnit.SECONDS);
        client.hears("gone");
        server.hears("gone");
    }

    @Test
    void cutsAPeerThatDoesNotEndWhatHasBeenClosed() throws Exception {
        connect(builder().maxDuration(Duration.ofSeconds(1)));
        client.stopsReading(); // It does not see the end, and talks on until nobody takes it.
        time.advance(Duration.ofSeconds(1));
        server.hears(TOO_OLD, "gone");
        Future<?> talking = client.channel().eventLoop().scheduleAtFixedRate(() -> client.channel().writeAndFlush(new PingWebSocketFrame()),
                0, 50, TimeUnit.MILLISECONDS);
        client.hears("gone");
        talking.cancel(false);
    }

    @Test
    void waits30sForAContainerThatDoesNotAnswer() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            door = FrontDoor.before(URI.create("http://127.0.0.1:" + silent.getLocalPort())).time(time)
                    .credentials(Vectors.KEY, Vectors.SECRET, null).open();
            CompletableFuture<Answer> answer = caller.begins(door.uri(), Vectors.V1);
            try (Socket accepted = silent.accept()) {
                assertEquals('G', accepted.getInputStream().read());
                time.advance(Duration.ofMillis(29_999));
                assertTrue(!answer.isDone());
                time.advance(Duration.ofMillis(1));
                answer.get(20, TimeUnit.SECONDS).is(424, "RuntimeClientError", "Runtime initialization time exceeded");
            }
        }
        connectAgain();
    }
}
