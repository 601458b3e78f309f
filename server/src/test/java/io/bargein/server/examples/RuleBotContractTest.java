package io.bargein.server.examples;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import io.bargein.server.spi.Model;
import java.util.Map;
import java.util.regex.Pattern;

/** The example for rules, as a model. */
class RuleBotContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return RuleBot.of(Map.of(Pattern.compile(".*"), found -> SimAnswer.to(found.group())));
    }

    @Override
    protected String threadPrefix() {
        return "bargein-answer-";
    }
}
