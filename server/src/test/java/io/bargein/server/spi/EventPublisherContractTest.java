package io.bargein.server.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;

/** A model of publishers that say their end themselves. */
class EventPublisherContractTest extends ModelContractTest {
    private final List<String> breaches = new CopyOnWriteArrayList<>();

    @Override
    protected Model createModel() {
        return Models.fromEventPublisher(request -> new StrictPublisher<>(new SimEvents(SimAnswer.to(request)), breaches));
    }

    @Override
    protected String threadPrefix() {
        return "bargein-cancel-";
    }

    @AfterEach
    void keptToTheRules() {
        assertEquals(List.of(), breaches);
    }
}
