package io.bargein.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the table's single steps come to over several. */
class SessionTest {
    private SessionHarness h = new SessionHarness();

    @AfterEach
    void nothingIsLeftUnread() {
        assertEquals(List.of(), h.outbound.taken());
    }

    @Test
    void dropsTextThatArrivesAfterAnInterrupt() {
        ask("one");
        emit("Once upon");
        ask("two");
        h.model.answer(1).emits(" a time");
        h.run();

        sends("chunk(Once upon)", "interrupted(Once upon)");
        assertTrue(h.model.answer(1).isCancelled());
    }

    /** P2: an event may be on its way past the cancel on another thread; then only the fence is left to stop it. */
    @Test
    void dropsEventsOfACallThatItsStateDoesNotName() {
        ask("one");
        Call old = ((State.Streaming) h.session.state()).call();
        ask("two");
        h.session.answering().onText(old, "late");
        h.session.answering().onToolUse(old, new ToolUse("t1", "clock", "{}"));
        h.session.answering().onEnd(old, new GenerationEnd(GenerationEnd.END_TURN, null));
        h.session.answering().onError(old, new ModelException(ModelException.Kind.UNAVAILABLE, "late"));
        h.session.answering().onBatchEnd(old);
        emit("Yes.");
        h.model.last().ends();
        h.run();

        sends("interrupted()", "chunk(Yes.)", "complete(Yes.)");
    }

    /** P4: nothing stands before it, the cancelling itself least of all. */
    @Test
    void sendsInterruptedBeforeItCancelsOrAsksAgain() {
        ask("one");
        emit("Once");
        h.outbound.taken();
        List<List<String>> sentByThen = new ArrayList<>();
        h.model.onCancelOrStart(() -> sentByThen.add(h.outbound.taken()));
        ask("two");

        assertEquals(List.of(List.of("interrupted(Once)"), List.of()), sentByThen);
    }

    @Test
    void countsOnlyWhatWasSentAsSeen() {
        ask("one");
        emit("Once ");
        h.outbound.stall();
        emit("upon ");
        emit("a time");
        ask("two");
        h.outbound.unstall();

        sends("chunk(Once )", "interrupted(Once )");
        assertEquals("u(one) a(Once ) u(two)", h.history());
    }

    @Test
    void interruptsATurnWhoseCompleteStillWaits() {
        ask("one");
        h.outbound.stall();
        emit("Once");
        h.model.last().ends();
        h.run();
        ask("two");
        h.outbound.unstall();

        sends("interrupted()");
        assertEquals("u(one+two)", h.history());
    }

    /** Nothing else bounds it while the client takes nothing. */
    @Test
    void endsAnAnswerThatTellsMoreThanItWasAskedFor() {
        ask("one");
        h.outbound.stall();
        for (int i = 0; i < 1_000; i++) {
            h.model.last().emits("x");
        }
        h.run();
        h.outbound.unstall();

        List<String> sent = h.outbound.taken();
        assertEquals(SessionSettings.DEMAND_WINDOW + 1, sent.size());
        assertEquals("error(model: told more than it was asked for)", sent.get(sent.size() - 1));
        assertTrue(h.model.last().isCancelled());
    }

    @Test
    void joinsSurrogatePairsThatDeltasHaveSplit() {
        ask("one");
        emit("a\uD83D");
        emit("\uDE00b");
        emit("\uD83D");
        emit("c\uDE00");
        emit("\uD83D");
        h.model.last().ends();
        h.run();

        sends("chunk(a)", "chunk(\uD83D\uDE00b)", "chunk(\uFFFDc\uFFFD)", "chunk(\uFFFD)",
                "complete(a\uD83D\uDE00b\uFFFDc\uFFFD\uFFFD)");
    }

    @Test
    void asksForNoMoreWhileTheClientIsSlow() {
        ask("one");
        long window = SessionSettings.DEMAND_WINDOW;
        assertEquals(window, h.model.last().requested());
        h.outbound.stall();
        for (int i = 0; i < window; i++) {
            emit("x");
        }
        assertEquals(window, h.model.last().requested());

        h.outbound.unstall();
        assertEquals(2 * window, h.model.last().requested());
        h.outbound.taken();
    }

    @Test
    void endsAnAnswerThatGrowsPastItsLimit() {
        h = new SessionHarness(new SessionSettings(1 << 10, Duration.ofMillis(50)));
        ask("one");
        emit("é".repeat(512));
        emit("!");

        sends("chunk(" + "é".repeat(512) + ")",
                "error(answer: over 1024 bytes (expected: a shorter one; ask for less, or raise --max-answer-bytes))");
        assertTrue(h.model.last().isCancelled());
        assertEquals(0, h.health.status().runningTurns());
    }

    @Test
    void goesOnAfterAFailedTurn() {
        ask("one");
        h.model.last().fails(ModelException.Kind.UNAVAILABLE, "model: unavailable");
        h.run();
        ask("two");
        emit("Yes.");
        h.model.last().ends();
        h.run();

        sends("error(model: unavailable)", "chunk(Yes.)", "complete(Yes.)");
        assertEquals("u(two) a(Yes.)", h.history());
    }

    /** As exceptions of others often have none. */
    @Test
    void failsATurnWhoseModelDoesNotSayWhy() {
        ask("one");
        h.model.last().fails(ModelException.Kind.UNAVAILABLE, null);
        h.run();

        sends("error(model: failed (UNAVAILABLE))");
    }

    @Test
    void failsATurnWhoseModelTellsNull() {
        List<Consumer<ScriptedModel.Answer>> nulls = List.of(answer -> answer.emits(null), answer -> answer.thinks(null), answer -> answer.hasThought(null),
                answer -> answer.asksFor(null), answer -> answer.endsWith(null), answer -> answer.failsWith(null));
        for (Consumer<ScriptedModel.Answer> told : nulls) {
            ask("one");
            emit("Once");
            told.accept(h.model.last());
            h.run();

            sends("chunk(Once)", "error(model: failed)");
            assertTrue(h.model.last().isCancelled());
        }
    }

    @Test
    void callsToolsAndGoesOnWithTheirResults() {
        ask("one");
        emit("Let me see. ");
        h.model.last().asksFor(new ToolUse("t1", "clock", "{}"));
        h.model.last().asksFor(new ToolUse("t2", "no such tool", "{}"));
        h.model.last().ends();
        h.run();
        h.toolCalls.get(0).answers("noon");
        h.run();
        emit("Noon.");
        h.model.last().ends();
        h.run();

        sends("chunk(Let me see. )", "chunk(Noon.)", "complete(Let me see. Noon.)");
        assertEquals("u(one) a(Let me see. +use t1+use t2) u(result t1+result t2 failed) a(Noon.)", h.history());
    }

    @Test
    void dropsAToolResultThatComesAfterAnInterrupt() {
        ask("one");
        h.model.last().asksFor(new ToolUse("t1", "clock", "{}"));
        h.model.last().ends();
        h.run();
        ask("two");
        h.toolCalls.get(0).answers("noon");
        h.run();

        sends("interrupted()");
        assertEquals(2, h.model.started());
        assertEquals("u(one) a(use t1) u(result t1 failed+two)", h.history());
    }

    @Test
    void showsTheModelAToolThatFailed() {
        ask("one");
        h.model.last().asksFor(new ToolUse("t1", "clock", "{}"));
        h.model.last().ends();
        h.run();
        h.toolCalls.get(0).result().completeExceptionally(new IllegalStateException("planted: out of order"));
        h.run();

        assertEquals("u(one) a(use t1) u(result t1 failed)", h.history());
        assertEquals(2, h.model.started());
    }

    @Test
    void endsATurnThatAsksForToolsForever() {
        ask("one");
        for (int i = 0; i <= ToolSettings.DEFAULT.maxRounds(); i++) {
            h.model.last().asksFor(new ToolUse("t" + i, "no such tool", "{}"));
            h.model.last().ends();
            h.run();
        }

        sends("error(tools: asked for in more than 16 rounds (expected: an answer by then))");
    }

    @Test
    void answersAPromptThatCameBeforeItsHistory() {
        SessionHarness waiting = new SessionHarness().open();
        waiting.session.onPrompt(new ClientMessage.Prompt("one"));
        waiting.session.onPrompt(new ClientMessage.Prompt("two"));
        waiting.giveHistory();

        assertEquals(List.of("interrupted()"), waiting.outbound.taken());
        assertEquals("u(one+two)", waiting.history());
        assertEquals(1, waiting.model.started());
    }

    private void ask(String prompt) {
        if (h.other.conversation.bytes() == 0 && h.model.started() == 0) {
            h.open().giveHistory();
        }
        h.session.onPrompt(new ClientMessage.Prompt(prompt));
        h.run();
    }

    private void emit(String text) {
        h.model.last().emits(text);
        h.run();
    }

    private void sends(String... expected) {
        assertEquals(List.of(expected), h.outbound.taken());
    }
}
