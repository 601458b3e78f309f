package io.bargein.loadtest.run;

import io.bargein.loadtest.client.RuntimeClient;
import io.bargein.loadtest.client.RuntimeClientException;
import io.bargein.loadtest.client.RuntimeTarget;
import io.bargein.loadtest.client.WsConnection;
import io.bargein.loadtest.client.WsRequest;
import io.bargein.loadtest.client.WsSettings;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Begins a run's connections. To a deployed runtime each has a session id and, where it takes one, a signature of its own, which is made on
 * another thread: the event loops are to do nothing but what is measured. Safe for use by many threads.
 */
final class Handshakes implements AutoCloseable {
    private static final int SIGNERS = 2;

    private final RuntimeTarget target;
    private final WsSettings settings;
    /** The one of all connections, where they have nothing of their own; null otherwise. */
    private final WsRequest common;
    private final ThreadPoolExecutor signers;

    Handshakes(RuntimeTarget target) {
        this.target = target;
        boolean alike = !target.mayBlock() && !target.endpoint().isDeployed();
        settings = alike ? WsSettings.DEFAULT : new WsSettings(RuntimeClient.DEFAULT_HANDSHAKE_TIMEOUT, null);
        common = alike ? request() : null;
        signers = new ThreadPoolExecutor(SIGNERS, SIGNERS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                new DefaultThreadFactory("signer", true));
        signers.allowCoreThreadTimeOut(true);
    }

    /** Connects, from the connection's loop, on which it is told what becomes of it. */
    void connect(LoadConnection connection, SocketAddress source) {
        if (common != null) {
            begin(connection, common, source);
            return;
        }
        signers.execute(() -> {
            Runnable next;
            try {
                WsRequest request = target.handshake(null);
                next = () -> begin(connection, request, source);
            } catch (RuntimeClientException | RuntimeException e) {
                next = () -> connection.closed(WsConnection.ABNORMAL, "", e);
            }
            try {
                connection.loop().execute(next);
            } catch (RejectedExecutionException e) {
                // The run has ended, and its loops with it, while credentials were asked for.
            }
        });
    }

    private void begin(LoadConnection connection, WsRequest request, SocketAddress source) {
        WsConnection.connect(request, settings, source, connection.loop(), connection);
    }

    private WsRequest request() {
        try {
            return target.handshake(null);
        } catch (RuntimeClientException e) {
            throw new IllegalStateException(e); // Without authentication there is nothing to miss.
        }
    }

    @Override
    public void close() {
        signers.shutdownNow();
    }
}
