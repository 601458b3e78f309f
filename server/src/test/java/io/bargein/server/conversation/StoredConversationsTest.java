package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.conversation.Conversations.Taken;
import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.operations.StandardError;
import io.bargein.server.spi.Message;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What conversations owe their store, and it them: by the hand-moved clock of an embedded loop, on which it is called as well. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoredConversationsTest {
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final ScriptedStore store = new ScriptedStore();
    private final Conversations conversations = new Conversations(new ConversationLimits(40, 1 << 10, 1 << 12, Duration.ofHours(1)),
            Ticker.systemTicker(), new StoreAccess(store, Duration.ofSeconds(2), loop.eventLoop(), loop.eventLoop()));

    @BeforeEach
    void stopTheClock() {
        loop.freezeTime();
    }

    @Test
    void loadsAConversationBeforeItsFirstTurnAndNotWhileItHasAConnection() {
        store.append("a", List.of(Message.user("zero"), Message.assistant("0")));
        conversations.connect("a", () -> {});
        Turn first = take("a");
        assertNull(first.history, "given before it was loaded");
        run();
        assertEquals(List.of(Message.user("zero"), Message.assistant("0")), first.history.messages());
        first.says("one", "1");
        first.ends();
        run();
        int calls = store.calls();
        Turn second = take("a");
        assertSame(first.history, second.history);
        second.ends();
        run();
        assertEquals(calls, store.calls());
    }

    /** Another server may have had it meanwhile. */
    @Test
    void loadsAConversationAnewThatWasAtRest() {
        Turn first = given("a");
        first.says("one", "1");
        first.ends();
        run();
        assertEquals(0, conversations.size());
        assertEquals(0, conversations.totalBytes());
        store.append("a", List.of(Message.user("elsewhere"), Message.assistant("yes")));

        assertEquals(List.of(Message.user("one"), Message.assistant("1"), Message.user("elsewhere"), Message.assistant("yes")),
                given("a").history.messages());
    }

    @Test
    void appendsWhatEachTurnHasAddedOneCallAtATime() {
        Turn turn = given("a");
        store.holdOn();
        turn.says("one", "1");
        conversations.turnEnded("a", turn);
        turn.says("two", "");
        conversations.turnEnded("a", turn);
        turn.history.prompt("three");
        turn.history.failed(false, "");
        turn.ends();
        run();
        assertEquals(2, store.calls(), "a load and an append");
        assertEquals(List.of(Message.user("one"), Message.assistant("1")), store.last().messages);
        store.last().succeeds();
        run();
        assertEquals(List.of(Message.user("two")), store.last().messages);
        store.last().succeeds();
        run();
        assertEquals(3, store.calls(), "something of the failed turn");
        assertEquals(0, conversations.size());
    }

    @Test
    void keepsInMemoryWhatTheStoreDoesNotTakeAndTriesAgainLaterAndLater() {
        Turn turn = given("a");
        store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
        turn.says("one", "1");
        String log = StandardError.during(() -> {
            turn.ends();
            run();
            long delay = 100;
            for (int attempts = 1; attempts < 14; attempts++) {
                assertEquals(1 + attempts, store.calls());
                assertEquals(List.of(Message.user("one"), Message.assistant("1")), store.last().messages);
                advance(delay - 1);
                assertEquals(1 + attempts, store.calls(), "after less than " + delay + " ms");
                advance(1);
                delay = Math.min(2 * delay, 30_000);
            }
        });
        assertEquals(1, count(log, "WARN"), log);
        assertTrue(log.contains("session a") && log.contains("IllegalStateException: down"), log);

        // It is not loaded meanwhile: what is in memory is the truth.
        conversations.connect("a", () -> {});
        Turn next = take("a");
        assertEquals(List.of(Message.user("one"), Message.assistant("1")), next.history.messages());
        next.says("two", "2");
        next.ends();
        String recovery = StandardError.during(() -> {
            store.works();
            advance(30_000);
        });
        assertEquals(1, count(recovery, "takes what session a adds again"), recovery);
        assertEquals(List.of(Message.user("one"), Message.assistant("1"), Message.user("two"), Message.assistant("2")), store.kept("a"));
    }

    private static Stream<Supplier<CompletionStage<?>>> failures() {
        return Stream.of(() -> CompletableFuture.failedStage(new IllegalStateException("down")), () -> null,
                () -> {
                    throw new IllegalStateException("down");
                },
                () -> {
                    throw new NoClassDefFoundError("down");
                });
    }

    @ParameterizedTest
    @MethodSource("failures")
    void survivesEveryWayToFail(Supplier<CompletionStage<?>> failure) {
        store.failsBy(failure);
        Turn first = take("a");
        Turn second = waits("a");
        String log = StandardError.during(this::run);
        assertEquals(1, first.unreadable);
        assertEquals(1, second.unreadable);
        assertTrue(log.contains("the history of session a could not be loaded"), log);
        first.ends();
        second.ends();
        run();
        assertEquals(1, store.calls(), "loaded again though nobody asked");

        store.works();
        Turn third = given("a");
        third.says("one", "1");
        store.failsBy(failure);
        third.ends();
        run();
        assertEquals(List.of(), store.kept("a"));
        store.works();
        advance(100);
        assertEquals(List.of(Message.user("one"), Message.assistant("1")), store.kept("a"));
        assertEquals(0, conversations.size());
    }

    @Test
    void failsALoadThatTellsNonsense() {
        store.failsBy(() -> CompletableFuture.completedStage(null));
        Turn turn = take("a");
        run();
        assertEquals(1, turn.unreadable);
    }

    @Test
    void givesAnAppendUpThatIsNotAnsweredAndHearsOfItsLateSuccess() {
        Turn turn = given("a");
        store.holdOn();
        turn.says("one", "1");
        turn.ends();
        run();
        ScriptedStore.Call first = store.last();
        String log = StandardError.during(() -> advance(30_000));
        assertTrue(log.contains("TimeoutException"), log);
        advance(100);
        assertEquals(3, store.calls());
        assertEquals(first.messages, store.last().messages);

        first.succeeds();
        run();
        assertEquals(0, conversations.totalBytes() - Conversation.bytes(Message.user("one")) - Conversation.bytes(Message.assistant("1")),
                "still to be saved");
        store.last().fails();
        advance(60_000);
        assertEquals(3, store.calls(), "tried again though it was taken");
        assertEquals(0, conversations.size());
    }

    @Test
    void givesALoadUpThatIsNotAnswered() {
        store.holdOn();
        Turn turn = take("a");
        advance(30_000);
        assertEquals(1, turn.unreadable);
        turn.ends();
        store.last().succeeds();
        store.works();
        given("a").ends();
    }

    /** The prompt that asked for it may have given up: the next one need not ask again. */
    @Test
    void usesAResultThatComesLate() {
        store.holdOn();
        Turn first = take("a");
        run();
        first.ends();
        Turn second = take("a");
        run();
        assertEquals(1, store.calls(), "two calls at a time");
        store.last().succeeds();
        run();
        assertTrue(second.history != null && first.history == null);
        second.ends();
        run();
        assertEquals(1, store.calls());
        assertEquals(0, conversations.size());
    }

    @Test
    void dropsAResultThatNobodyWaitsForAnyMore() {
        store.holdOn();
        Turn turn = take("a");
        run();
        turn.ends();
        store.last().succeeds();
        run();
        assertEquals(0, conversations.size());
        assertEquals(0, conversations.totalBytes());
    }

    @Test
    void givesAConversationThatWasLoadedToThoseThatWaitInTheirOrder() {
        store.holdOn();
        Turn first = take("a");
        Turn patient = new Turn("a");
        assertEquals(new Taken.Waits(true, true), conversations.take("a", patient, WhenBusy.WAIT, 10));
        Turn cutter = waits("a");
        assertInstanceOf(Taken.Busy.class, conversations.take("a", new Turn("a"), WhenBusy.REJECT, 10));
        assertEquals(1, first.wanted);
        first.ends();
        assertTrue(cutter.history == null && patient.history == null, "given before it was loaded");
        run();
        store.last().succeeds();
        run();
        assertTrue(cutter.history != null && patient.history == null);
        cutter.ends();
        assertTrue(patient.history != null);
    }

    @Test
    void savesWhatWasSaidInVainBeforeItLoadsAgain() {
        store.append("a", List.of(Message.user("zero"), Message.assistant("0")));
        store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
        Turn turn = take("a");
        run();
        conversations.release("a", turn, List.of("one", "two"));
        run();
        store.works();
        // A prompt does not wait for the time to try again.
        assertEquals(List.of(Message.user("zero"), Message.assistant("0"), new Message(Message.Role.USER,
                List.of(Message.user("one").content().get(0), Message.user("two").content().get(0)))), given("a").history.messages());
        assertEquals(List.of(Message.user("zero"), Message.assistant("0"), Message.user("one"), Message.user("two")), store.kept("a"));
    }

    @Test
    void refusesPromptsRatherThanGiveUpWhatTheStoreHasNotTaken() {
        int turns = fillMemory(200);
        assertTrue(turns >= 3, "hardly any");
        assertFalse(conversations.hasRoom("another", null, 1_000));
        assertEquals(turns, conversations.size());
        store.works();
        advance(30_000);
        assertEquals(0, conversations.totalBytes());
        assertTrue(conversations.hasRoom("another", null, 1_000));
        for (int i = 0; i < turns; i++) {
            assertEquals(2, store.kept("s" + i).size(), "s" + i);
        }
    }

    @Test
    void givesTheOldestUpThatTheStoreHasNotTakenWhereThereIsNoRoomForIt() {
        int turns = fillMemory(200);
        String log = StandardError.during(() -> {
            for (int i = turns; i < turns + 50; i++) {
                // Nobody has asked whether there is room, as for an answer that grows.
                Turn turn = new Turn("s" + i);
                conversations.take("s" + i, turn, WhenBusy.WAIT, 10);
                store.works();
                run();
                store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
                if (turn.history != null) {
                    turn.says("x".repeat(400), "x".repeat(400));
                }
                turn.ends();
                run();
                assertTrue(conversations.totalBytes() <= 1 << 12, () -> "grew to " + conversations.totalBytes());
            }
        });
        assertTrue(log.contains("ERROR") && log.contains("2 messages of session s"), log);
        store.works();
        advance(60_000);
        assertEquals(0, conversations.totalBytes());
        assertEquals(0, conversations.size());
    }

    @Test
    void makesNoOtherCallWhileOneRunsWhoseMessagesItHasGivenUp() {
        Turn turn = given("a");
        store.holdOn();
        for (int i = 0; i < 5; i++) {
            turn.says("x".repeat(300), "x".repeat(300));
        }
        String log = StandardError.during(() -> {
            conversations.turnEnded("a", turn);
            run();
            turn.ends();
        });
        assertTrue(log.contains("10 messages of session a are lost"), log);
        assertEquals(0, conversations.totalBytes());
        Turn next = take("a");
        run();
        assertEquals(2, store.calls());
        store.last().succeeds();
        run();
        assertEquals(3, store.calls());
        store.last().succeeds();
        run();
        assertEquals(2, next.history.messages().size(), "what the store has is told");
    }

    @Test
    void failsALoadThatThereIsNoRoomFor() {
        fillMemory(200);
        store.works();
        store.failsBy(() -> CompletableFuture.completedStage(List.of(Message.user("x".repeat(800)))));
        Turn turn = take("big");
        run();
        assertEquals(1, turn.unreadable);
        assertTrue(conversations.totalBytes() <= 1 << 12);
    }

    @Test
    void readsNoMoreThanTheLimitsAllow() {
        List<Message> told = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            told.add(Message.user("prompt " + i));
            told.add(Message.assistant("answer " + i));
        }
        store.append("a", told);
        List<Message> read = given("a").history.messages();
        assertTrue(conversations.totalBytes() <= 1 << 10);
        assertEquals(told.subList(told.size() - read.size(), told.size()), read);
        assertTrue(read.size() >= 6);
    }

    @Test
    void givesTheStoreALastChanceBeforeItCloses() throws Exception {
        Conversations closing = onThreads();
        store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
        // One that failed and waits to be tried again, and one that was never heard.
        Turn vain = new Turn("vain");
        closing.take("vain", vain, WhenBusy.WAIT, 10);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> vain.unreadable == 1);
        closing.release("vain", vain, List.of("one"));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> store.calls() >= 6);
        store.works();
        // By then the next attempt is seconds away.
        closing.close(Duration.ofSeconds(20));
        assertEquals(List.of(Message.user("one")), store.kept("vain"));
        assertEquals(0, closing.totalBytes());
    }

    @Test
    void savesAsItClosesWhatWaitsForAHistoryThatIsUnreadable() throws Exception {
        Conversations closing = onThreads();
        store.holdOn();
        Turn turn = new Turn("a") {
            @Override
            public void unreadable() {
                closing.release("a", this, List.of("one"));
            }
        };
        closing.take("a", turn, WhenBusy.WAIT, 10);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> store.calls() == 1);
        store.works();
        Thread load = new Thread(() -> {
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> closing.totalBytes() > 0);
            store.call(1).succeeds();
        });
        load.start();
        closing.close(Duration.ofSeconds(20));
        load.join();
        assertEquals(List.of(Message.user("one")), store.kept("a"));
    }

    @Test
    void saysHowMuchIsLostWhenTheStoreTakesNothingToTheEnd() {
        String log = StandardError.during(() -> {
            Conversations closing = onThreads();
            Turn turn = new Turn("a");
            closing.take("a", turn, WhenBusy.WAIT, 10);
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> turn.history != null);
            store.holdOn();
            turn.says("one", "1");
            turn.says("two", "");
            closing.release("a", turn);
            closing.close(Duration.ofMillis(50));
        });
        assertEquals(1, count(log, "ERROR"), log);
        assertTrue(log.contains("3 messages of session a are lost"), log);
    }

    private Conversations onThreads() {
        return new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker(), new StoreAccess(store, Duration.ofSeconds(2),
                Executors.newFixedThreadPool(2), new ScheduledThreadPoolExecutor(1)));
    }

    /** Ends turns until there is no room for another, with a store that takes nothing; returns how many. */
    private int fillMemory(int promptBytes) {
        int turns = 0;
        while (conversations.hasRoom("s" + turns, null, 2L * promptBytes + 512)) {
            store.works();
            Turn turn = given("s" + turns++);
            store.failsBy(() -> CompletableFuture.failedStage(new IllegalStateException("down")));
            turn.says("x".repeat(promptBytes), "yes");
            turn.ends();
            run();
            assertTrue(turns < 100, "there is always room");
        }
        return turns;
    }

    private Turn take(String id) {
        Turn turn = new Turn(id);
        if (conversations.take(id, turn, WhenBusy.INTERRUPT, 10) instanceof Taken.Given now) {
            turn.history = now.conversation();
        }
        return turn;
    }

    private Turn waits(String id) {
        Turn turn = take(id);
        assertNull(turn.history);
        return turn;
    }

    /** A turn whose history the store has told. */
    private Turn given(String id) {
        Turn turn = take(id);
        run();
        assertTrue(turn.history != null, "not given");
        return turn;
    }

    private void run() {
        // What is due may post a call, and what comes of that another.
        for (int i = 0; i < 5; i++) {
            loop.runPendingTasks();
        }
    }

    private void advance(long millis) {
        loop.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        run();
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    private class Turn implements Conversations.Holder {
        private final String id;
        private volatile Conversation history;
        private volatile int unreadable;
        private int wanted;

        Turn(String id) {
            this.id = id;
        }

        void says(String prompt, String answer) {
            history.prompt(prompt);
            history.answered(answer);
        }

        void ends() {
            conversations.release(id, this);
        }

        @Override
        public void given(Conversation given) {
            assertNull(history, "given twice");
            history = Objects.requireNonNull(given, "given before it was loaded");
        }

        @Override
        public void unreadable() {
            unreadable++;
        }

        @Override
        public void wanted() {
            wanted++;
        }
    }
}
