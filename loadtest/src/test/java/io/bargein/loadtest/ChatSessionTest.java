package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer;
import io.bargein.loadtest.client.Peer.Link;
import io.bargein.loadtest.client.RuntimeClient;
import io.bargein.loadtest.client.RuntimeTarget;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChatSessionTest {
    private static final int MORE_THAN_MAY_WAIT = 200;

    /** A terminal stands still while all this comes: more of the first answer than is asked for at a time, its end, and the next answer. */
    @Test
    void showsTheEndOfAnAnswerThatWasCutInOnBeforeTheNextAnswer() throws Exception {
        Screen screen = new Screen();
        try (Peer peer = new Peer()) {
            ChatSession chat = new ChatSession(new ChatScreen(screen.writer(), false, false));
            FutureTask<Link> opened = new FutureTask<>(peer::open);
            new Thread(opened).start();
            chat.begin(RuntimeClient.builder(RuntimeTarget.of(peer.url())).listener(chat).build());
            Link link = opened.get(20, TimeUnit.SECONDS);
            chat.ask("one");
            link.expectPrompt("one");
            for (int i = 0; i < MORE_THAN_MAY_WAIT; i++) {
                link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
            }
            chat.ask("two");
            link.expectPrompt("two");
            link.send("{\"type\":\"interrupted\",\"partialResponse\":\"" + "a".repeat(MORE_THAN_MAY_WAIT) + "\"}");
            link.send("{\"type\":\"chunk\",\"data\":\"Yes.\"}");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"Yes.\"}");
            link.close(1_011, "");
            assertTrue(link.awaitEnd());
            while (!chat.hasEnded()) {
                chat.next(TimeUnit.SECONDS.toNanos(20));
            }
        }
        assertTrue(screen.text().startsWith("[connected · session UUID]\n> one\n> two\n[interrupted in N ms · first chunk N ms · 200 characters of the"
                + " answer]\nYes.\n[complete · first chunk N ms · whole answer N ms]\n"), screen.text());
    }
}
