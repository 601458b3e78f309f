package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.Framing;
import io.bargein.protocol.JsonFraming;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.ServerMessage.Chunk;
import io.bargein.protocol.ServerMessage.Complete;
import io.bargein.protocol.ServerMessage.Failure;
import io.bargein.protocol.ServerMessage.Interrupted;
import io.bargein.protocol.TurnId;
import io.bargein.server.session.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final OutputSettings UNPACED =
            new OutputSettings(0, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(ticker).build();
    /** What is on the wire, as a client reads it. */
    private final EmbeddedChannel wire = new EmbeddedChannel(new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(false).maxFramePayloadLength(1 << 20).closeOnProtocolViolation(false).build()));
    private final List<ServerMessage> sent = new ArrayList<>();
    private int roomCalls;
    private int closingCalls;
    private Outbox outbox = outbox(UNPACED, Limits.DEFAULT);

    @AfterEach
    void nothingIsLeftUnread() {
        assertEquals(List.of(), frames());
        channel.finishAndReleaseAll();
        wire.finishAndReleaseAll();
        outbox.release();
    }

    @Test
    void letsControlOvertakeData() {
        blocked(true);
        outbox.data(new Chunk("one"));
        outbox.data(new Chunk("two"));
        outbox.control(new Interrupted(""));
        outbox.flush();
        blocked(false);

        assertEquals(List.of("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", chunk("one"), chunk("two")), frames());
    }

    @Test
    void purgesWhatIsNotOutAndCountsOnlyWhatIsAsSent() {
        outbox.data(new Chunk("one"));
        outbox.flush();
        blocked(true);
        outbox.data(new Chunk("two"));
        outbox.data(new Complete("onetwo"));
        outbox.purgeData();
        outbox.control(new Interrupted("one"));
        outbox.flush();
        blocked(false);

        assertEquals(List.of(chunk("one"), "{\"type\":\"interrupted\",\"partialResponse\":\"one\"}"), frames());
        assertEquals(List.of(new Chunk("one"), new Interrupted("one")), sent);
    }

    @Test
    void fragmentsALongMessageAndFinishesItBeforeAnythingElseButControlFrames() {
        outbox = outbox(UNPACED, new Limits(1 << 20, 1 << 20, 1_000, 16));
        String answer = "日本語の長い答え😀".repeat(300);
        blockAfterWrites(1);
        outbox.data(new Complete(answer));
        outbox.flush();
        outbox.purgeData();
        outbox.control(new Failure("late"));
        outbox.ping();
        outbox.flush();
        assertEquals(List.of(new Complete(answer)), sent);
        unblock();

        List<String> kinds = new ArrayList<>();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (WebSocketFrame frame = next(); frame != null; frame = next()) {
            kinds.add(frame instanceof PingWebSocketFrame ? "ping" : frame instanceof ContinuationWebSocketFrame ? "more" : "first");
            assertTrue(frame.content().readableBytes() <= 1_000);
            text.writeBytes(ByteBufUtil.getBytes(frame.content()));
            frame.release();
        }
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"" + answer + "\"}{\"error\":\"late\"}",
                text.toString(StandardCharsets.UTF_8));
        assertEquals(List.of("first", "ping", "more"), kinds.subList(0, 3));
        assertEquals(Set.of("more"), Set.copyOf(kinds.subList(2, kinds.size() - 1)));
        assertEquals("first", kinds.get(kinds.size() - 1));
    }

    @Test
    void mergesDeltasThatWaitTogetherAndOnlyThem() {
        outbox = outbox(new OutputSettings(0, OutputSettings.Merging.WHEN_WAITING, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        outbox.data(new Chunk("a"));
        outbox.flush();
        outbox.data(new Chunk("b"));
        outbox.data(new Chunk("c"));
        outbox.data(new Complete("abc"));
        outbox.flush();

        assertEquals(List.of(chunk("a"), chunk("bc"), "{\"type\":\"complete\",\"fullResponse\":\"abc\"}"), frames());
        assertEquals(List.of(new Chunk("a"), new Chunk("bc"), new Complete("abc")), sent);
    }

    @Test
    void sendsOneChunkADeltaWithPacingAndMergingOff() {
        for (int i = 0; i < 500; i++) {
            outbox.data(new Chunk(i + ","));
        }
        outbox.flush();

        List<String> frames = frames();
        assertEquals(500, frames.size());
        assertEquals(chunk("499,"), frames.get(499));
    }

    @Test
    void writesTheFramesThatLeaveTogetherInOnePiece() {
        for (int i = 0; i < 100; i++) {
            outbox.data(new Chunk("x"));
        }
        outbox.control(new Failure("f"));
        outbox.flush();

        assertEquals(1, channel.outboundMessages().size());
        assertEquals(101, frames().size());
    }

    @Test
    void putsNoMoreIntoOnePieceThanTheChannelTakes() {
        for (int i = 0; i < 100; i++) {
            outbox.data(new Chunk("x".repeat(4 << 10)));
        }
        channel.config().setWriteBufferHighWaterMark(32 << 10);
        for (int i = 0; i < 13; i++) {
            outbox.flush();
        }

        for (Object piece : channel.outboundMessages()) {
            int bytes = ((ByteBuf) piece).readableBytes();
            assertTrue(bytes <= (32 << 10) + (4 << 10) + 64, () -> bytes + " bytes");
        }
        assertEquals(100, frames().size());
    }

    @Test
    void mergesAboveTheFrameRateAndSendsTheRestWithTheComplete() {
        outbox = outbox(new OutputSettings(200, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        for (int i = 0; i < 300; i++) {
            outbox.data(new Chunk("x"));
        }
        outbox.flush();
        assertEquals(200, frames().size());
        outbox.flush();
        assertEquals(0, frames().size());

        outbox.data(new Complete("…"));
        outbox.flush();
        assertEquals(List.of(chunk("x".repeat(100)), "{\"type\":\"complete\",\"fullResponse\":\"…\"}"), frames());
    }

    /** What a framing has no words for costs no frame, and counts as sent. */
    @Test
    void sendsTheRestThoughWhatTheTurnTookIsBehindIt() {
        outbox = outbox(new OutputSettings(200, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        for (int i = 0; i < 300; i++) {
            outbox.data(new Chunk("x"));
        }
        outbox.flush();
        assertEquals(200, frames().size());
        ServerMessage metrics = new ServerMessage.Metrics(TurnId.NONE, 1, 1, 1);
        outbox.data(new Complete("…"));
        outbox.data(metrics);
        outbox.flush();
        assertEquals(List.of(chunk("x".repeat(100)), "{\"type\":\"complete\",\"fullResponse\":\"…\"}"), frames());
        assertEquals(metrics, sent.get(sent.size() - 1));
    }

    @Test
    void resumesByItselfWhenTheFrameRateAllowsIt() {
        outbox = outbox(new OutputSettings(10, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        for (int i = 0; i < 15; i++) {
            outbox.data(new Chunk("x"));
        }
        outbox.flush();
        assertEquals(10, frames().size());
        pass(999);
        assertEquals(List.of(), frames());
        pass(1);
        assertEquals(List.of(chunk("xxxxx")), frames());
    }

    @Test
    void letsControlComeSoonerThanTheDataThatWaitsForTheFrameRate() {
        outbox = outbox(new OutputSettings(10, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        for (int i = 0; i < 11; i++) {
            outbox.data(new Chunk("x"));
        }
        outbox.flush();
        outbox.control(new Interrupted("xxxxxxxxxx"));
        outbox.flush();
        assertEquals(11, frames().size());
        outbox.control(new Failure("a"));
        outbox.control(new Failure("b"));
        outbox.flush();
        assertEquals(List.of("{\"error\":\"a\"}"), frames());
        pass(1_000);
        assertEquals(List.of("{\"error\":\"b\"}", chunk("x")), frames());
    }

    /** Nobody else flushes: what is over the rate again when the wait is over waits again, by itself. */
    @Test
    void resumesAsOftenAsTheFrameRateTakes() {
        outbox = outbox(new OutputSettings(10, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        for (int i = 0; i < 40; i++) {
            outbox.control(new Failure("f"));
        }
        outbox.flush();
        List<Integer> leftEachSecond = new ArrayList<>(List.of(frames().size()));
        for (int second = 1; second <= 4; second++) {
            pass(1_000);
            leftEachSecond.add(frames().size());
        }
        assertEquals(List.of(12, 12, 12, 4, 0), leftEachSecond);
    }

    @Test
    void neverPassesTheFrameRateInAnySecond() {
        outbox = outbox(new OutputSettings(50, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        Random random = new Random(7);
        List<Long> all = new ArrayList<>();
        for (int millis = 0; millis < 10_000; millis += 5) {
            for (int i = random.nextInt(4); i > 0; i--) {
                outbox.data(new Chunk("x"));
            }
            if (random.nextInt(40) == 0) {
                outbox.control(new Failure("f"));
                outbox.ping();
            }
            outbox.flush();
            pass(5);
            for (int i = frames().size(); i > 0; i--) {
                all.add(ticker.nanoTime());
            }
        }
        for (int i = 60; i < all.size(); i++) {
            assertTrue(all.get(i) - all.get(i - 60) >= TimeUnit.MILLISECONDS.toNanos(995), "frame " + i);
        }
        assertTrue(all.size() > 450, () -> all.size() + " frames in 10 s");
        pass(2_000);
        frames();
    }

    @Test
    void answersPingsThatPileUpWithTheNewestOnly() {
        blocked(true);
        for (int i = 0; i < 10_000; i++) {
            outbox.pong(Unpooled.copiedBuffer("p" + i, StandardCharsets.US_ASCII));
        }
        blocked(false);

        WebSocketFrame pong = next();
        assertTrue(pong instanceof PongWebSocketFrame);
        assertEquals("p9999", pong.content().toString(StandardCharsets.US_ASCII));
        pong.release();
    }

    @Test
    void sendsOneCloseBehindTheControlLaneAndNothingAfterIt() {
        blocked(true);
        outbox.data(new Chunk("never"));
        outbox.control(new Interrupted(""));
        outbox.close(1001, "bye");
        outbox.close(1009, "again");
        outbox.fail(1002, "and again");
        outbox.data(new Chunk("never"));
        outbox.control(new Failure("never"));
        outbox.ping();
        blocked(false);

        List<WebSocketFrame> frames = new ArrayList<>();
        for (WebSocketFrame frame = next(); frame != null; frame = next()) {
            frames.add(frame);
            frame.release();
        }
        CloseWebSocketFrame close = (CloseWebSocketFrame) frames.get(frames.size() - 1);
        assertEquals(1, frames.stream().filter(CloseWebSocketFrame.class::isInstance).count());
        assertEquals(1_001, closeCode);
        assertTrue(close != null);
        assertEquals(1, closingCalls);
        assertTrue(channel.isOpen());
        pass(5_000);
        assertFalse(channel.isOpen());
    }

    @Test
    void endsTheConnectionOnceBothHaveSaidClose() {
        outbox.closeReceived(1000, "");
        assertEquals(1_000, closeCodeOf(next()));
        assertFalse(channel.isOpen());
    }

    @Test
    void saysWhenThereIsRoomAgain() {
        assertTrue(outbox.hasRoom());
        blocked(true);
        assertFalse(outbox.hasRoom());
        blocked(false);
        assertEquals(1, roomCalls);

        outbox.flush();
        assertEquals(1, roomCalls);
    }

    @Test
    void pausesReadingWhileAnswersToWhatWasReadPileUp() {
        blocked(true);
        for (int i = 0; i < 63; i++) {
            outbox.control(new Failure("f"));
        }
        assertTrue(channel.config().isAutoRead());
        outbox.control(new Failure("f"));
        assertFalse(channel.config().isAutoRead());

        blocked(false);
        assertTrue(channel.config().isAutoRead());
        assertEquals(64, frames().size());
    }

    /** T14: output is driven by writability, demand and the pacer, not by tasks that post themselves. */
    @Test
    void postsNoTasksToItsOwnLoop() {
        blocked(true);
        for (int i = 0; i < 100; i++) {
            outbox.data(new Chunk("x"));
            outbox.flush();
        }
        assertFalse(channel.hasPendingTasks());
        blocked(false);
        assertFalse(channel.hasPendingTasks());
        assertEquals(100, frames().size());
    }

    @Test
    void leavesNoTimerBehind() {
        outbox = outbox(new OutputSettings(1, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0), Limits.DEFAULT);
        outbox.data(new Chunk("x"));
        outbox.data(new Chunk("x"));
        outbox.flush();
        outbox.close(1000, "");
        outbox.release();
        channel.runPendingTasks();
        assertEquals(-1, channel.runScheduledPendingTasks());
        frames();
    }

    private int closeCode;

    private Outbox outbox(OutputSettings settings, Limits limits) {
        Outbox made = new Outbox(channel, limits, settings, TimeUnit.SECONDS.toNanos(5), ticker);
        made.codec(new JsonFraming().open(new Framing.Connection("s", null, limits, Duration.ZERO)));
        made.listener(new Outbound.Listener() {
            @Override
            public void sent(ServerMessage message) {
                sent.add(message);
                if (blockAfter > 0 && --blockAfter == 0) {
                    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
                }
            }

            @Override
            public void room() {
                roomCalls++;
            }

            @Override
            public void closing() {
                closingCalls++;
            }
        });
        return made;
    }

    private int blockAfter;

    private void blockAfterWrites(int messages) {
        blockAfter = messages;
    }

    private void unblock() {
        blocked(false);
    }

    /** Makes the channel unwritable, as a client that takes nothing does; or writable again. */
    private void blocked(boolean blocked) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !blocked);
        channel.runPendingTasks();
        if (!blocked) {
            outbox.flush();
        }
    }

    private void pass(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private WebSocketFrame next() {
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            wire.writeInbound(bytes);
        }
        WebSocketFrame frame = wire.readInbound();
        if (frame instanceof CloseWebSocketFrame close) {
            closeCode = close.statusCode();
        }
        return frame;
    }

    private static int closeCodeOf(WebSocketFrame frame) {
        int code = ((CloseWebSocketFrame) frame).statusCode();
        frame.release();
        return code;
    }

    /** The texts of all frames that are out. */
    private List<String> frames() {
        List<String> texts = new ArrayList<>();
        for (WebSocketFrame frame = next(); frame != null; frame = next()) {
            texts.add(frame.content().toString(StandardCharsets.UTF_8));
            frame.release();
        }
        return texts;
    }

    private static String chunk(String data) {
        return "{\"type\":\"chunk\",\"data\":\"" + data + "\"}";
    }
}
