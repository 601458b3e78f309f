package io.bargein.server.examples;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.BargeinServer;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All that can be brought along, at work together. */
class EmbeddingTest {
    private static final String SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: embedded\r\n";

    @TempDir
    Path histories;

    private final ScriptedModel model = new ScriptedModel();
    private final AtomicLong interrupted = new AtomicLong();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch gaveUp = new CountDownLatch(1);

    private BargeinServer start() throws IOException {
        return Embedding.start(0, model, order -> {
            if (order.equals("7")) {
                return CompletableFuture.completedFuture("on its way");
            }
            CompletableFuture<String> never = new CompletableFuture<>();
            never.whenComplete((status, failure) -> gaveUp.countDown());
            asked.countDown();
            return never;
        }, histories, Duration.ofMinutes(1), interrupted);
    }

    @Test
    void worksTogether() throws Exception {
        try (BargeinServer server = start(); RawPeer peer = RawPeer.upgraded(server.address(), 0, SESSION)) {
            say(peer, "HPone");
            lookUp(1, "t1", "7");
            answer(2).emits("It is on its way.");
            answer(2).ends();
            assertEquals(new ContentBlock.ToolResult("t1", "on its way", false), last(2));
            assertEquals(List.of("R", "T1", "DIt is on its way.", "Zend_turn"), hear(peer, 4));

            say(peer, "Ptwo");
            lookUp(3, "t2", "8");
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            say(peer, "Pthree");
            assertEquals(List.of("T2", "I", "T3"), hear(peer, 3));
            assertTrue(gaveUp.await(20, TimeUnit.SECONDS), "the tool was not told");
            answer(4).ends();
            assertEquals(List.of("Zend_turn"), hear(peer, 1));
            await().atMost(Duration.ofSeconds(20)).until(() -> interrupted.get() == 1);
        }
        // Another server takes the conversation up.
        try (BargeinServer server = start(); RawPeer peer = RawPeer.upgraded(server.address(), 0, SESSION);
                RawPeer other = RawPeer.connect(server.address())) {
            say(peer, "HPfour");
            List<Message> history = answer(5).request().messages();
            assertEquals("one", ((ContentBlock.Text) history.get(0).content().get(0)).text());
            assertEquals(Message.assistant("It is on its way."), history.get(3));
            other.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(other.readResponse().endsWith("\r\n\r\nHello.\n"));
        }
    }

    private void lookUp(int number, String id, String order) {
        answer(number).asksFor(new ContentBlock.ToolUse(id, "order_lookup", "{\"order\":\"" + order + "\"}"));
        answer(number).ends("tool_use", 1, 1);
    }

    private ScriptedModel.Answer answer(int number) {
        await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(() -> model.started() >= number);
        return model.answer(number);
    }

    private ContentBlock last(int number) {
        List<Message> messages = answer(number).request().messages();
        return messages.get(messages.size() - 1).content().get(0);
    }

    private static void say(RawPeer peer, String message) throws IOException {
        peer.send(RawPeer.frame(0x82, message.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> hear(RawPeer peer, int count) throws IOException {
        List<String> heard = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            heard.add(peer.readMessage());
        }
        return heard;
    }
}
