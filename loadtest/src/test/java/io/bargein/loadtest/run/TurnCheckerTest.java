package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.run.TurnChecker.Kind;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnCheckerTest {
    private final TurnChecker checker = new TurnChecker(new LoopRecorder(Ticker.systemTicker(), false));

    @AfterEach
    void noViolationIsLeftUnread() {
        assertNull(checker.takeViolation());
    }

    @Test
    void passesTurnsThatAreAsTheyShouldBe() {
        prompted("tell me");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"abc\\n\\\"é\"}");
        prompted("tell me more");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"1 def\"}");
        takes(Kind.INTERRUPTED, "{\"type\":\"interrupted\",\"partialResponse\":\"abc\\n\\\"é1 def\"}");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 \"}");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"0 \"}");
        prompted("and more");
        takes(Kind.ERROR, "{\"error\":\"model: throttled\"}");
    }

    @Test
    void takesOtherEscapesOfTheSameTextForTheSame() {
        prompted("tell me");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 é/\"}");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"0 \\u00e9\\/\"}");
    }

    @Test
    void understandsMessagesThatAreWrittenInOtherWays() {
        prompted("sim bytes=16");
        takes(Kind.CHUNK, "{\"data\": \"0 abcdefghijklmn\", \"type\": \"chunk\", \"id\": {\"type\": \"x\"}}");
        prompted("sim bytes=16");
        takes(Kind.CHUNK, "{ \"type\" : \"chunk\" , \"data\" : \"1 abcdefghijklmn\" }");
        takes(Kind.INTERRUPTED, "{\"partialResponse\": \"0 abcdefghijklmn1 abcdefghijklmn\", \"type\": \"interrupted\"}");
        takes(Kind.COMPLETE, "{\"type\": \"complete\", \"fullResponse\": \"\"}");
        prompted("sim");
        takes(Kind.ERROR, "{ \"error\": \"no\" }");
        prompted("sim");
        takes(Kind.CHUNK, "{\"type\": \"chunk\", \"data\": \"0 \"}");
        finds("partialResponse is not what was sent", "{\"type\": \"interrupted\", \"partialResponse\": \"0\"}");
    }

    @Test
    void followsTheNumbersOfChunksHoweverTheyAreCut() {
        prompted("sim chunks=20 bytes=16 delay_ms=0");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            text.append(chunk(i));
        }
        for (int i = 0; i < text.length(); i += 7) {
            // A cut through an escape would be no JSON: such a piece takes one byte more.
            int end = Math.min(text.length(), i + 7);
            if (text.charAt(end - 1) == '\\') {
                takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + text.substring(i, end + 1) + "\"}");
                i++;
            } else {
                takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + text.substring(i, end) + "\"}");
            }
        }
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"" + text + "\"}");
    }

    @Test
    void followsTheNumbersOfChunksWhateverTheEscapes() {
        prompted("sim chunks=20 bytes=16 delay_ms=0");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            String chunk = chunk(i).replace("\\\"", "\\u0022").replace("\\n", "\\u000a");
            takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + chunk + "\"}");
            text.append(chunk);
        }
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"" + text + "\"}");
    }

    @Test
    void findsAStaleChunkInTheMiddleOfAnAnswerEvenIfTheTerminalAgrees() {
        prompted("sim bytes=16");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + chunk(0) + "\"}");
        finds("a stale chunk", "{\"type\":\"chunk\",\"data\":\"" + chunk(57) + "\"}");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + chunk(1) + "\"}");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"" + chunk(0) + chunk(57) + chunk(1) + "\"}");
    }

    @Test
    void findsALostChunk() {
        prompted("sim bytes=16");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + chunk(0) + "\"}");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"" + chunk(1) + "\"}");
        finds("is '3 ' (expected: '2 ')", "{\"type\":\"chunk\",\"data\":\"" + chunk(3) + "\"}");
        takes(Kind.INTERRUPTED, "{\"type\":\"interrupted\",\"partialResponse\":\"" + chunk(0) + chunk(1) + chunk(3) + "\"}");
    }

    @Test
    void findsAStaleFirstChunk() {
        prompted("sim");
        prompted("sim");
        takes(Kind.INTERRUPTED, "{\"type\":\"interrupted\",\"partialResponse\":\"\"}");
        finds("a stale chunk", "{\"type\":\"chunk\",\"data\":\"17 abc\"}");
    }

    @Test
    void findsAPartialResponseThatIsNotWhatWasSent() {
        prompted("sim");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 abc\"}");
        finds("partialResponse is not what was sent", "{\"type\":\"interrupted\",\"partialResponse\":\"0 ab\"}");
    }

    @Test
    void findsAFullResponseThatIsNotWhatWasSent() {
        prompted("sim");
        takes(Kind.CHUNK, "{\"type\":\"chunk\",\"data\":\"0 abc\"}");
        finds("fullResponse is not what was sent", "{\"type\":\"complete\",\"fullResponse\":\"0 abcd\"}");
    }

    @Test
    void findsATerminalWithoutItsText() {
        prompted("sim");
        finds("fullResponse is not what was sent", "{\"type\":\"complete\"}");
    }

    @Test
    void findsASecondTerminal() {
        prompted("sim");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"\"}");
        finds("a message without a turn", "{\"type\":\"complete\",\"fullResponse\":\"\"}");
    }

    @Test
    void findsAChunkAfterTheTerminal() {
        prompted("sim");
        takes(Kind.COMPLETE, "{\"type\":\"complete\",\"fullResponse\":\"\"}");
        finds("a message without a turn", "{\"type\":\"chunk\",\"data\":\"0 \"}");
    }

    @Test
    void findsAMessageOfNoKnownShape() {
        prompted("sim");
        finds("a message of unknown shape", "{\"hello\":\"world\"}");
        prompted("sim");
        finds("a message of unknown shape", "{\"type\":\"chunk\",\"data\":");
    }

    /** The text of one chunk of 16 bytes, in the usual escapes. */
    private static String chunk(int number) {
        String text = (number + " abcdefghijklmnopq").substring(0, 16);
        return number % 16 == 7 ? text.substring(0, 15) + "\\\"" : number % 16 == 15 ? text.substring(0, 15) + "\\n" : text;
    }

    private void prompted(String script) {
        checker.prompted(Numbering.of(script));
    }

    private Kind receives(String message) {
        return checker.received(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
    }

    private void takes(Kind kind, String message) {
        assertEquals(kind, receives(message));
        assertNull(checker.takeViolation());
    }

    private void finds(String violation, String message) {
        receives(message);
        String found = checker.takeViolation();
        assertNotNull(found);
        assertTrue(found.contains(violation), found);
    }
}
