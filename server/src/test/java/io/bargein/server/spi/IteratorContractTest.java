package io.bargein.server.spi;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;

/** A model of iterators that block. */
class IteratorContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return Models.fromIterator(SimAnswer::to);
    }

    @Override
    protected String threadPrefix() {
        return "bargein-answer-";
    }
}
