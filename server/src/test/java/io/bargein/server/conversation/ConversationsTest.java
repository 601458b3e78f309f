package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConversationsTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final Conversations conversations =
            new Conversations(new ConversationLimits(40, 1 << 10, 1 << 12, Duration.ofHours(1)), ticker);

    @Test
    void goesOnWhereAnEarlierConnectionOfTheSameIdStopped() {
        Conversation first = hold("a").conversation;
        first.prompt("one");
        release("a");

        assertSame(first, hold("a").conversation);
        assertNotSame(first, hold("b").conversation);
    }

    @Test
    void givesAConversationToANewerConnectionOnceTheOlderHasLetGo() {
        Claim older = hold("a");
        Claim newer = take("a");
        assertTrue(older.takenOver);
        assertNull(newer.conversation);

        conversations.release("a", older);
        assertSame(older.conversation, newer.conversation);
    }

    @Test
    void letsTheNewestOfSeveralThatWaitHaveIt() {
        Claim first = hold("a");
        Claim second = take("a");
        Claim third = take("a");
        assertTrue(second.takenOver);

        conversations.release("a", second);
        conversations.release("a", first);
        assertNull(second.conversation);
        assertSame(first.conversation, third.conversation);
    }

    @Test
    void forgetsAConversationWithoutAConnectionAfterItsIdleTime() {
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
            assertTrue(conversations.hasRoom("s" + i, 0));
        }
        assertFalse(conversations.hasRoom("s0", 800));
        release("s3");
        assertTrue(conversations.hasRoom("s0", 800));
    }

    private final java.util.Map<String, Claim> claims = new java.util.HashMap<>();

    private Claim hold(String id) {
        Claim claim = take(id);
        assertTrue(claim.conversation != null, "not given at once");
        return claim;
    }

    private Claim take(String id) {
        Claim claim = new Claim();
        claims.put(id, claim);
        conversations.take(id, claim);
        return claim;
    }

    private void release(String id) {
        conversations.release(id, claims.get(id));
    }

    private static final class Claim implements Conversations.Holder {
        private Conversation conversation;
        private boolean takenOver;

        @Override
        public void given(Conversation given) {
            assertNull(conversation, "given twice");
            conversation = given;
        }

        @Override
        public void takenOver() {
            takenOver = true;
        }
    }
}
