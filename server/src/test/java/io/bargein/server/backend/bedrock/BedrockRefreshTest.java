package io.bargein.server.backend.bedrock;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.RecordingListener;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** What a refresh drops, and what it leaves alone. */
class BedrockRefreshTest extends BedrockTestBase {
    @Test
    void letsAnAnswerThatRunsGoOnAndClosesItsConnectionBehindIt() throws Exception {
        RecordingListener running = new RecordingListener();
        // More than the stream's window holds, so that it cannot end before more of it is asked for.
        Generation generation = model.start(request("sim chunks=20 bytes=50000 delay_ms=0"), running);
        generation.request(1);
        running.awaitEvents(1);
        model.refresh();

        RecordingListener next = new RecordingListener();
        model.start(request("sim chunks=2 delay_ms=0"), next).request(100);
        whole(next);
        assertEquals(2, standIn.connectionsSeen());
        assertEquals(2, standIn.openConnections());

        generation.request(100);
        whole(running);
        assertEquals(20 * 50_000, running.text().length());
        await().atMost(Duration.ofSeconds(20)).until(() -> standIn.openConnections() == 1);
    }

    @Test
    void makesNoMoreConnectionsThanOneForEachRefresh() throws Exception {
        for (int i = 0; i < 5; i++) {
            model.refresh();
            model.refresh();
            ask();
        }
        assertEquals(5, standIn.connectionsSeen());
        await().atMost(20, TimeUnit.SECONDS).until(() -> standIn.openConnections() == 1);
    }

    /** C14: what the chain has found before a snapshot is another machine's. */
    @Test
    void looksForCredentialsAnewAndClosesWhereItFoundThemBefore() throws Exception {
        List<Credentials> found = new ArrayList<>();
        use(TestModels.h2c(standIn).credentialsFrom(() -> {
            found.add(new Credentials());
            return found.get(found.size() - 1);
        }));
        ask();
        assertEquals(1, found.size());
        int askedBefore = found.get(0).asked.get();
        assertTrue(askedBefore > 0);

        model.refresh();
        ask();
        assertEquals(2, found.size());
        assertTrue(found.get(0).closed.get());
        assertEquals(askedBefore, found.get(0).asked.get());
        assertTrue(found.get(1).asked.get() > 0);
    }

    /** Credentials that count how often they are asked for. */
    private static final class Credentials implements AwsCredentialsProvider, SdkAutoCloseable {
        final AtomicInteger asked = new AtomicInteger();
        final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public AwsCredentials resolveCredentials() {
            asked.incrementAndGet();
            return AwsBasicCredentials.create("AKIDEXAMPLE", "made-up");
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    private void ask() throws Exception {
        RecordingListener listener = new RecordingListener();
        model.start(request("sim chunks=2 delay_ms=0"), listener).request(100);
        whole(listener);
    }

    private static void whole(RecordingListener answer) throws InterruptedException {
        assertNull(answer.awaitTerminal().error());
    }

    private static ModelRequest request(String prompt) {
        return new ModelRequest(RequestContext.of(RequestContext.Kind.WS, "s", "s"), List.of(Message.user(prompt)), List.of());
    }
}
