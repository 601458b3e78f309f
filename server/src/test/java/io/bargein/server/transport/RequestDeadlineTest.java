package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long an invocation may take, in the whole pipeline, with time moved by hand: 10 s for a request, 60 s between two. */
class RequestDeadlineTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final ScriptedModel model = new ScriptedModel();
    /** Of one place: an invocation that is not given it back is missed by the next. */
    private final ServerPipeline pipeline = new ServerPipeline(TestServer.with(HttpSettings.DEFAULT, 1),
            new SessionServices(model, Toolbox.EMPTY, Runnable::run, new Conversations(ConversationLimits.DEFAULT, ticker),
                    new Health(Clock.systemUTC()), SessionSettings.DEFAULT, new SessionListener() {}),
            new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), ticker);
    private EmbeddedChannel channel = connect();

    private EmbeddedChannel connect() {
        return EmbeddedChannel.builder().ticker(ticker).handlers(pipeline).build();
    }

    @AfterEach
    void finish() {
        channel.finishAndReleaseAll();
    }

    /** T8 for bodies: progress buys time, a byte now and then does not. */
    @Test
    void waitsForABodyAsLongAsItComesAndNoLonger() {
        String head = "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: " + 40 * (16 << 10) + "\r\n\r\n";
        receive(head);
        for (int i = 0; i < 40; i++) {
            pass(9);
            assertTrue(channel.isOpen());
            receive(i == 0 ? "{\"prompt\":\"one\"}" + " ".repeat((16 << 10) - 16) : " ".repeat(16 << 10));
        }
        assertAnswers(1);

        finish();
        channel = connect();
        receive(head);
        for (int i = 0; i < 10; i++) {
            assertEquals("", sent());
            receive(" ");
            pass(1);
        }
        assertTrue(sent().startsWith("HTTP/1.1 408 "));
        assertFalse(channel.isOpen());

        channel = connect();
        receive(InvocationTestBase.post("", "{\"prompt\":\"two\"}"));
        assertAnswers(2);
    }

    /** An answer may take longer than any time-out of requests. */
    @Test
    void hasNoDeadlineForAnAnswer() {
        receive(InvocationTestBase.post("", "{\"prompt\":\"one\"}"));
        pass(3_600);
        assertAnswers(1);
        pass(59);
        assertTrue(channel.isOpen());
        pass(1);
        assertFalse(channel.isOpen(), "idle after its answer");
    }

    private void receive(String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    }

    private void pass(long seconds) {
        ticker.advance(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    private void assertAnswers(int number) {
        assertEquals("", sent());
        model.answer(number).ends();
        channel.runPendingTasks();
        String response = sent();
        assertTrue(response.startsWith("HTTP/1.1 200 "), response);
    }

    /** What has left since it was last asked. */
    private String sent() {
        StringBuilder sent = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            sent.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }
        return sent.toString();
    }
}
