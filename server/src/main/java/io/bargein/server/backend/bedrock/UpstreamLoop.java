package io.bargein.server.backend.bedrock;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.ProtocolNegotiation;
import software.amazon.awssdk.http.nio.netty.Http2Configuration;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClientBuilder;

/**
 * One event loop of the upstream side, and the SDK client whose connections all live on it: so each call's loop is known before its first
 * event. The client takes hundreds of milliseconds to build, and is built when first asked for.
 */
final class UpstreamLoop implements AutoCloseable {
    private static final int STREAM_WINDOW_BYTES = 256 << 10;

    /** How many calls may wait for a place: plenty, as one that is cut in on counts until a place comes free or its time is up. */
    private static final int MIN_WAITING_CALLS = 10_000;

    private final BedrockSettings settings;
    private final ScheduledExecutorService timers;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final Executor workers;
    private final StartGate gate;
    private Lease current;
    private boolean closed;

    /** A client of the SDK with those who use it; closed when the last of them, the loop itself among them, lets go. */
    final class Lease {
        private final BedrockRuntimeAsyncClient client;
        private final AtomicInteger users = new AtomicInteger(1);

        private Lease(BedrockRuntimeAsyncClient client) {
            this.client = client;
        }

        BedrockRuntimeAsyncClient client() {
            return client;
        }

        /** To be called once. Never blocks. */
        void release() {
            if (users.decrementAndGet() == 0) {
                try {
                    workers.execute(client::close);
                } catch (RejectedExecutionException e) {
                    // The model is being closed: the connections go with their event loop.
                }
            }
        }
    }

    // The SDK takes no other group of Netty 4.2 (aws/aws-sdk-java-v2#6757): it checks for this class.
    @SuppressWarnings("deprecation")
    UpstreamLoop(BedrockSettings settings, ScheduledExecutorService timers, Executor workers) {
        this.settings = settings;
        this.workers = workers;
        this.timers = timers;
        this.group = new io.netty.channel.nio.NioEventLoopGroup(1, new DefaultThreadFactory("bargein-bedrock", true));
        this.loop = group.next();
        this.gate = new StartGate(loop, workers, timers, settings.patience());
    }

    EventLoop loop() {
        return loop;
    }

    /** Through which calls are started on this loop. */
    StartGate gate() {
        return gate;
    }

    /** The client to use now, to be released. Upstream threads only. */
    synchronized Lease acquire(AwsCredentialsProvider credentials) {
        if (closed) {
            throw new IllegalStateException("the model has been closed");
        }
        if (current == null) {
            current = new Lease(build(credentials));
        }
        current.users.incrementAndGet();
        return current;
    }

    /** From now on another client is used; the one before is closed when its answers are over. */
    synchronized void retire() {
        if (current != null) {
            current.release();
            current = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (current != null) {
            current.client.close();
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }

    private BedrockRuntimeAsyncClient build(AwsCredentialsProvider credentials) {
        BedrockRuntimeAsyncClientBuilder builder = BedrockRuntimeAsyncClient.builder()
                .region(settings.region())
                .credentialsProvider(credentials)
                // Never httpClient(…): that loses the service's defaults (aws/aws-sdk-java-v2#6629).
                .httpClientBuilder(http())
                .asyncConfiguration(async -> async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run))
                // The SDK's retries would replay a stream that has delivered text already.
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()).scheduledExecutorService(timers));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    private NettyNioAsyncHttpClient.Builder http() {
        NettyNioAsyncHttpClient.Builder http = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(SdkEventLoopGroup.create(group, Http1Guard::guardedChannel))
                .maxConcurrency(settings.maxConcurrency())
                .maxPendingConnectionAcquires(Math.max(MIN_WAITING_CALLS, settings.maxConcurrency()))
                .connectionAcquisitionTimeout(settings.patience())
                .connectionTimeout(Duration.ofSeconds(2))
                .tlsNegotiationTimeout(settings.patience())
                .connectionMaxIdleTime(Duration.ofSeconds(55))
                .readTimeout(settings.readTimeout())
                .tcpKeepAlive(true);
        if (settings.httpVersion() == BedrockModel.HttpVersion.HTTP_1_1) {
            http.protocol(Protocol.HTTP1_1).protocolNegotiation(ProtocolNegotiation.ASSUME_PROTOCOL);
        } else {
            http.protocol(Protocol.HTTP2).http2Configuration(Http2Configuration.builder()
                    // One stream a connection: a stalled reader holds up nobody else, and the connection survives a cancel.
                    .maxStreams(1L)
                    .initialWindowSize(STREAM_WINDOW_BYTES)
                    .healthCheckPingPeriod(Duration.ofSeconds(20))
                    .build());
        }
        if (!settings.trustManagers().isEmpty()) {
            http.tlsTrustManagersProvider(() -> settings.trustManagers().toArray(TrustManager[]::new));
        }
        return http;
    }
}
