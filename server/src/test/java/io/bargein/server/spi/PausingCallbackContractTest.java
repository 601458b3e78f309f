package io.bargein.server.spi;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** A model of callbacks whose source pauses while nothing is wanted. */
class PausingCallbackContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return Models.fromCallback((request, emitter) -> {
            SimAnswer answer = SimAnswer.to(request);
            Semaphore resumed = new Semaphore(0);
            Future<?> call = SimThreads.POOL.submit(() -> {
                while (answer.hasNext()) {
                    resumed.acquire();
                    while (emitter.isReady() && answer.hasNext()) {
                        emitter.text(answer.next());
                    }
                }
                emitter.end(new GenerationEnd(GenerationEnd.END_TURN, null));
                return null;
            });
            emitter.onCancel(() -> call.cancel(true));
            emitter.onReady(resumed::release);
        });
    }

    @Override
    protected String threadPrefix() {
        return "bargein-cancel-";
    }
}
