package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Amazon Bedrock's ConverseStream. Text streams out as it comes, and so does reasoning; a cancel resets the stream at Bedrock, and over
 * HTTP/2 its connection serves the next call.
 *
 * <p>Nothing is built or looked up before the first {@link #start}, or {@link #checkCredentials}.
 *
 * <p>Needs the AWS SDK, which the server's artifact names as optional: {@code bedrockruntime} and {@code netty-nio-client} of
 * {@code software.amazon.awssdk}. This class loads without them, so that it can say so.
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

    /** One class of each artifact of the SDK that is used directly. */
    private static final List<String> SDK = List.of("software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient",
            "software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient");

    private final BedrockSettings settings;
    private final Set<BedrockGeneration> running = ConcurrentHashMap.newKeySet();
    private final ConverseRequests requests;
    private final UpstreamLoop[] loops;
    private final AtomicInteger nextLoop = new AtomicInteger();
    /** Starts the calls that are tried again or had to wait; others are started by whoever asks for the answer. */
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor timers;
    /** Where credentials come from; another after a {@link #refresh}. */
    private volatile AwsCredentialsProvider credentials;

    BedrockModel(BedrockSettings settings) {
        this.settings = settings;
        this.credentials = settings.credentials().get();
        this.requests = new ConverseRequests(settings);
        this.timers = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("bargein-bedrock-timer", true));
        this.timers.setRemoveOnCancelPolicy(true);
        this.workers = new ThreadPoolExecutor(2, 2, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(settings.maxConcurrency()),
                new DefaultThreadFactory("bargein-bedrock-worker", true));
        this.workers.allowCoreThreadTimeOut(true);
        this.loops = new UpstreamLoop[settings.eventLoops()];
        for (int i = 0; i < loops.length; i++) {
            loops[i] = new UpstreamLoop(settings, timers, workers);
        }
    }

    /**
     * Begins to set a model up.
     *
     * @return a builder with the defaults
     * @throws IllegalStateException if the AWS SDK is not there, in one line that says what to add
     */
    public static BedrockModelBuilder builder() {
        for (String name : SDK) {
            try {
                Class.forName(name, false, BedrockModel.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException("AWS SDK: no " + name + " (expected: software.amazon.awssdk:bedrockruntime and"
                        + " software.amazon.awssdk:netty-nio-client among the application's own dependencies)", e);
            }
        }
        return new BedrockModelBuilder();
    }

    /**
     * Looks for credentials where the model will, and returns when there are some. May take seconds where a metadata service has to be
     * asked and does not answer.
     *
     * @throws IllegalStateException if there are none, in one line that says what was expected
     */
    public void checkCredentials() {
        Throwable whyNone = Credentials.whyNone(credentials);
        if (whyNone != null) {
            throw new IllegalStateException("credentials: none found (expected: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE,"
                    + " or a role of this machine)", whyNone);
        }
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        return start(loops[Math.floorMod(nextLoop.getAndIncrement(), loops.length)], requests.of(request), listener);
    }

    private BedrockGeneration start(UpstreamLoop upstream, ConverseStreamRequest converse, GenerationListener listener) {
        BedrockGeneration generation = new BedrockGeneration(upstream.loop(), settings, listener, new BedrockGeneration.Owner() {
            @Override
            public void start(BedrockGeneration again, ConverseCall call) {
                startAgain(upstream, again, call, converse);
            }

            @Override
            public boolean withdraw(BedrockGeneration overtaken) {
                return upstream.gate().withdraw(overtaken);
            }

            @Override
            public void over(BedrockGeneration ended) {
                running.remove(ended);
            }
        });
        running.add(generation);
        enter(upstream, generation, generation.firstCall(), converse);
        return generation;
    }

    /** Builds the SDK's clients; to connect, has each of them ask for one token. */
    @Override
    public void prepare(boolean connect) throws ModelException {
        for (UpstreamLoop upstream : loops) {
            if (connect) {
                ConverseStreamRequest oneToken = requests.oneToken();
                new OneToken().ask(listener -> start(upstream, oneToken, listener));
            } else {
                upstream.acquire(credentials).release();
            }
        }
    }

    /**
     * Begins anew with the credentials, where they are looked up, and with the connections: another client of the SDK for each event
     * loop, as the SDK has no way to drop connections alone. Answers that run keep theirs.
     */
    @Override
    public void refresh() {
        AwsCredentialsProvider before = credentials;
        credentials = settings.credentials().get();
        if (before != credentials && before instanceof SdkAutoCloseable closeable) {
            closeable.close();
        }
        for (UpstreamLoop upstream : loops) {
            upstream.retire();
        }
    }

    /**
     * Returns a model to rehearse with: made as this one is, and answered by a responder in this process over a loopback connection.
     *
     * @return the model, to be closed
     * @throws IOException if there is no loopback connection to be had
     */
    public Model rehearsal() throws IOException {
        LoopbackBedrock bedrock = new LoopbackBedrock(settings.httpVersion());
        BedrockModel model = new BedrockModel(settings.at(bedrock.uri(), LoopbackBedrock.ANY_CREDENTIALS));
        return new Model() {
            @Override
            public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
                return model.start(request, listener);
            }

            @Override
            public void close() {
                model.close();
                bedrock.close();
            }
        };
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
        workers.shutdownNow();
        timers.shutdownNow();
    }

    private void enter(UpstreamLoop upstream, BedrockGeneration generation, ConverseCall call, ConverseStreamRequest converse) {
        upstream.gate().enter(generation, new StartGate.Start() {
            @Override
            public void start() {
                BedrockModel.this.start(upstream, call, converse);
            }

            @Override
            public void refused(ModelException why) {
                call.failedToStart(why);
            }
        });
    }

    private void startAgain(UpstreamLoop upstream, BedrockGeneration generation, ConverseCall call, ConverseStreamRequest converse) {
        try {
            workers.execute(() -> enter(upstream, generation, call, converse));
        } catch (RejectedExecutionException e) {
            call.failedToStart(ModelErrors.of(ModelException.Kind.UNAVAILABLE));
        }
    }

    private void start(UpstreamLoop upstream, ConverseCall call, ConverseStreamRequest converse) {
        AwsCredentialsProvider provider = credentials;
        Throwable whyNone = Credentials.whyNone(provider);
        if (whyNone != null) {
            call.failedToStart(new ModelException(ModelException.Kind.ACCESS_DENIED,
                    "model: no credentials (expected: some where the AWS SDK finds them)", whyNone));
            return;
        }
        try {
            UpstreamLoop.Lease lease = upstream.acquire(provider);
            call.released().whenComplete((done, failure) -> lease.release());
            call.start(lease.client(), converse);
        } catch (RuntimeException e) {
            call.failedToStart(ModelErrors.of(e));
        }
    }
}
