package io.bargein.server.examples;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.Models;
import java.util.concurrent.atomic.AtomicInteger;

/** The example for a router, as a model: answers come from one and the other by turns. */
class RouterContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        AtomicInteger requests = new AtomicInteger();
        return new RouterModel(request -> requests.getAndIncrement() % 2 == 0, Models.fromIterator(SimAnswer::to),
                Models.fromIterator(SimAnswer::to));
    }

    @Override
    protected String threadPrefix() {
        return "bargein-answer-";
    }
}
