package io.bargein.server.session;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** How calls to the model follow one another. */
class UpstreamTest {
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final ScriptedModel model = new ScriptedModel();
    private final RecordingOutbound outbound = new RecordingOutbound();
    /** What was posted to the upstream threads. */
    private final Queue<Runnable> upstream = new ArrayDeque<>();

    @Test
    void neverAsksTheModelForAPromptThatWasOvertakenBeforeItsCallStarted() {
        Session session = session(Duration.ofSeconds(10));
        session.onPrompt(new ClientMessage.Prompt("one"));
        session.onPrompt(new ClientMessage.Prompt("two"));
        session.onPrompt(new ClientMessage.Prompt("three"));
        runUpstream();

        assertEquals(1, model.started());
        assertEquals(3, model.last().request().messages().get(0).content().size());
        assertEquals(List.of("interrupted()", "interrupted()"), outbound.taken());
    }

    @Test
    void hasOneStartPendingAtMostHoweverOftenItIsInterrupted() {
        Session session = session(Duration.ofSeconds(10));
        for (int i = 0; i < 1_000; i++) {
            session.onPrompt(new ClientMessage.Prompt("again"));
            assertTrue(upstream.size() <= 1, () -> upstream.size() + " starts posted");
        }
        runUpstream();

        assertEquals(1, model.started());
    }

    @Test
    void startsTheNextCallOnceTheInterruptedOneHasLetGo() {
        model.holdOn();
        Session session = session(Duration.ofSeconds(10));
        session.onPrompt(new ClientMessage.Prompt("one"));
        runUpstream();
        session.onPrompt(new ClientMessage.Prompt("two"));
        runUpstream();
        assertTrue(model.answer(1).isCancelled());
        assertEquals(1, model.started());

        model.answer(1).letsGo();
        runUpstream();
        assertEquals(2, model.started());
    }

    @Test
    void startsTheNextCallAllTheSameWhenTheInterruptedOneTakesTooLong() {
        model.holdOn();
        Session session = session(Duration.ZERO);
        session.onPrompt(new ClientMessage.Prompt("one"));
        runUpstream();
        session.onPrompt(new ClientMessage.Prompt("two"));
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            synchronized (upstream) {
                return !upstream.isEmpty();
            }
        });
        runUpstream();

        assertEquals(2, model.started());
    }

    @Test
    void cancelsACallThatTheModelReturnsTooLate() {
        Session session = session(Duration.ofSeconds(10));
        session.onPrompt(new ClientMessage.Prompt("one"));
        Runnable start = upstream.poll();
        model.duringStart(() -> session.onPrompt(new ClientMessage.Prompt("two")));
        start.run();
        runUpstream();

        assertTrue(model.answer(1).isCancelled());
        assertEquals(0, model.answer(1).requested());
        assertEquals(2, model.started());
        assertFalse(model.answer(2).isCancelled());
    }

    @Test
    void asksAgainWhatWasAskedBeforeTheCallHadStarted() {
        Session session = session(Duration.ofSeconds(10));
        session.onPrompt(new ClientMessage.Prompt("one"));
        runUpstream();

        assertEquals(SessionSettings.DEMAND_WINDOW, model.last().requested());
    }

    /** Of anyone's making: what it throws must not cost more than the turn. */
    @Test
    void failsTheTurnOfAModelThatBreaksDownAndStartsTheNext() {
        Session session = session(Duration.ofSeconds(10));
        model.duringStart(() -> {
            throw new NoClassDefFoundError("planted");
        });
        assertFailsTheTurnAndNoMore(session, "one", "model: failed to start an answer");
        model.returnsNext(null);
        assertFailsTheTurnAndNoMore(session, "two", "model: failed to start an answer");
        model.returnsNext(new BrokenGeneration(true, CompletableFuture.completedStage(null)));
        assertFailsTheTurnAndNoMore(session, "three", "model: failed");

        session.onPrompt(new ClientMessage.Prompt("four"));
        runUpstream();
        model.last().ends();
        loop.runPendingTasks();
        assertEquals(List.of("complete()"), outbound.taken());
    }

    @Test
    void goesOnThoughTheModelFailsToStop() {
        Session session = session(Duration.ofSeconds(10));
        model.returnsNext(new BrokenGeneration(false, null));
        session.onPrompt(new ClientMessage.Prompt("one"));
        runUpstream();
        session.onPrompt(new ClientMessage.Prompt("two"));
        runUpstream();
        model.last().ends();
        loop.runPendingTasks();
        assertEquals(2, model.started());
        assertEquals(List.of("interrupted()", "complete()"), outbound.taken());
    }

    /** Of a model that is anyone's. */
    private record BrokenGeneration(boolean failsToBeAsked, CompletionStage<Void> letGo) implements Generation {
        @Override
        public void request(long n) {
            if (failsToBeAsked) {
                throw new IllegalStateException("planted");
            }
        }

        @Override
        public CompletionStage<Void> cancel() {
            return letGo;
        }
    }

    private void assertFailsTheTurnAndNoMore(Session session, String prompt, String error) {
        session.onPrompt(new ClientMessage.Prompt(prompt));
        runUpstream();
        loop.runPendingTasks();
        assertEquals(List.of("error(" + error + ")"), outbound.taken());
    }

    private Session session(Duration releaseWait) {
        Conversations conversations = new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker());
        Session session = new Session(RequestContext.of(RequestContext.Kind.WS, "s", "r"), loop.eventLoop(), outbound,
                new SessionServices(model, Toolbox.EMPTY, task -> {
            synchronized (upstream) {
                upstream.add(task);
            }
        }, conversations, new Health(Clock.systemUTC()), new SessionSettings(1 << 20, releaseWait), new SessionListener() {}), BusyPolicy.CUT_IN);
        outbound.listener(session);
        session.connect();
        return session;
    }

    private void runUpstream() {
        while (true) {
            Runnable task;
            synchronized (upstream) {
                task = upstream.poll();
            }
            if (task == null) {
                return;
            }
            task.run();
        }
    }
}
