package io.bargein.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the tools that an answer asks for. */
class ToolLoopTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private SessionHarness h = new SessionHarness(SessionSettings.DEFAULT, new ToolSettings(3, TIMEOUT, 1 << 10));

    /** On the model's own thread, where somebody can do something about it. */
    @Test
    void namesWhatAToolUseLacks() {
        assertEquals("id", assertThrows(NullPointerException.class, () -> new ContentBlock.ToolUse(null, "clock", "{}")).getMessage());
        assertEquals("name", assertThrows(NullPointerException.class, () -> new ContentBlock.ToolUse("t1", null, "{}")).getMessage());
        assertEquals("input", assertThrows(NullPointerException.class, () -> new ContentBlock.ToolUse("t1", "clock", null)).getMessage());
    }

    @Test
    void callsAllToolsOfAnAnswerTogetherAndPairsTheirResultsInOrderInOneMessage() {
        asksFor(use("t1", "clock"), use("t2", "mail"), use("t3", "clock"));
        assertEquals(3, h.toolCalls.size());
        h.toolCalls.get(2).answers("three");
        h.toolCalls.get(0).answers("one");
        h.run();
        assertEquals(1, h.model.started());
        h.toolCalls.get(1).answers("two");
        h.run();

        assertEquals(2, h.model.started());
        assertEquals(List.of(new ContentBlock.ToolResult("t1", "one", false), new ContentBlock.ToolResult("t2", "two", false),
                new ContentBlock.ToolResult("t3", "three", false)), lastMessage());
        assertEquals("u(one) a(use t1+use t2+use t3) u(result t1+result t2+result t3)", h.history());
    }

    /** A tool that is slow, and a server that has no thread for it, are not the same to whoever reads the answer. */
    @Test
    void tellsACallThatNoThreadWasFreeForFromOneThatTookTooLong() {
        h.toolQueue = new ArrayDeque<>();
        asksFor(use("t1", "clock"), use("t2", "clock"));
        h.toolQueue.poll().run();
        h.pass(TIMEOUT);

        assertEquals(List.of(new ContentBlock.ToolResult("t1", "timed out after " + TIMEOUT.toMillis() + " ms", true),
                new ContentBlock.ToolResult("t2", "server: too busy to call the tool within " + TIMEOUT.toMillis()
                        + " ms (expected: a free thread for it; try again)", true)), lastMessage());
    }

    /** Before the call of the model that they are for, and of one that is refused too. */
    @Test
    void tellsTheClientOfEachCallAndItsResult() {
        asksFor(use("t1", "clock"), use("t2", "no-such-tool"));
        h.toolCalls.get(0).answers("one");
        h.run();

        TurnId turn = new TurnId(1, null);
        assertEquals(List.of(new ServerMessage.TurnStarted(turn),
                new ServerMessage.ToolStarted(turn, "t1", "clock", "{}"),
                new ServerMessage.ToolStarted(turn, "t2", "no-such-tool", "{}"),
                new ServerMessage.ToolResulted(turn, "t2", "no-such-tool", true, "there is no tool of that name (expected: one of [clock, mail])"),
                new ServerMessage.ToolResulted(turn, "t1", "clock", false, "one")), h.outbound.more);
    }

    @Test
    void handsAToolItsUseAndTheContextOfTheTurn() {
        ToolUse use = new ToolUse("t1", "clock", "{\"zone\":\"UTC\"}");
        asksFor(use);

        assertEquals(use, h.toolCalls.get(0).call().use());
        assertEquals("s", h.toolCalls.get(0).call().context().sessionId());
        assertEquals(RequestContext.Kind.WS, h.toolCalls.get(0).call().context().kind());
    }

    @Test
    void endsATurnThatAsksForToolsForever() {
        for (int i = 1; i <= 4; i++) {
            asksFor(use("t" + i, "no-such-tool"));
        }

        assertEquals(List.of("error(tools: asked for in more than 3 rounds (expected: an answer by then))"), h.outbound.taken());
        assertEquals(4, h.model.started());
    }

    /** P4: nothing stands before it. */
    @Test
    void sendsInterruptedBeforeItRaisesTheSignal() {
        asksFor(use("t1", "clock"));
        List<List<String>> sentByThen = new ArrayList<>();
        h.onSignal = () -> sentByThen.add(h.outbound.taken());
        h.session.onPrompt(new ClientMessage.Prompt("two"));

        assertEquals(List.of(List.of("interrupted()")), sentByThen);
    }

    @Test
    void answersEachOpenUseAsCancelledWhenItIsInterruptedAndKeepsWhatHadCome() {
        asksFor(use("t1", "clock"), use("t2", "clock"), use("t3", "clock"));
        h.toolCalls.get(1).answers("two");
        h.run();
        h.session.onPrompt(new ClientMessage.Prompt("two"));
        h.run();
        h.toolCalls.get(0).answers("late");
        h.run();

        assertEquals("u(one) a(use t1+use t2+use t3) u(result t1 failed+result t2+result t3 failed+two)", h.history());
        assertEquals(List.of("t1", "t3"), h.signals);
        assertEquals(2, h.model.started());
    }

    /** The fence: the result was past all that a drop can stop, and the session runs tools again when it comes. */
    @Test
    void dropsAResultThatWasOnItsWayWhenItWasInterrupted() {
        asksFor(use("t1", "clock"));
        h.toolCalls.get(0).answers("late");
        h.session.onPrompt(new ClientMessage.Prompt("two"));
        Call second = ((State.Streaming) h.session.state()).call();
        h.session.answering().onToolUse(second, use("t2", "clock"));
        h.session.answering().onEnd(second, new GenerationEnd(GenerationEnd.TOOL_USE, null));
        h.run();
        assertEquals(2, h.model.started());
        h.toolCalls.get(1).answers("in time");
        h.run();

        assertEquals(List.of(new ContentBlock.ToolResult("t2", "in time", false)), lastMessage());
    }

    @Test
    void leavesACallAloneThatHasAnsweredByThen() {
        asksFor(use("t1", "clock"), use("t2", "clock"));
        h.toolCalls.get(0).answers("one");
        h.session.onCancel(TurnId.NONE);

        assertEquals(List.of("t2"), h.signals);
        assertFalse(h.toolCalls.get(0).call().isCancelled());
        assertTrue(h.toolCalls.get(1).call().isCancelled());
    }

    @Test
    void sparesAToolThatKeepsRunningTheSignalAndNothingElse() {
        asksFor(use("t1", "mail"));
        h.session.onPrompt(new ClientMessage.Prompt("two"));
        h.toolCalls.get(0).answers("sent");
        h.run();

        assertEquals(List.of(), h.signals);
        assertFalse(h.toolCalls.get(0).call().isCancelled());
        assertEquals(List.of("interrupted()"), h.outbound.taken());
        assertEquals("u(one) a(use t1) u(result t1 failed+two)", h.history());
        assertEquals(2, h.model.started());
    }

    @Test
    void neverBeginsACallThatIsCancelledWhileItWaitsForAThreadUnlessItIsToKeepRunning() {
        h.toolQueue = new ArrayDeque<>();
        asksFor(use("t1", "clock"), use("t2", "mail"));
        h.session.onPrompt(new ClientMessage.Prompt("two"));
        h.toolQueue.forEach(Runnable::run);

        assertEquals(List.of("t2"), h.toolCalls.stream().map(made -> made.call().use().id()).toList());
    }

    @Test
    void raisesTheSignalForWhoAsksForItLater() {
        asksFor(use("t1", "clock"));
        h.session.onCancel(TurnId.NONE);
        AtomicInteger heard = new AtomicInteger();
        h.toolCalls.get(0).call().cancelled().thenRun(heard::incrementAndGet);

        assertEquals(1, heard.get());
    }

    @Test
    void givesAToolNoMeansToRaiseTheSignalItself() {
        asksFor(use("t1", "clock"));
        h.toolCalls.get(0).call().cancelled().toCompletableFuture().complete(null);

        assertFalse(h.toolCalls.get(0).call().cancelled().toCompletableFuture().isDone());
        assertEquals(List.of(), h.signals);
    }

    @Test
    void goesOnWithoutAToolThatTakesTooLong() {
        asksFor(use("t1", "clock"), use("t2", "mail"), use("t3", "clock"));
        h.toolCalls.get(2).answers("three");
        h.pass(TIMEOUT.minusNanos(1));
        assertEquals(1, h.model.started());
        h.pass(Duration.ofNanos(1));
        h.toolCalls.get(0).answers("late");
        h.run();

        assertEquals(List.of("t1"), h.signals);
        assertEquals(List.of(new ContentBlock.ToolResult("t1", "timed out after 2000 ms", true),
                new ContentBlock.ToolResult("t2", "timed out after 2000 ms", true), new ContentBlock.ToolResult("t3", "three", false)),
                lastMessage());
        assertEquals(2, h.model.started());
    }

    /** A timer left behind would end the next round before its time. */
    @Test
    void leavesNoTimerBehind() {
        asksFor(use("t1", "clock"));
        h.pass(TIMEOUT.dividedBy(2));
        h.toolCalls.get(0).answers("one");
        h.run();
        assertEquals(-1, h.loop.runScheduledPendingTasks());
        asksFor(use("t2", "clock"));
        h.session.onCancel(TurnId.NONE);

        assertEquals(-1, h.loop.runScheduledPendingTasks());
    }

    @Test
    void tellsTheModelOfAResultThatIsTooLongInsteadOfCuttingIt() {
        asksFor(use("t1", "clock"), use("t2", "clock"));
        h.toolCalls.get(0).answers("é".repeat(512));
        h.toolCalls.get(1).answers("é".repeat(512) + "!");
        h.run();

        assertEquals(List.of(new ContentBlock.ToolResult("t1", "é".repeat(512), false),
                new ContentBlock.ToolResult("t2", "the result has 1025 bytes (expected: at most 1024; ask for less)", true)), lastMessage());
    }

    @Test
    void makesOfAResultWhatAModelAccepts() {
        asksFor(use("t1", "clock"), use("t2", "clock"), use("t3", "clock"));
        h.toolCalls.get(0).answers(" \n");
        h.toolCalls.get(1).answers("a\uD83Db\uD83D\uDE00");
        h.toolCalls.get(2).result().complete(ToolResult.failed("zone: Mars (expected: one of Earth's)"));
        h.run();

        assertEquals(List.of(new ContentBlock.ToolResult("t1", "(no output)", false),
                new ContentBlock.ToolResult("t2", "a\uFFFDb\uD83D\uDE00", false),
                new ContentBlock.ToolResult("t3", "zone: Mars (expected: one of Earth's)", true)), lastMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void tellsTheModelOfAnyFailureThatThereWasOneAndNoMore(int how) {
        List<Function<ToolCall, CompletionStage<ToolResult>>> failures = List.of(
                call -> {
                    throw new IllegalStateException("planted: secret");
                },
                call -> {
                    throw new AssertionError("planted: secret");
                },
                ToolLoopTest::overflow,
                call -> null,
                call -> CompletableFuture.completedStage(null),
                call -> CompletableFuture.failedStage(new CompletionException("planted: secret", new IllegalStateException())),
                call -> CompletableFuture.failedStage(new StackOverflowError("planted: secret")),
                call -> CompletableFuture.failedStage(new CancellationException("planted: secret")));
        List<ToolResult> results = new ArrayList<>();
        Toolbox toolbox = new Toolbox(List.of(), Runnable::run, Runnable::run, ToolSettings.DEFAULT);
        new ToolTask(new ScriptedTool("clock", failures.get(how)), RequestContext.of(RequestContext.Kind.WS, "s", "r"), use("t1", "clock"),
                toolbox, results::add).start();

        assertEquals(List.of(ToolResult.failed("the tool failed")), results);
    }

    @Test
    void goesOnAfterCallsThatCannotBeMade() {
        h.toolQueue = new ArrayBlockingQueue<>(1);
        asksFor(use("t1", "clock"), use("t1", "clock"), use("t2", "sundial"), use("t3", "clock"));
        h.toolQueue.remove().run();
        h.toolCalls.get(0).answers("noon");
        h.run();

        assertEquals(1, h.toolCalls.size());
        assertEquals(List.of(new ContentBlock.ToolResult("t1", "noon", false),
                new ContentBlock.ToolResult("t1-2", "another call has the same id (expected: an id of its own)", true),
                new ContentBlock.ToolResult("t2", "there is no tool of that name (expected: one of [clock, mail])", true),
                new ContentBlock.ToolResult("t3", "server: too busy to call the tool (expected: a free thread for it; try again)", true)),
                lastMessage());
        assertEquals("u(one) a(use t1+use t1-2+use t2+use t3) u(result t1+result t1-2 failed+result t2 failed+result t3 failed)", h.history());
    }

    @Test
    void givesUsesOfOneIdIdsOfTheirOwnThatNoneHas() {
        String longest = "x".repeat(64);
        ToolRound round = new ToolRound(List.of(use("a", "clock"), use("a-2", "clock"), use("a", "clock"), use("a", "clock"), use(longest, "clock"),
                use(longest, "clock")), 1_000, 0);

        assertEquals(List.of("a", "a-2", "a-3", "a-4", longest, "x".repeat(62) + "-2"), round.uses().stream().map(ToolUse::id).toList());
    }

    @Test
    void callsSoManyToolsOfOneAnswerAndNoMore() {
        asksFor(IntStream.range(0, 1_000).mapToObj(i -> use("t" + i, "clock")).toArray(ToolUse[]::new));
        assertEquals(ToolRound.MAX_CALLS, h.toolCalls.size());
        h.toolCalls.forEach(call -> call.answers("noon"));
        h.run();

        assertEquals(1_000, lastMessage().size());
        assertEquals(new ContentBlock.ToolResult("t999", "too many calls at once (expected: at most 64)", true), lastMessage().get(999));
        assertEquals(2, h.model.started());
    }

    /** P7: what the model asks of tools is held as its text is, and counts as that. */
    @Test
    void endsAnAnswerWhoseToolUsesGrowPastItsLimit() {
        h = new SessionHarness(new SessionSettings(1 << 10, Duration.ofMillis(50)));
        ask();
        h.model.last().asksFor(new ToolUse("t1", "clock", "{\"zone\":\"" + "x".repeat(800) + "\"}"));
        h.model.last().asksFor(use("t2", "clock"));
        h.model.last().ends();
        h.run();

        assertEquals(List.of("error(answer: over 1024 bytes (expected: a shorter one; ask for less, or raise --max-answer-bytes))"),
                h.outbound.taken());
        assertTrue(h.model.last().isCancelled());
        assertEquals(0, h.toolCalls.size());
    }

    /** P7: a turn may not grow past what a conversation may, round by round, and the model is told. */
    @Test
    void takesNoMoreOfResultsThanTheConversationCan() {
        long limit = ConversationLimits.DEFAULT.maxBytes();
        h = new SessionHarness(SessionSettings.DEFAULT, new ToolSettings(1_000, TIMEOUT, 300 << 10));
        for (int round = 1; round <= 8; round++) {
            asksFor(use("a" + round, "clock"), use("b" + round, "clock"));
            h.toolCalls.get(2 * round - 2).answers("x".repeat(300 << 10));
            h.toolCalls.get(2 * round - 1).answers("x".repeat(300 << 10));
            h.run();
            assertTrue(h.other.conversation.bytes() < limit + (8 << 10), () -> "grew to " + h.other.conversation.bytes());
            assertEquals(round + 1, h.model.started());
        }

        List<Message> messages = h.model.last().request().messages();
        List<ContentBlock.ToolResult> results = messages.stream().flatMap(message -> message.content().stream())
                .filter(ContentBlock.ToolResult.class::isInstance).map(ContentBlock.ToolResult.class::cast).toList();
        assertEquals(16, results.size());
        assertEquals(List.of(false, false, false, true, true), results.subList(0, 5).stream().map(ContentBlock.ToolResult::failed).toList());
        assertTrue(results.get(3).content().startsWith("the conversation has no room for the result of 307200 bytes (expected: at most 12"),
                results.get(3).content());
    }

    /** A tool that never answers may be held by whatever it waits for; the session may not be held by the tool. */
    @Test
    void letsGoOfADroppedCall() {
        AtomicInteger heard = new AtomicInteger();
        CompletableFuture<ToolResult> never = new CompletableFuture<>();
        Toolbox toolbox = new Toolbox(List.of(), Runnable::run, Runnable::run, ToolSettings.DEFAULT);
        ToolTask task = new ToolTask(new ScriptedTool("clock", true, call -> never), RequestContext.of(RequestContext.Kind.WS, "s", "r"),
                use("t1", "clock"), toolbox, result -> heard.incrementAndGet());
        task.start();
        task.drop();
        never.complete(ToolResult.of("noon"));

        assertEquals(0, heard.get());
    }

    @Test
    void findsToolsByTheirExactNames() {
        ScriptedTool clock = new ScriptedTool("clock", call -> null);
        Toolbox toolbox = new Toolbox(List.of(clock), Runnable::run, Runnable::run, ToolSettings.DEFAULT);

        assertSame(clock, toolbox.named("clock"));
        assertNull(toolbox.named("Clock"));
        assertNull(Toolbox.EMPTY.named("clock"));
    }

    private static CompletionStage<ToolResult> overflow(ToolCall call) {
        return overflow(call).thenApply(result -> result);
    }

    private static ToolUse use(String id, String name) {
        return new ToolUse(id, name, "{}");
    }

    private void ask() {
        h.open().giveHistory().session.onPrompt(new ClientMessage.Prompt("one"));
        h.run();
    }

    /** The model asks for tools, in the running turn or a first one. */
    private void asksFor(ToolUse... uses) {
        if (h.model.started() == 0) {
            ask();
        }
        for (int i = 0; i < uses.length; i++) {
            h.model.last().asksFor(uses[i]);
            if (i % 100 == 99) {
                // It is asked for more.
                h.run();
            }
        }
        h.model.last().ends();
        h.run();
    }

    /** What the model was told last. */
    private List<ContentBlock> lastMessage() {
        List<Message> messages = h.model.last().request().messages();
        return messages.get(messages.size() - 1).content();
    }
}
