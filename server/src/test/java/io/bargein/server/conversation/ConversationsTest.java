package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.conversation.Conversations.Taken;
import io.bargein.server.conversation.Conversations.WhenBusy;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConversationsTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final Conversations conversations =
            new Conversations(new ConversationLimits(40, 1 << 10, 1 << 12, Duration.ofHours(1)), ticker);

    @Test
    void goesOnWhereAnEarlierTurnOfTheSameIdStopped() {
        Conversation first = hold("a").conversation;
        first.prompt("one");
        release("a");

        assertSame(first, hold("a").conversation);
        assertNotSame(first, hold("b").conversation);
    }

    @Test
    void givesAConversationToThoseThatWaitInTheirOrder() {
        Claim first = hold("a");
        Claim second = waits("a", WhenBusy.WAIT);
        Claim third = waits("a", WhenBusy.WAIT);
        assertEquals(0, first.wanted);

        conversations.release("a", first);
        assertSame(first.conversation, second.conversation);
        assertNull(third.conversation);
        conversations.release("a", second);
        assertSame(first.conversation, third.conversation);
        assertEquals(0, second.wanted + third.wanted);
    }

    @Test
    void hasTheRunningTurnEndedForOneThatInterruptsAndGivesItThatOneFirst() {
        Claim running = hold("a");
        Claim patient = waits("a", WhenBusy.WAIT);
        Claim cutter = waits("a", WhenBusy.INTERRUPT);
        assertEquals(1, running.wanted);
        assertEquals(0, patient.wanted);

        conversations.release("a", running);
        assertSame(running.conversation, cutter.conversation);
        assertNull(patient.conversation);
        conversations.release("a", cutter);
        assertSame(running.conversation, patient.conversation);
        assertEquals(0, cutter.wanted + patient.wanted);
    }

    /** The newest wins: the one before it has its say in the history, and ends at once. */
    @Test
    void hasOneThatInterruptedEndedInTurnForANewerOne() {
        Claim running = hold("a");
        Claim older = waits("a", WhenBusy.INTERRUPT);
        Claim newer = waits("a", WhenBusy.INTERRUPT);

        conversations.release("a", running);
        assertSame(running.conversation, older.conversation);
        assertEquals(1, older.wanted);
        conversations.release("a", older);
        assertSame(running.conversation, newer.conversation);
        assertEquals(0, newer.wanted);
    }

    @Test
    void refusesOneThatDoesNotWaitAndOneThatFindsTheQueueFull() {
        Claim running = hold("a");
        assertInstanceOf(Taken.Busy.class, conversations.take("a", new Claim(), WhenBusy.REJECT, 10));
        waits("a", WhenBusy.WAIT);
        waits("a", WhenBusy.INTERRUPT);
        assertInstanceOf(Taken.QueueFull.class, conversations.take("a", new Claim(), WhenBusy.WAIT, 2));
        assertInstanceOf(Taken.QueueFull.class, conversations.take("a", new Claim(), WhenBusy.INTERRUPT, 2));
        assertEquals(1, running.wanted, "for one that was refused");
        assertInstanceOf(Taken.Given.class, conversations.take("b", new Claim(), WhenBusy.REJECT, 0));
    }

    @Test
    void passesByOneThatHasGivenUpTheWait() {
        Claim first = hold("a");
        Claim second = waits("a", WhenBusy.WAIT);
        Claim third = waits("a", WhenBusy.INTERRUPT);
        Claim fourth = waits("a", WhenBusy.WAIT);
        conversations.release("a", second);
        conversations.release("a", third);
        conversations.release("a", first);

        assertNull(second.conversation);
        assertNull(third.conversation);
        assertSame(first.conversation, fourth.conversation);
    }

    @Test
    void takesNothingFromAHolderForOneThatIsNone() {
        Claim holder = hold("a");
        conversations.release("a", new Claim());
        conversations.release("b", holder);
        assertInstanceOf(Taken.Busy.class, conversations.take("a", new Claim(), WhenBusy.REJECT, 0));
    }

    @Test
    void tellsTheOlderConnectionThatANewerHasTheConversation() {
        Connection older = new Connection();
        Connection newer = new Connection();
        conversations.connect("a", older);
        conversations.connect("a", newer);
        assertEquals(1, older.takenOver);

        conversations.disconnect("a", older);
        conversations.connect("a", new Connection());
        assertEquals(1, newer.takenOver);
        assertEquals(1, older.takenOver);
    }

    @Test
    void forgetsNothingThatHasAConnection() {
        Connection connection = new Connection();
        conversations.connect("a", connection);
        Conversation first = hold("a").conversation;
        first.prompt("one");
        release("a");
        ticker.advance(2, TimeUnit.HOURS);
        conversations.forgetIdle();
        assertSame(first, hold("a").conversation);
        release("a");

        conversations.disconnect("a", connection);
        ticker.advance(1, TimeUnit.HOURS);
        conversations.forgetIdle();
        assertEquals(0, conversations.size());
    }

    @Test
    void forgetsAConversationAfterItsIdleTime() {
        Conversation first = hold("a").conversation;
        first.prompt("one");
        release("a");
        ticker.advance(59, TimeUnit.MINUTES);
        conversations.forgetIdle();
        assertEquals(1, conversations.size());

        ticker.advance(1, TimeUnit.MINUTES);
        conversations.forgetIdle();
        assertEquals(0, conversations.size());
        assertEquals(0, conversations.totalBytes());
        assertNotSame(first, hold("a").conversation);
    }

    @Test
    void neverForgetsOneThatIsHeld() {
        Conversation held = hold("a").conversation;
        held.prompt("one");
        ticker.advance(2, TimeUnit.HOURS);
        conversations.forgetIdle();
        release("a");

        assertSame(held, hold("a").conversation);
    }

    @Test
    void keepsNothingOfAConversationWithoutAWord() {
        hold("a");
        release("a");

        assertEquals(0, conversations.size());
    }

    @Test
    void forgetsTheLongestAtRestPastTheTotalLimit() {
        for (int i = 0; i < 10; i++) {
            hold("s" + i).conversation.prompt("x".repeat(800));
            release("s" + i);
            assertTrue(conversations.totalBytes() <= 1 << 12, () -> "grew to " + conversations.totalBytes());
        }
        assertEquals(0, hold("s0").conversation.bytes());
        assertTrue(hold("s9").conversation.bytes() > 800);
    }

    @Test
    void hasNoRoomForAnotherPromptWhenAllAreHeldAndTheLimitIsReached() {
        for (int i = 0; i < 4; i++) {
            hold("s" + i).conversation.prompt("x".repeat(870));
            assertTrue(conversations.hasRoom("s" + i, claims.get("s" + i), 0));
        }
        assertFalse(conversations.hasRoom("s0", claims.get("s0"), 800));
        release("s3");
        assertTrue(conversations.hasRoom("s0", claims.get("s0"), 800));
    }

    private final Map<String, Claim> claims = new HashMap<>();

    private Claim hold(String id) {
        Claim claim = new Claim();
        claims.put(id, claim);
        claim.conversation = assertInstanceOf(Taken.Given.class, conversations.take(id, claim, WhenBusy.WAIT, 10)).conversation();
        return claim;
    }

    private Claim waits(String id, WhenBusy whenBusy) {
        Claim claim = new Claim();
        assertInstanceOf(Taken.Waits.class, conversations.take(id, claim, whenBusy, 10));
        return claim;
    }

    private void release(String id) {
        conversations.release(id, claims.get(id));
    }

    private static final class Claim implements Conversations.Holder {
        private Conversation conversation;
        private int wanted;

        @Override
        public void given(Conversation given) {
            assertNull(conversation, "given twice");
            conversation = given;
        }

        @Override
        public void unreadable() {
            throw new AssertionError("there is no store");
        }

        @Override
        public void wanted() {
            wanted++;
        }
    }

    private static final class Connection implements Conversations.Connection {
        private int takenOver;

        @Override
        public void takenOver() {
            takenOver++;
        }
    }
}
