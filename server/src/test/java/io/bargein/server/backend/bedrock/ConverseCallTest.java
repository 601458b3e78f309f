package io.bargein.server.backend.bedrock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;

/** What a call waits for when it is cancelled, beside an SDK that does its part in an order of the test's. */
class ConverseCallTest {
    private static final ConverseCall.Listener NOBODY = (ConverseCall.Listener) Proxy.newProxyInstance(
            ConverseCall.class.getClassLoader(), new Class<?>[] {ConverseCall.Listener.class}, (proxy, method, args) -> null);

    private final EventLoop loop = new DefaultEventLoop();
    private final Queue<String> order = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 20, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** The SDK completes the future first, from within the cancel, and gives the connection back in a task that it queues then. */
    @Test
    void isReleasedBehindTheConnection() throws Exception {
        ConverseCall call = new ConverseCall(loop, NOBODY);
        call.released().thenRun(() -> order.add("released"));
        call.start(new LazyClient(), ConverseStreamRequest.builder().build());
        loop.submit(() -> {
            call.cancel();
            order.add("cancel returns");
        }).get(20, TimeUnit.SECONDS);
        call.released().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(List.of("future", "cancel returns", "connection", "released"), List.copyOf(order));
    }

    /** A model that is closed has no loop to wait for. */
    @Test
    void isReleasedThoughTheLoopHasEnded() throws Exception {
        ConverseCall call = new ConverseCall(loop, NOBODY);
        loop.shutdownGracefully(0, 20, TimeUnit.SECONDS).syncUninterruptibly();
        call.start(new LazyClient(), ConverseStreamRequest.builder().build());
        call.released().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertTrue(order.isEmpty(), order::toString);
    }

    private final class LazyClient implements BedrockRuntimeAsyncClient {
        private final CompletableFuture<Void> future = new CompletableFuture<>();

        @Override
        public CompletableFuture<Void> converseStream(ConverseStreamRequest request, ConverseStreamResponseHandler handler) {
            handler.onEventStream(SdkPublisher.adapt(subscriber -> subscriber.onSubscribe(new Subscription() {
                @Override
                public void request(long more) {
                    // Has nothing to say.
                }

                @Override
                public void cancel() {
                    order.add("future");
                    future.completeExceptionally(new CancellationException());
                    loop.execute(() -> order.add("connection"));
                }
            })));
            return future;
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
