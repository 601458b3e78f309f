package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.run.TurnChecker.Kind;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnCheckerTest {
    private final TurnChecker checker = new TurnChecker(true);

    @AfterEach
    void noViolationIsLeftUnread() {
        assertNull(checker.takeViolation());
    }

    @Test
    void passesTurnsThatAreAsTheyShouldBe() {
        checker.prompted();
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 abc\\n\\\"é\"}");
        checker.prompted();
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"1 def\"}");
        takes(Kind.INTERRUPTED, "{\"type\":\"interrupted\",\"partialResponse\":\"0 abc\\n\\\"é1 def\"}");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 \"}");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"0 \"}");
        checker.prompted();
        takes(Kind.ERROR, "{\"error\":\"model: throttled\"}");
        assertEquals(0, checker.openTurns());
    }

    @Test
    void takesOtherEscapesOfTheSameTextForTheSame() {
        checker.prompted();
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 é/\"}");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"0 \\u00e9\\/\"}");
    }

    @Test
    void findsAPartialResponseThatIsNotWhatWasSent() {
        checker.prompted();
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 abc\"}");
        finds("partialResponse is not what was sent", "{\"type\":\"interrupted\",\"partialResponse\":\"0 ab\"}");
    }

    @Test
    void findsAFullResponseThatIsNotWhatWasSent() {
        checker.prompted();
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 abc\"}");
        finds("fullResponse is not what was sent", "{\"type\":\"complete\",\"fullResponse\":\"0 abcd\"}");
    }

    @Test
    void findsASecondTerminal() {
        checker.prompted();
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"\"}");
        finds("a message without a turn", "{\"type\":\"complete\",\"fullResponse\":\"\"}");
    }

    @Test
    void findsAChunkAfterTheTerminal() {
        checker.prompted();
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"\"}");
        finds("a message without a turn", "{\"type\":\"chunk\",\"data\":\"0 \"}");
    }

    @Test
    void findsAStaleChunk() {
        checker.prompted();
        checker.prompted();
        takes(Kind.INTERRUPTED, "{\"type\":\"interrupted\",\"partialResponse\":\"\"}");
        finds("a stale chunk", "{\"type\":\"chunk\",\"data\":\"17 abc\"}");
    }

    @Test
    void findsAMessageOfNoKnownShape() {
        checker.prompted();
        finds("a message of unknown shape", "{\"hello\":\"world\"}");
    }

    private void takes(Kind kind, String message) {
        assertEquals(kind, checker.received(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8)));
        assertNull(checker.takeViolation());
    }

    private void finds(String violation, String message) {
        checker.received(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
        String found = checker.takeViolation();
        assertNotNull(found, "nothing was found");
        assertTrue(found.startsWith(violation), found);
    }
}
