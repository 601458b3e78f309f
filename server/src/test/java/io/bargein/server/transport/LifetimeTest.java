package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.Toolbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How old a connection gets, and how long it may be idle, by a clock that the test moves. */
class LifetimeTest {
    private static final LivenessSettings NO_PINGS = new LivenessSettings(Duration.ZERO, Duration.ofSeconds(20), Duration.ofSeconds(30),
            Duration.ofSeconds(15), Duration.ofSeconds(5));

    private final MockTicker ticker = Ticker.newMockTicker();
    private final ScriptedModel model = new ScriptedModel();
    private EmbeddedChannel channel;
    private final ByteBuf unread = Unpooled.buffer();

    @AfterEach
    void finish() {
        unread.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void closesAnIdleConnectionAtItsAge() {
        connect(LifetimeSettings.DEFAULT);
        pass(57, TimeUnit.MINUTES);
        assertNull(sent());
        pass(1, TimeUnit.MINUTES);
        assertEquals("close 1001 connection age", sent());
    }

    @Test
    void letsARunningTurnEndBeforeItClosesAnOldConnection() {
        connect(LifetimeSettings.DEFAULT);
        prompt();
        pass(58, TimeUnit.MINUTES);
        assertNull(sent());
        model.last().emits("Yes.");
        model.last().ends();
        channel.runPendingTasks();
        assertEquals("{\"type\":\"chunk\",\"data\":\"Yes.\"}", sent());
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Yes.\"}", sent());
        assertEquals("close 1001 connection age", sent());
    }

    @Test
    void interruptsATurnThatTakesUntilThePlatformWouldCutTheConnection() {
        connect(LifetimeSettings.DEFAULT);
        prompt();
        pass(58, TimeUnit.MINUTES);
        pass(1, TimeUnit.MINUTES);
        assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"\"}", sent());
        assertEquals("close 1001 connection age", sent());
    }

    @Test
    void closesAConnectionWhoseClientSaysNothingThoughItAnswersPings() {
        connect(new LifetimeSettings(Duration.ZERO, Duration.ofMinutes(4)));
        for (int minute = 1; minute < 4; minute++) {
            pass(1, TimeUnit.MINUTES);
            receive(0x8A, "");
            assertNull(sent());
        }
        pass(1, TimeUnit.MINUTES);
        assertEquals("close 1001 idle", sent());
    }

    @Test
    void takesPingsMessagesAndRunningTurnsForUse() {
        connect(new LifetimeSettings(Duration.ZERO, Duration.ofMinutes(4)));
        pass(3, TimeUnit.MINUTES);
        receive(0x89, "");
        channel.releaseOutbound();
        pass(3, TimeUnit.MINUTES);
        receive(0x81, "{\"x\":1}");
        channel.releaseOutbound();
        pass(3, TimeUnit.MINUTES);
        prompt();
        for (int i = 0; i < 10; i++) {
            pass(1, TimeUnit.MINUTES);
        }
        assertNull(sent());
        model.last().ends();
        channel.runPendingTasks();
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", sent());
        for (int i = 0; i < 3; i++) {
            pass(1, TimeUnit.MINUTES);
            assertNull(sent());
        }
        pass(1, TimeUnit.MINUTES);
        assertEquals("close 1001 idle", sent());
    }

    private void connect(LifetimeSettings lifetime) {
        TransportSettings settings = TestServer.with(NO_PINGS, lifetime);
        channel = EmbeddedChannel.builder().ticker(ticker).handlers(new ServerPipeline(settings, new SessionServices(model, Toolbox.EMPTY,
                Runnable::run, new Conversations(ConversationLimits.DEFAULT, ticker), new Health(Clock.systemUTC()),
                SessionSettings.DEFAULT, new SessionListener() {}), new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), ticker)).build();
        channel.writeInbound(Unpooled.copiedBuffer(RawPeer.handshake("/ws", ""), StandardCharsets.US_ASCII));
        channel.releaseOutbound();
    }

    private void prompt() {
        receive(0x81, "{\"inputText\":\"one\"}");
    }

    private void receive(int firstByte, String payload) {
        channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(firstByte, payload.getBytes(StandardCharsets.UTF_8))));
    }

    private void pass(long time, TimeUnit unit) {
        ticker.advance(time, unit);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    /** The next frame out, of less than 126 bytes: its text, or its close code and reason; null if there is none. */
    private String sent() {
        for (ByteBuf more = channel.readOutbound(); more != null; more = channel.readOutbound()) {
            // Frames that leave together share one buffer.
            unread.writeBytes(more);
            more.release();
        }
        if (!unread.isReadable()) {
            return null;
        }
        boolean close = (unread.readUnsignedByte() & 0x0F) == 8;
        int length = unread.readUnsignedByte();
        String code = close ? "close " + unread.readUnsignedShort() + " " : "";
        return code + unread.readCharSequence(length - (close ? 2 : 0), StandardCharsets.UTF_8);
    }
}
