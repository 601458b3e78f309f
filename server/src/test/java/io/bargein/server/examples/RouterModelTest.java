package io.bargein.server.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.Models;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The router, in a server. */
class RouterModelTest extends ExampleTestBase {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final Semaphore firstCancelled = new Semaphore(0);
    private final Semaphore secondCancelled = new Semaphore(0);

    /** Says its name twice, and goes on only if the prompt does not say so. */
    private Model named(String name, Semaphore cancelled) {
        return Models.fromCallback((request, emitter) -> {
            emitter.onCancel(cancelled::release);
            emitter.text(name + " ");
            emitter.text(name);
            if (!prompt(request).contains("on and on")) {
                emitter.end(new GenerationEnd(GenerationEnd.END_TURN, null));
            }
        });
    }

    private static String prompt(ModelRequest request) {
        List<ContentBlock> last = request.messages().get(request.messages().size() - 1).content();
        return ((ContentBlock.Text) last.get(0)).text();
    }

    /** Notes what else it is told than to start; closing fails. */
    private final class Noted implements Model {
        private final String name;

        Noted(String name) {
            this.name = name;
        }

        @Override
        public Generation start(ModelRequest request, GenerationListener listener) {
            throw new AssertionError("started");
        }

        @Override
        public void prepare(boolean connect) {
            calls.add(name + " prepared " + connect);
        }

        @Override
        public void refresh() {
            calls.add(name + " refreshed");
        }

        @Override
        public void close() {
            calls.add(name + " closed");
            throw new IllegalStateException(name);
        }
    }

    @Test
    void sendsEachPromptToTheModelThatItIsForAndItsInterruptToo() throws Exception {
        serve(new RouterModel(request -> prompt(request).startsWith("!"), named("one", firstCancelled), named("two", secondCancelled)));
        assertEquals("one one", answer("!go"));
        assertEquals("two two", answer("go"));

        cutIn("!on and on", "go");
        assertTrue(firstCancelled.tryAcquire(20, TimeUnit.SECONDS));
        cutIn("on and on", "!go");
        assertTrue(secondCancelled.tryAcquire(20, TimeUnit.SECONDS));
        assertEquals(0, firstCancelled.availablePermits());
    }

    @Test
    void passesEverythingElseOnToBoth() throws Exception {
        RouterModel router = new RouterModel(request -> true, new Noted("one"), new Noted("two"));
        router.prepare(true);
        router.refresh();
        assertThrows(IllegalStateException.class, router::close);
        assertEquals(List.of("one prepared true", "two prepared true", "one refreshed", "two refreshed", "one closed", "two closed"), calls);
    }
}
