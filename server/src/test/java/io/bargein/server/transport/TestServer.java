package io.bargein.server.transport;

import io.bargein.protocol.Limits;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.Toolbox;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The real listener on a free loopback port, with a model that does as the test says. */
final class TestServer implements AutoCloseable {
    final ScriptedModel model = new ScriptedModel();
    final Health health = new Health(Clock.systemUTC());
    private final ExecutorService upstream = Executors.newFixedThreadPool(2);
    private final Listener listener;

    TestServer(TransportSettings settings) throws IOException {
        listener = Listener.bind(settings, new SessionServices(model, Toolbox.EMPTY, upstream,
                new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker()), health, SessionSettings.DEFAULT,
                new SessionListener() {}), Ticker.systemTicker());
    }

    TestServer() throws IOException {
        this(settings());
    }

    static TransportSettings settings() {
        return TransportSettings.defaults("127.0.0.1", 0);
    }

    static TransportSettings with(HttpSettings http) {
        return with(http, TransportSettings.DEFAULT_MAX_CONNECTIONS);
    }

    static TransportSettings with(HttpSettings http, int maxConnections) {
        TransportSettings s = settings();
        return new TransportSettings(s.host(), s.port(), s.transport(), s.ioThreads(), s.backlog(), maxConnections, http,
                s.limits(), s.output(), s.liveness(), s.lifetime());
    }

    static TransportSettings onOneEventLoop(TransportSettings s) {
        return new TransportSettings(s.host(), s.port(), s.transport(), 1, s.backlog(), s.maxConnections(), s.http(), s.limits(),
                s.output(), s.liveness(), s.lifetime());
    }

    static TransportSettings withMaxConnections(int maxConnections) {
        return with(HttpSettings.DEFAULT, maxConnections);
    }

    static TransportSettings with(Limits limits) {
        TransportSettings s = settings();
        return new TransportSettings(s.host(), s.port(), s.transport(), s.ioThreads(), s.backlog(), s.maxConnections(), s.http(),
                limits, s.output(), s.liveness(), s.lifetime());
    }

    static TransportSettings with(OutputSettings output) {
        TransportSettings s = settings();
        return new TransportSettings(s.host(), s.port(), s.transport(), s.ioThreads(), s.backlog(), s.maxConnections(), s.http(),
                s.limits(), output, s.liveness(), s.lifetime());
    }

    static TransportSettings with(LivenessSettings liveness) {
        return with(liveness, LifetimeSettings.DEFAULT);
    }

    static TransportSettings with(LivenessSettings liveness, LifetimeSettings lifetime) {
        TransportSettings s = settings();
        return new TransportSettings(s.host(), s.port(), s.transport(), s.ioThreads(), s.backlog(), s.maxConnections(), s.http(),
                s.limits(), s.output(), liveness, lifetime);
    }

    static TransportSettings with(TransportKind kind) {
        TransportSettings s = settings();
        return new TransportSettings(s.host(), s.port(), kind, s.ioThreads(), s.backlog(), s.maxConnections(), s.http(),
                s.limits(), s.output(), s.liveness(), s.lifetime());
    }

    static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    /** The server prepares to stop. */
    void drain() {
        listener.drain();
    }

    InetSocketAddress address() {
        return listener.address();
    }

    /** Stops with more patience than the server has. */
    void closeWithin(Duration wait) {
        listener.close(wait.toMillis());
        upstream.shutdownNow();
    }

    @Override
    public void close() {
        listener.close();
        upstream.shutdownNow();
    }
}
