package io.bargein.server.session;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On a real event loop, with the model's events coming from other threads (trap T13: an embedded channel's loop proves nothing). */
class SessionConfinementTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ExecutorService upstream = Executors.newFixedThreadPool(2);
    private final ScriptedModel model = new ScriptedModel();
    private final List<String> sent = new ArrayList<>();
    private final Session session = new Session(RequestContext.of(RequestContext.Kind.WS, "s", "r"), loop, new ConfinedOutbound(),
            new SessionServices(model, Toolbox.EMPTY, upstream,
            new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker()), new Health(Clock.systemUTC()),
            new SessionSettings(1 << 20, Duration.ofMillis(50)), new SessionListener() {}), BusyPolicy.CUT_IN);

    @AfterEach
    void stop() throws InterruptedException {
        upstream.shutdownNow();
        assertTrue(upstream.awaitTermination(20, TimeUnit.SECONDS));
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    @Test
    void refusesToBeEnteredOffItsLoop() {
        assertThrows(AssertionError.class, () -> session.onPrompt(new ClientMessage.Prompt("one")));
        assertThrows(AssertionError.class, () -> session.onCancel(TurnId.NONE));
        assertThrows(AssertionError.class, session::closing);
        assertThrows(AssertionError.class, session::room);
    }

    /** T14, and the batches of the design: events that come while the loop is busy are one task of it, not one each. */
    @Test
    void drainsAllEventsThatHaveComeInOneTask() throws Exception {
        onLoop(session::connect);
        onLoop(() -> session.onPrompt(new ClientMessage.Prompt("one")));
        awaitStarted(1);
        CountDownLatch busy = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                assertTrue(busy.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        await().atMost(Duration.ofSeconds(20)).until(() -> loop.pendingTasks() == 0);
        for (int i = 0; i < 50; i++) {
            model.answer(1).emits("x");
        }
        assertEquals(1, loop.pendingTasks());
        busy.countDown();
        assertEquals(50, onLoop(() -> sent.size()));
    }

    @Test
    void fencesEventsThatOtherThreadsDeliverDuringAndAfterTheInterrupt() throws Exception {
        onLoop(session::connect);
        int turns = 200;
        List<Future<?>> talkers = new ArrayList<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int turn = 1; turn <= turns; turn++) {
                int number = turn;
                onLoop(() -> session.onPrompt(new ClientMessage.Prompt("prompt " + number)));
                awaitStarted(turn);
                ScriptedModel.Answer answer = model.answer(turn);
                // Goes on talking through the interrupt and well into the turns after it.
                talkers.add(threads.submit(() -> {
                    for (int i = 0; i < SessionSettings.DEMAND_WINDOW; i++) {
                        answer.emits("<" + number + ">");
                    }
                }));
            }
            for (Future<?> talker : talkers) {
                talker.get(20, TimeUnit.SECONDS);
            }
            onLoop(() -> {});
        } finally {
            threads.shutdownNow();
        }

        List<String> all = onLoop(() -> new ArrayList<>(sent));
        int running = 1;
        StringBuilder shown = new StringBuilder();
        for (String message : all) {
            if (message.startsWith("interrupted:")) {
                assertEquals("interrupted:" + shown, message);
                shown.setLength(0);
                running++;
            } else {
                assertEquals("", message.replace("<" + running + ">", ""), "stale in turn " + running);
                shown.append(message);
            }
        }
        assertEquals(turns, running);
        for (int turn = 1; turn < turns; turn++) {
            assertTrue(model.answer(turn).isCancelled(), "turn " + turn);
        }
    }

    private void awaitStarted(int calls) {
        await().pollInterval(Duration.ofMillis(1)).atMost(Duration.ofSeconds(20))
                .until(() -> model.started() >= calls);
    }

    private void onLoop(Runnable task) throws Exception {
        loop.submit(task).get(20, TimeUnit.SECONDS);
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return loop.submit(task).get(20, TimeUnit.SECONDS);
    }

    /** Sends at once, and only on the loop. */
    private final class ConfinedOutbound implements Outbound {
        @Override
        public void data(ServerMessage message) {
            assertTrue(loop.inEventLoop());
            sent.add(((ServerMessage.Chunk) message).data());
            session.sent(message);
        }

        @Override
        public void purgeData() {
            assertTrue(loop.inEventLoop());
        }

        @Override
        public void control(ServerMessage message) {
            assertTrue(loop.inEventLoop());
            if (message instanceof ServerMessage.Interrupted interrupted) {
                sent.add("interrupted:" + interrupted.partialResponse());
            }
        }

        @Override
        public void flush() {
            assertTrue(loop.inEventLoop());
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public void close(int code, String reason) {
            throw new AssertionError("nobody closes");
        }
    }
}
