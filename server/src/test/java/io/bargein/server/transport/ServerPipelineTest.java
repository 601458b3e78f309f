package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.Toolbox;
import io.bargein.server.spi.SessionListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
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
    private EmbeddedChannel channel = connect();

    private EmbeddedChannel connect(PipelineHook... hooks) {
        return EmbeddedChannel.builder().ticker(ticker)
                .handlers(new ServerPipeline(TestServer.with(LIVENESS), new Embedding(null, null, null, null, List.of(hooks),
                        Framings.DEFAULT), null, new SessionServices(model, Toolbox.EMPTY, Runnable::run,
                        new Conversations(ConversationLimits.DEFAULT, ticker), new Health(Clock.systemUTC()), SessionSettings.DEFAULT,
                        new SessionListener() {}), new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), ticker))
                .build();
    }

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

    /** One that adds a handler at each place where there is something to add, and one more behind its own. */
    private static PipelineHook[] customizers() {
        return new PipelineHook[] {
            new PipelineHook("first", p -> p.addFirst("tls", new Passing()).addBefore("one-at-a-time", "compress", new Passing())
                    .addBefore("gate", "upload", new Passing()).addBefore("ping", "hello", new Passing())
                    .addBefore("upgrade", "who", new Passing()).addLast("last", new Passing()),
                    p -> p.addBefore("liveness", "bytes", new Passing()).addBefore("lifetime", "frames", new Passing())
                            .addBefore("session", "messages", new Passing())),
            new PipelineHook("second", p -> p.addAfter("hello", "goodbye", new Passing()), p -> p.addAfter("messages", "more", new Passing()))
        };
    }

    @Test
    void hasTheCustomizersHandlersWhereTheyWerePutUntilTheUpgrade() {
        finish();
        channel = connect(customizers());
        assertEquals(List.of("tls", "deadline", "slow-reader", "http", "compress", "one-at-a-time", "upload", "gate", "hello", "goodbye",
                "ping", "invocations", "who", "upgrade", "not-found", "last", TAIL), names());
    }

    @Test
    void hasTheCustomizersHandlersWhereTheyWerePutAfterTheUpgradeAndNoneThatSpeaksHttp() {
        finish();
        channel = connect(customizers());
        upgrade();
        assertEquals(List.of("tls", "bytes", "liveness", "frame-decoder", "utf8", "frames", "lifetime", "control", "whole", "messages", "more",
                "session", TAIL), names());
    }

    /** A route that takes its requests before the gate is timed as all others are. */
    @Test
    void timesTheSilenceBehindARouteBeforeTheGateAsBehindAllOthers() {
        finish();
        channel = connect(new PipelineHook("early", p -> p.addBefore("gate", "early", new Passing() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                ReferenceCountUtil.release(msg);
                if (msg instanceof LastHttpContent) {
                    ctx.writeAndFlush(Responses.json(ctx.channel(), HttpResponseStatus.OK, "{}"));
                }
            }
        }), p -> {}));
        channel.writeInbound(Unpooled.copiedBuffer("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n", StandardCharsets.US_ASCII));
        pass(9);
        channel.writeInbound(Unpooled.copiedBuffer("{}", StandardCharsets.US_ASCII));
        channel.releaseOutbound();
        pass(59);
        assertTrue(channel.isOpen());
        assertNull(channel.readOutbound(), "nothing is said of a request that was answered");
        pass(1);
        assertFalse(channel.isOpen());
    }

    private static class Passing extends ChannelInboundHandlerAdapter {}

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

    /** RFC 6455, section 8.1: the rest of the message is not waited for. */
    @Test
    void closesWith1007AtTheFirstFragmentThatIsNoUtf8() {
        upgrade();
        channel.releaseOutbound();
        channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(0x01, "κόσμε".getBytes(StandardCharsets.UTF_8))));
        assertNull(channel.readOutbound());
        channel.writeInbound(Unpooled.wrappedBuffer(RawPeer.frame(0x00, new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80})));
        ByteBuf close = channel.readOutbound();
        assertEquals(0x88, close.getUnsignedByte(0));
        assertEquals(1007, close.getUnsignedShort(2));
        close.release();
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
