package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;

/**
 * Amazon Bedrock's ConverseStream. Text streams out as it comes; reasoning is skipped; a cancel resets the stream at Bedrock, and over
 * HTTP/2 its connection serves the next call.
 *
 * <p>Nothing is built or looked up before the first {@link #start}, or {@link #checkCredentials}.
 */
public final class BedrockModel implements Model {

    /** How calls travel. */
    public enum HttpVersion {
        /** HTTP/2: a cancel is one RST_STREAM, and the connection lives. */
        HTTP_2,
        /** HTTP/1.1: a cancel costs the connection. */
        HTTP_1_1
    }

    private static final long CLOSE_WAIT_MILLIS = 1_000;

    private final BedrockSettings settings;
    private final Set<BedrockGeneration> running = ConcurrentHashMap.newKeySet();
    private final ConverseRequests requests;
    private final UpstreamLoop[] loops;
    private final AtomicInteger nextLoop = new AtomicInteger();
    /** Starts the calls that are tried again; the first of each answer is started by whoever asks for it. */
    private final ThreadPoolExecutor retries;
    private final ScheduledThreadPoolExecutor sdkTimers;

    BedrockModel(BedrockSettings settings) {
        this.settings = settings;
        this.requests = new ConverseRequests(settings);
        this.sdkTimers = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-bedrock-timer", true));
        this.retries = new ThreadPoolExecutor(2, 2, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(settings.maxConcurrency()),
                new DefaultThreadFactory("bargein-bedrock-retry", true));
        this.retries.allowCoreThreadTimeOut(true);
        this.loops = new UpstreamLoop[settings.eventLoops()];
        for (int i = 0; i < loops.length; i++) {
            loops[i] = new UpstreamLoop(settings, sdkTimers);
        }
    }

    /**
     * Begins to set a model up.
     *
     * @return a builder with the defaults
     */
    public static BedrockModelBuilder builder() {
        return new BedrockModelBuilder();
    }

    /**
     * Looks for credentials where the model will, and returns when there are some. May take seconds where a metadata service has to be
     * asked and does not answer.
     *
     * @throws IllegalStateException if there are none, in one line that says what was expected
     */
    public void checkCredentials() {
        try {
            settings.credentials().resolveCredentials();
        } catch (SdkException e) {
            throw new IllegalStateException("credentials: none found (expected: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE,"
                    + " or a role of this machine)", e);
        }
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        ConverseStreamRequest converse = requests.of(request);
        UpstreamLoop upstream = loops[Math.floorMod(nextLoop.getAndIncrement(), loops.length)];
        BedrockGeneration generation = new BedrockGeneration(upstream.loop(), settings, listener, new BedrockGeneration.Owner() {
            @Override
            public void start(BedrockGeneration again, ConverseCall call) {
                startAgain(upstream, call, converse);
            }

            @Override
            public void over(BedrockGeneration ended) {
                running.remove(ended);
            }
        });
        running.add(generation);
        start(upstream, generation.firstCall(), converse);
        return generation;
    }

    @Override
    public void close() {
        // The SDK takes seconds to close a connection with a stream on it.
        CompletableFuture<?>[] cancels = running.stream().map(generation -> generation.cancel().toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(cancels).completeOnTimeout(null, CLOSE_WAIT_MILLIS, TimeUnit.MILLISECONDS).join();
        for (UpstreamLoop loop : loops) {
            loop.close();
        }
        retries.shutdownNow();
        sdkTimers.shutdownNow();
    }

    private void startAgain(UpstreamLoop upstream, ConverseCall call, ConverseStreamRequest converse) {
        try {
            retries.execute(() -> start(upstream, call, converse));
        } catch (RejectedExecutionException e) {
            call.failedToStart(ModelErrors.of(ModelException.Kind.UNAVAILABLE));
        }
    }

    private void start(UpstreamLoop upstream, ConverseCall call, ConverseStreamRequest converse) {
        try {
            settings.credentials().resolveCredentials();
        } catch (SdkException e) {
            call.failedToStart(new ModelException(ModelException.Kind.ACCESS_DENIED,
                    "model: no credentials (expected: some where the AWS SDK finds them)", e));
            return;
        }
        try {
            call.start(upstream.client(), converse);
        } catch (RuntimeException e) {
            call.failedToStart(ModelErrors.of(e));
        }
    }
}
