package io.bargein.server.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bot by rules, in a server. */
class RuleBotTest extends ExampleTestBase {
    private final CountDownLatch storyClosed = new CountDownLatch(1);

    /** Says three words and then waits for a fourth that never comes. */
    private final class Story implements Iterator<String>, AutoCloseable {
        private final Iterator<String> words = RuleBot.words("Once upon a ");

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public String next() {
            if (words.hasNext()) {
                return words.next();
            }
            try {
                new CountDownLatch(1).await();
                throw new IllegalStateException("nobody counts down");
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        }

        @Override
        public void close() {
            storyClosed.countDown();
        }
    }

    @BeforeEach
    void start() throws IOException {
        Map<Pattern, RuleBot.Reply> rules = new LinkedHashMap<>();
        rules.put(Pattern.compile("story"), found -> new Story());
        rules.put(Pattern.compile("(?i)my name is (\\w+)"), found -> RuleBot.words("Hello, " + found.group(1) + ", and welcome."));
        serve(RuleBot.of(rules));
    }

    @Test
    void answersByTheFirstRuleThatIsFound() throws Exception {
        assertEquals("Hello, Ada, and welcome.", answer("Hi! My name is Ada."));
        assertEquals("I have no rule for that.", answer("What?"));
    }

    @Test
    void isCutInOnAndInterruptsWhatItWaitsIn() throws Exception {
        cutIn("Tell me a story", "Stop. My name is Ada.");
        assertTrue(storyClosed.await(20, TimeUnit.SECONDS));
    }
}
