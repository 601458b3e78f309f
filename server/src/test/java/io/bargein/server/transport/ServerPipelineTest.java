package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerPipelineTest {
    /** What Netty adds on its own at the end of each pipeline. */
    private static final String TAIL = "DefaultChannelPipeline$TailContext#0";

    private static final LivenessSettings LIVENESS = new LivenessSettings(Duration.ofSeconds(20), Duration.ofSeconds(10),
            Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(5));

    private final MockTicker ticker = Ticker.newMockTicker();
    private final ScriptedModel model = new ScriptedModel();
    private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(ticker)
            .handlers(new ServerPipeline(TestServer.with(LIVENESS), Framings.DEFAULT, new SessionServices(model, List.of(), Runnable::run,
                    new Conversations(ConversationLimits.DEFAULT, ticker), new Health(Clock.systemUTC()), SessionSettings.DEFAULT,
                    new SessionListener() {}), new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), ticker))
            .build();

    @AfterEach
    void finish() {
        channel.finishAndReleaseAll();
    }

    @Test
    void hasTheseHandlersInThisOrderUntilTheUpgrade() {
        assertEquals(List.of("deadline", "slow-reader", "http", "one-at-a-time", "gate", "ping", "invocations", "upgrade",
                "not-found", TAIL), names());
    }

    @Test
    void hasTheseHandlersInThisOrderAfterTheUpgrade() {
        upgrade();
        assertEquals(List.of("liveness", "frame-decoder", "utf8", "lifetime", "control", "whole", "session", TAIL), names());
    }

    /** T11: whatever ends a connection cancels its timers. */
    @Test
    void leavesNoTimerBehindWhenTheConnectionEnds() {
        upgrade();
        channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(0x01, new byte[] {'a'})));
        channel.unsafe().close(channel.voidPromise());
        channel.runPendingTasks();
        assertEquals(-1, channel.runScheduledPendingTasks());
    }

    @Test
    void pingsAPeerAndClosesAfterOneThatGoesUnanswered() {
        upgrade();
        channel.releaseOutbound();
        pass(20);
        assertEquals(0x89, firstByteOut());
        channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(0x8A, new byte[0])));
        pass(20);
        assertEquals(0x89, firstByteOut());
        pass(10);
        assertEquals(0x88, firstByteOut());
        pass(5);
        assertFalse(channel.isOpen());
    }

    @Test
    void takesAnyInboundByteForASignOfLife() {
        upgrade();
        channel.releaseOutbound();
        for (int i = 0; i < 10; i++) {
            pass(20);
            assertEquals(0x89, firstByteOut());
            channel.releaseOutbound();
            channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(0x81, "{\"x\":1}".getBytes(StandardCharsets.UTF_8))));
            channel.releaseOutbound();
        }
    }

    private void upgrade() {
        channel.writeInbound(Unpooled.copiedBuffer(RawPeer.handshake("/ws", ""), StandardCharsets.US_ASCII));
    }

    private void pass(long seconds) {
        ticker.advance(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    private int firstByteOut() {
        ByteBuf out = channel.readOutbound();
        int first = out.getUnsignedByte(out.readerIndex());
        out.release();
        return first;
    }

    private List<String> names() {
        return channel.pipeline().names();
    }
}
