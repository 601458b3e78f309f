package io.bargein.server.spi;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/** A model of the JDK's own publishers. */
class SubmissionPublisherContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return Models.fromPublisher(request -> {
            SimAnswer answer = SimAnswer.to(request);
            SubmissionPublisher<String> publisher = new SubmissionPublisher<>(SimThreads.POOL, 16);
            return (Flow.Publisher<String>) subscriber -> {
                publisher.subscribe(subscriber);
                SimThreads.POOL.execute(() -> {
                    while (answer.hasNext() && publisher.hasSubscribers()) {
                        publisher.submit(answer.next());
                    }
                    publisher.close();
                });
            };
        });
    }

    @Override
    protected String threadPrefix() {
        return "bargein-cancel-";
    }
}
