package io.bargein.server.backend.bedrock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.standin.RequestRecord;
import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls while the upstream loop has no time for them, over real sockets. */
class BedrockOverloadTest extends BedrockTestBase {
    private static final int OVERTAKEN = 200;
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    @AfterEach
    void letGo() {
        over.countDown();
    }

    @Test
    void callsThatAreCutInOnWhileTheLoopLagsNeverReachBedrock() throws Exception {
        Generation holdingUp = start("sim chunks=1 delay_ms=0 #first", new HoldsTheLoopUp());
        holdingUp.request(10);
        assertTrue(busy.await(20, TimeUnit.SECONDS));
        List<CompletableFuture<Void>> released = new ArrayList<>();
        for (int i = 0; i < OVERTAKEN; i++) {
            Generation overtaken = start("sim chunks=1 delay_ms=0 #overtaken", new RecordingListener());
            released.add(overtaken.cancel().toCompletableFuture());
        }
        // All but those that were started while the gate was open.
        assertEquals(OVERTAKEN - StartGate.AT_A_TIME, released.stream().filter(CompletableFuture::isDone).count());
        RecordingListener listener = new RecordingListener();
        Generation last = start("sim chunks=3 delay_ms=0 #last", listener);
        last.request(10);
        over.countDown();
        listener.awaitTerminal();
        for (CompletableFuture<Void> one : released) {
            one.get(20, TimeUnit.SECONDS);
        }
        standIn.awaitRecord(record -> record.tag().equals("last") && record.outcome() == RequestRecord.Outcome.COMPLETE, WAIT);
        assertTrue(standIn.records().size() <= 2 + StartGate.AT_A_TIME, () -> standIn.records().size() + " requests");
        assertTrue(standIn.connectionsSeen() <= 2 + StartGate.AT_A_TIME, () -> standIn.connectionsSeen() + " connections");
    }

    private Generation start(String prompt, GenerationListener listener) throws Exception {
        return model.start(new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "r"), List.of(Message.user(prompt)), List.of()), listener);
    }

    private final class HoldsTheLoopUp extends RecordingListener {
        @Override
        public void onText(String delta) {
            busy.countDown();
            try {
                assertTrue(over.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
