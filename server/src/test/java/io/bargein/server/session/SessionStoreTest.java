package io.bargein.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.conversation.ScriptedStore;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session whose history a store keeps; the clock is moved by hand. */
class SessionStoreTest {
    private static final String TIMED_OUT =
            "error(history: not loaded within 2000 ms (expected: the conversation store to answer by then; try again))";
    private static final String UNREADABLE = "error(history: could not be loaded (expected: a conversation store that answers; try again))";

    private final ScriptedStore store = new ScriptedStore();
    private SessionHarness h = harness(BusyPolicy.CUT_IN);

    private SessionHarness harness(BusyPolicy busyPolicy) {
        return new SessionHarness(SessionSettings.DEFAULT, store, busyPolicy);
    }

    @BeforeEach
    void remembers() {
        store.append("s", List.of(Message.user("zero"), Message.assistant("0")));
        h.open();
    }

    @AfterEach
    void nothingIsLeftUnread() {
        assertEquals(List.of(), h.outbound.taken());
    }

    @Test
    void asksTheModelOnceTheHistoryIsThere() {
        store.holdOn();
        prompt("one");
        advance(1_999);
        assertEquals(0, h.model.started());
        answerLoad();
        assertEquals("u(zero) a(0) u(one)", asked());
        advance(1);
        complete("1");
        assertEquals("u(zero) a(0) u(one) a(1)", kept());
    }

    @Test
    void endsThePromptThatHasWaitedTooLongAndForgetsIt() {
        store.holdOn();
        prompt("one");
        advance(2_000);
        sends(TIMED_OUT);
        assertTrue(h.session.state() instanceof State.Idle);
        assertEquals(0, h.health.status().runningTurns());

        // What comes late is good for the next prompt.
        prompt("two");
        answerLoad();
        assertEquals("u(zero) a(0) u(two)", asked());
        complete("2");
        assertEquals("u(zero) a(0) u(two) a(2)", kept());
    }

    @Test
    void needsNotWaitForAHistoryThatCameTooLateForThePromptBefore() {
        store.holdOn();
        prompt("one");
        advance(2_000);
        sends(TIMED_OUT);
        answerLoad();
        h.session.onPrompt(new ClientMessage.Prompt("two"));
        assertEquals("u(zero) a(0) u(two)", asked());
        complete("2");
    }

    @Test
    void endsThePromptWhoseHistoryCannotBeReadAndReadsItForTheNext() {
        store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
        prompt("one");
        sends(UNREADABLE);
        store.works();
        prompt("two");
        assertEquals("u(zero) a(0) u(two)", asked());
        complete("2");
        advance(60_000);
    }

    /** As after any other interrupt: it was answered with what there was, which is nothing, and the next answer is to both. */
    @Test
    void keepsThePromptThatWasInterruptedWhileItWaited() {
        store.holdOn();
        prompt("one");
        advance(1_500);
        prompt("two");
        sends("interrupted()");
        advance(1_999);
        answerLoad();
        assertEquals("u(zero) a(0) u(one+two)", asked());
        complete("2");
        assertEquals("u(zero) a(0) u(one) u(two) a(2)", kept());
    }

    @Test
    void keepsItThoughTheHistoryIsNotThereInTime() {
        store.holdOn();
        prompt("one");
        prompt("two");
        sends("interrupted()");
        advance(2_000);
        sends(TIMED_OUT);
        store.works();
        answerLoad();
        assertEquals("u(zero) a(0) u(one)", kept());
        prompt("three");
        assertEquals("u(zero) a(0) u(one+three)", asked());
        complete("3");
        assertEquals("u(zero) a(0) u(one) u(three) a(3)", kept());
    }

    @Test
    void keepsWhatWasSaidWhenTheClientGoesWhileItWaits() {
        store.holdOn();
        prompt("one");
        prompt("two");
        sends("interrupted()");
        h.session.closing();
        store.works();
        answerLoad();
        assertEquals("u(zero) a(0) u(one) u(two)", kept());
        assertEquals(0, h.conversations.size());
    }

    @Test
    void keepsThePromptThatWasCancelledWhileItWaited() {
        store.holdOn();
        prompt("one");
        h.session.onCancel(TurnId.NONE);
        sends("interrupted()", "ack(true)");
        advance(2_000);
        answerLoad();
        store.works();
        answerLoad();
        assertEquals("u(zero) a(0) u(one)", kept());
        prompt("two");
        assertEquals("u(zero) a(0) u(one+two)", asked());
        complete("2");
    }

    @Test
    void keepsThePromptThatWasCancelledThoughTheHistoryCannotBeRead() {
        store.holdOn();
        prompt("one");
        h.session.onCancel(TurnId.NONE);
        sends("interrupted()", "ack(true)");
        store.works();
        store.last().fails();
        run();
        assertEquals("u(zero) a(0) u(one)", kept());
    }

    /** The error waits for a client that takes nothing, and the next prompt overtakes it. */
    @Test
    void beginsAnewWhenThePromptWhoseHistoryWasUnreadableIsInterrupted() {
        store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
        h.outbound.stall();
        prompt("one");
        assertTrue(h.session.state() instanceof State.Ending);
        store.works();
        prompt("two");
        h.outbound.unstall();
        sends("interrupted()");
        assertEquals("u(zero) a(0) u(two)", asked());
        assertEquals(1, h.health.status().runningTurns());
        complete("2");
    }

    @Test
    void closesAfterTheErrorWhenItDrains() {
        store.holdOn();
        prompt("one");
        h.session.drain("server is stopping");
        advance(2_000);
        sends(TIMED_OUT, "close 1001");
        answerLoad();
        assertEquals(0, h.conversations.size());
    }

    @Test
    void appendsEachTurnWhenItHasEndedHoweverThatCame() {
        prompt("one");
        emit("Once");
        prompt("two");
        assertEquals("u(zero) a(0) u(one) a(Once)", kept());
        prompt("three");
        assertEquals("u(zero) a(0) u(one) a(Once) u(two)", kept());
        h.model.last().fails(ModelException.Kind.UNAVAILABLE, "no");
        run();
        assertEquals("u(zero) a(0) u(one) a(Once) u(two)", kept());
        prompt("four");
        emit("4");
        h.model.last().fails(ModelException.Kind.UNAVAILABLE, "no");
        run();
        assertEquals("u(zero) a(0) u(one) a(Once) u(two) u(four) a(4)", kept());
        prompt("five");
        emit("5");
        h.session.closing();
        run();
        assertEquals("u(zero) a(0) u(one) a(Once) u(two) u(four) a(4) u(five) a(5)", kept());
        sends("chunk(Once)", "interrupted(Once)", "interrupted()", "error(no)", "chunk(4)", "error(no)", "chunk(5)");
        assertEquals(0, h.conversations.size());
    }

    @Test
    void appendsARoundOfToolsThatWasInterruptedAsThePairItIs() {
        prompt("one");
        emit("Let me see");
        h.model.last().asksFor(new ToolUse("t1", "clock", "{}"));
        h.model.last().ends();
        run();
        prompt("two");
        emit("2");
        h.model.last().ends();
        run();
        sends("chunk(Let me see)", "interrupted(Let me see)", "chunk(2)", "complete(2)");
        assertEquals("u(zero) a(0) u(one) a(Let me see+t1) u(t1) u(two) a(2)", kept());
    }

    /** It is not the conversation that is busy. */
    @Test
    void letsAnInvocationThatMayNotWaitForTurnsWaitForItsHistory() {
        for (BusyPolicy policy : List.of(new BusyPolicy(WhenBusy.REJECT, 0, Duration.ofMillis(10)),
                new BusyPolicy(WhenBusy.WAIT, 0, Duration.ofMillis(10)))) {
            h = harness(policy);
            store.holdOn();
            prompt("one");
            advance(1_999);
            h.outbound.taken().forEach(sent -> assertEquals("nothing", sent));
            answerLoad();
            assertEquals("u(zero) a(0) u(one)", asked());
            h.session.closing();
            run();
            store.last().fails();
            run();
        }
    }

    /** And for turns no longer than it may, whatever else it waits for. */
    @Test
    void letsAnInvocationWaitForTheTurnBeforeItNoLongerThanItMay() {
        h = harness(new BusyPolicy(WhenBusy.WAIT, 1, Duration.ofMillis(10)));
        store.holdOn();
        h.other.takes(WhenBusy.WAIT);
        prompt("one");
        advance(9);
        sends();
        advance(1);
        sends("error(conversation: busy for over 10 ms (expected: a free one by then, or a longer --invocation-wait))");
    }

    private void prompt(String text) {
        h.session.onPrompt(new ClientMessage.Prompt(text));
        run();
    }

    private void emit(String text) {
        h.model.last().emits(text);
        run();
    }

    private void complete(String text) {
        store.works();
        emit(text);
        h.model.last().ends();
        run();
        sends("chunk(" + text + ")", "complete(" + text + ")");
    }

    private void answerLoad() {
        store.last().succeeds();
        run();
    }

    private void run() {
        // What is due may post a call, and what comes of that another.
        for (int i = 0; i < 5; i++) {
            h.loop.runPendingTasks();
        }
    }

    private void advance(long millis) {
        h.pass(Duration.ofMillis(millis));
        run();
    }

    private void sends(String... messages) {
        assertEquals(List.of(messages), h.outbound.taken());
    }

    private String asked() {
        return render(h.model.last().request().messages());
    }

    private String kept() {
        return render(store.kept("s"));
    }

    private static String render(List<Message> messages) {
        return messages.stream().map(m -> (m.role() == Message.Role.USER ? "u" : "a") + m.content().stream().map(SessionStoreTest::render)
                .collect(Collectors.joining("+", "(", ")"))).collect(Collectors.joining(" "));
    }

    private static String render(ContentBlock block) {
        return block instanceof ContentBlock.Text text ? text.text()
                : block instanceof ToolUse use ? use.id() : ((ContentBlock.ToolResult) block).toolUseId();
    }
}
