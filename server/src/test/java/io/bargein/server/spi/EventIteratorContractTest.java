package io.bargein.server.spi;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;

/** A model of iterators that say their end themselves. */
class EventIteratorContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return Models.fromEventIterator(request -> new SimEvents(SimAnswer.to(request)));
    }

    @Override
    protected String threadPrefix() {
        return "bargein-answer-";
    }
}
