package io.bargein.server.spi;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.backend.SimAnswer;
import java.util.concurrent.Future;

/** A model of callbacks that come whether they are wanted or not. */
class PushingCallbackContractTest extends ModelContractTest {

    @Override
    protected Model createModel() {
        return Models.fromCallback((request, emitter) -> {
            SimAnswer answer = SimAnswer.to(request);
            Future<?> call = SimThreads.POOL.submit(() -> {
                while (answer.hasNext()) {
                    emitter.text(answer.next());
                }
                emitter.end(new GenerationEnd(GenerationEnd.END_TURN, null));
            });
            emitter.onCancel(() -> call.cancel(true));
        }, 100 << 20);
    }

    @Override
    protected String threadPrefix() {
        return "bargein-cancel-";
    }
}
