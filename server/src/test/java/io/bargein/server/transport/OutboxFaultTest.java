package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.Framing;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.ServerMessage.Chunk;
import io.bargein.protocol.ServerMessage.Interrupted;
import io.bargein.server.session.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.netty.util.internal.PlatformDependent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a framing of somebody's may do to the way out. */
class OutboxFaultTest {
    private final List<String> faults = new ArrayList<>();
    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(ticker).build();
    private final Outbox outbox = new Outbox(channel, Limits.DEFAULT, new OutputSettings(0, OutputSettings.Merging.NEVER, 16 << 10, 32 << 10, 0),
            TimeUnit.SECONDS.toNanos(5), ticker);

    OutboxFaultTest() {
        outbox.listener(new Outbound.Listener() {
            @Override
            public void sent(ServerMessage message) {}

            @Override
            public void room() {}

            @Override
            public void closing() {}
        });
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                // An application's handler, which keeps it to itself.
                faults.add(cause.getMessage());
            }
        });
    }

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
        outbox.release();
    }

    /** The closing handshake goes on, and a buffer that was begun is given back. */
    @Test
    void closesThoughWhatStandsBeforeTheCloseCannotBeWritten() {
        outbox.codec(new BrokenCodec(new IllegalStateException("planted"), false));
        blocked(true);
        outbox.control(new Interrupted(""));
        outbox.close(1001, "server is stopping");
        blocked(false);

        assertClosed(1001);
    }

    /** Whoever flushes has nothing to do with it, and may be a task that nobody watches. */
    @Test
    void closesAfterAnErrorOfTheFramingsToo() {
        outbox.codec(new BrokenCodec(new NoClassDefFoundError("planted"), false));
        outbox.data(new Chunk("one"));
        outbox.flush();

        assertClosed(1011);
    }

    @Test
    void releasesWhatWaitedThoughTheFramingFailsToClose() {
        outbox.codec(new BrokenCodec(null, true));
        blocked(true);
        ByteBuf pong = Unpooled.buffer().writeByte(1);
        outbox.pong(pong);
        assertThrows(IllegalStateException.class, outbox::release);

        assertEquals(0, pong.refCnt());
    }

    private void blocked(boolean blocked) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !blocked);
        channel.runPendingTasks();
        if (!blocked) {
            outbox.flush();
        }
    }

    /** The one frame that has left is the Close. */
    private void assertClosed(int code) {
        assertEquals(List.of("planted"), faults);
        ByteBuf frame = channel.readOutbound();
        assertEquals(0x88, frame.getUnsignedByte(0));
        assertEquals(code, frame.getUnsignedShort(2));
        frame.release();
    }

    /** A framing of somebody's. */
    private record BrokenCodec(Throwable onWrite, boolean failsToClose) implements Framing.Codec {
        @Override
        public void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) {}

        @Override
        public Framing.Encoding encode(ServerMessage message) {
            return (out, maxBytes) -> {
                PlatformDependent.throwException(onWrite);
                return false;
            };
        }

        @Override
        public void close() {
            if (failsToClose) {
                throw new IllegalStateException("planted");
            }
        }
    }
}
