package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bargein.protocol.Limits;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.InvocationSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportSettings;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What an embedder sets is what holds, and nothing else is changed by it. */
class ServerSettingsTest {

    @Test
    void keepsWhatWasSetBesideWhatIsSetNext() {
        BargeinServerBuilder builder = BargeinServer.builder().host("127.0.0.1").port(1).page(true).ioThreads(2).maxConnections(3)
                .limits(new Limits(2_000, 1_000, 500, 4)).framesPerSecond(5).requestTimeout(seconds(6)).keepAliveTimeout(seconds(7))
                .maxInvocationBytes(8_000).pingInterval(seconds(9)).pongTimeout(seconds(10)).slowReaderTimeout(seconds(11))
                .maxConnectionAge(seconds(12)).idleTimeout(seconds(13)).maxAnswerBytes(14_000).conversationMessages(15)
                .conversationBytes(16_000).conversationsTotalBytes(17_000).conversationIdleTimeout(seconds(18));
        TransportSettings defaults = TransportSettings.defaults("127.0.0.1", 1);
        OutputSettings output = OutputSettings.DEFAULT;
        InvocationSettings invocations = InvocationSettings.DEFAULT;
        assertEquals(new TransportSettings("127.0.0.1", 1, defaults.transport(), 2, defaults.backlog(), 3,
                new HttpSettings(4_096, 8_192, seconds(6), seconds(7), true,
                        new InvocationSettings(8_000, invocations.maxInvocationsTotalBytes(), invocations.whileBusy())),
                new Limits(2_000, 1_000, 500, 4),
                new OutputSettings(5, output.merging(), output.lowWaterBytes(), output.highWaterBytes(), output.unsentBytes()),
                new LivenessSettings(seconds(9), seconds(10), seconds(11), LivenessSettings.DEFAULT.messageTimeout(),
                        LivenessSettings.DEFAULT.closeTimeout()),
                new LifetimeSettings(seconds(12), seconds(13))), builder.transport);
        assertEquals(new SessionSettings(14_000, SessionSettings.DEFAULT.releaseWait()), builder.session);
        assertEquals(new ConversationLimits(15, 16_000, 17_000, seconds(18)), builder.conversation);
    }

    @Test
    void saysOfWhatIsOutOfRangeWhatWasExpected() {
        Map<String, Consumer<BargeinServerBuilder>> wrong = Map.of(
                "ioThreads: 0 (expected: 1 to 1024)", b -> b.ioThreads(0),
                "maxConnections: 0 (expected: 1 to 10000000)", b -> b.maxConnections(0),
                "framesPerSecond: -1 (expected: 0 to 100000)", b -> b.framesPerSecond(-1),
                "slowReaderTimeout: PT0S (expected: PT0.1S to PT1H)", b -> b.slowReaderTimeout(Duration.ZERO),
                "maxConnectionAge: PT-1S (expected: PT0.1S to PT336H, or PT0S)", b -> b.maxConnectionAge(seconds(-1)),
                "maxAnswerBytes: 1 (expected: 1KiB to 64MiB)", b -> b.maxAnswerBytes(1),
                "conversationMessages: 1 (expected: 2 to 10000)", b -> b.conversationMessages(1),
                "conversationsTotalBytes: 1024 (expected: conversationBytes to 1TiB)", b -> b.conversationsTotalBytes(1_024));
        wrong.forEach((message, how) -> assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> how.accept(BargeinServer.builder())).getMessage()));
        assertEquals("pingInterval",
                assertThrows(NullPointerException.class, () -> BargeinServer.builder().pingInterval(null)).getMessage());
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
