package io.bargein.server.examples;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.Models;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers by rules: the first one whose pattern is found in the prompt. */
public final class RuleBot {

    /** What a rule says, piece by piece; it may block. */
    @FunctionalInterface
    public interface Reply {
        Iterator<String> to(MatchResult found) throws ModelException;
    }

    private RuleBot() {}

    // snippet: rules
    public static Model of(Map<Pattern, Reply> rules) {
        return Models.fromIterator(request -> {
            String prompt = prompt(request);
            for (Map.Entry<Pattern, Reply> rule : rules.entrySet()) {
                Matcher matcher = rule.getKey().matcher(prompt);
                if (matcher.find()) {
                    return rule.getValue().to(matcher);
                }
            }
            return words("I have no rule for that.");
        });
    }

    public static Iterator<String> words(String text) {
        return Arrays.asList(text.split("(?<= )")).iterator();
    }
    // end

    /** The text that came last: after an interrupt among tools there are their results before it. */
    private static String prompt(ModelRequest request) {
        Message last = request.messages().get(request.messages().size() - 1);
        return last.content().stream().filter(ContentBlock.Text.class::isInstance).map(block -> ((ContentBlock.Text) block).text())
                .reduce("", (earlier, later) -> later);
    }
}
