package io.bargein.loadtest.client;

import io.bargein.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;

/**
 * One client's connection, which is made again when it is lost for a reason that may pass. Confined to {@code loop}: nothing here is
 * volatile and nothing locks; handshakes that may block are made on {@code worker}.
 */
final class ClientLink {
    sealed interface State {}
    /** Nobody has asked for a connection yet. */
    record Idle() implements State {}
    /** A handshake is being made, or is under way; {@code giveUp} ends the attempt. */
    record Connecting(Runnable giveUp) implements State {}
    /** Prompts go out and answers come in. */
    record Open(WsConnection connection, long sinceNanos) implements State {}
    /** The last connection is lost; {@code callOff} keeps the next from being made. */
    record Waiting(Runnable callOff) implements State {}
    /** The closing handshake is under way. */
    record Closing() implements State {}
    /** Ended, for good; {@code why} is null where it was wanted. */
    record Closed(RuntimeClientException why) implements State {}

    /** What a link needs to know. */
    record Settings(RuntimeTarget target, String sessionId, WsSettings connections, long keepAliveNanos, long reconnectNanos,
            ConnectionListener listener) {}

    /** A connection that held for so long was a good one: the back-off begins anew. */
    private static final long GOOD_NANOS = 30_000_000_000L;

    private final Settings settings;
    private final EventLoop loop;
    private final Executor worker;
    private final ClientTimer timer;
    private final Backoff backoff;
    private final Turns turns = new Turns();
    /** Told once of the first connection, or of why there is none. */
    private final Outcome outcome;
    private State state = new Idle();
    private boolean everOpen;
    /** Since when there is no connection that held for long; meaningless while there is one. */
    private long lostNanos;
    private boolean reading = true;
    /** Whether anything has come since the last ping. */
    private boolean heard;
    private Runnable callOffKeepAlive = () -> {};

    /** Hears what became of the first attempt, and then of the end. */
    interface Outcome {
        void opened();

        void closed(RuntimeClientException why);
    }

    ClientLink(Settings settings, EventLoop loop, Executor worker, ClientTimer timer, Backoff backoff, Outcome outcome) {
        this.settings = settings;
        this.loop = loop;
        this.worker = worker;
        this.timer = timer;
        this.backoff = backoff;
        this.outcome = outcome;
    }

    void connect() {
        assert loop.inEventLoop();
        if (state instanceof Idle) {
            lostNanos = timer.nanoTime();
            begin("asked for");
        }
    }

    void ask(Turn turn) {
        assert loop.inEventLoop();
        if (state instanceof Closed closed) {
            turn.fail(closed.why() == null ? ended() : closed.why());
        } else if (state instanceof Idle || state instanceof Closing) {
            turn.fail(new RuntimeClientException("ask: not connected (expected: connect() before it, and close() behind it)", null));
        } else if (turns.isFull()) {
            turn.fail(new RuntimeClientException("ask: " + Turns.MAX + " prompts have no answer yet (expected: fewer)", null));
        } else if (state instanceof Open open) {
            send(open.connection(), turn);
        } else {
            turns.hold(turn);
        }
    }

    void close() {
        assert loop.inEventLoop();
        if (state instanceof Open open) {
            transition(new Closing(), "asked for");
            open.connection().close();
        } else if (!(state instanceof Closing || state instanceof Closed)) {
            end(null, "asked for");
        }
    }

    /** Reads on, or not, as the newest turn's subscriber has asked. */
    void demandChanged() {
        if (state instanceof Open open && reading == turns.isStarved()) {
            reading = !reading;
            open.connection().reading(reading);
        }
    }

    private void send(WsConnection connection, Turn turn) {
        turns.sent(turn);
        connection.sendText(ServerMessages.prompt(turn.text()));
        demandChanged();
    }

    private void begin(String why) {
        transition(new Connecting(() -> { }), why);
        if (settings.target().mayBlock()) {
            worker.execute(() -> {
                try {
                    WsRequest request = settings.target().handshake(settings.sessionId());
                    post(() -> shakeHands(request));
                } catch (RuntimeClientException | RuntimeException e) {
                    post(() -> lost(asClientException(e), false));
                }
            });
        } else {
            try {
                shakeHands(settings.target().handshake(settings.sessionId()));
            } catch (RuntimeClientException e) {
                lost(e, false);
            }
        }
    }

    /** From the worker. */
    private void post(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The client was closed, and its loop has ended, while credentials were asked for.
        }
    }

    private void shakeHands(WsRequest request) {
        if (state instanceof Connecting signing) {
            Runnable giveUp = WsConnection.connect(request, settings.connections(), null, loop, new Attempt());
            if (state == signing) { // Not one that has failed already.
                transition(new Connecting(giveUp), "signed");
            }
        }
    }

    /** One connection's events. */
    private final class Attempt implements WsConnection.Listener {
        private boolean wasOpen;

        @Override
        public void opened(WsConnection connection) {
            if (!(state instanceof Connecting)) {
                connection.close(); // The client was closed meanwhile.
                return;
            }
            wasOpen = true;
            boolean again = everOpen;
            everOpen = true;
            reading = true;
            transition(new Open(connection, timer.nanoTime()), "upgraded");
            outcome.opened();
            settings.listener().connected(again);
            for (Turn turn = turns.pollHeld(); turn != null; turn = turns.pollHeld()) {
                send(connection, turn);
            }
            heard = true;
            keepAlive(connection);
        }

        @Override
        public void text(ByteBuf payload) {
            heard = true;
            ServerMessage message;
            try {
                message = ServerMessages.read(payload);
            } catch (IOException e) {
                fatal(new RuntimeClientException("message: not JSON (expected: the text protocol; is the URL right?): " + e.getMessage(), e));
                return;
            }
            if (message != null) {
                turns.received(message);
                demandChanged();
            }
        }

        @Override
        public void pong() {
            heard = true;
        }

        @Override
        public void closed(int code, String reason, Throwable cause) {
            callOffKeepAlive.run();
            if (state instanceof Closing) {
                end(null, "the closing handshake is done");
            } else if (wasOpen) {
                lost(new ConnectionLostException(code, reason, cause), true);
            } else {
                lost(asClientException(cause == null ? new IOException("closed during the handshake") : cause), false);
            }
        }
    }

    private void fatal(RuntimeClientException why) {
        if (state instanceof Open open) {
            end(why, "what came is no message");
            open.connection().close();
        }
    }

    private void keepAlive(WsConnection connection) {
        callOffKeepAlive = timer.schedule(() -> {
            if (!heard && reading) {
                connection.abort(new IOException("no pong in " + Duration.ofNanos(settings.keepAliveNanos()).toSeconds() + " s (expected: one)"));
                return;
            }
            heard = false;
            connection.ping();
            keepAlive(connection);
        }, settings.keepAliveNanos());
    }

    /** The connection has ended, or could not be made. */
    private void lost(RuntimeClientException why, boolean wasOpen) {
        assert loop.inEventLoop();
        if (state instanceof Closed) {
            return;
        }
        if (state instanceof Open open) {
            long now = timer.nanoTime();
            if (now - open.sinceNanos() >= GOOD_NANOS) {
                backoff.reset();
                lostNanos = now;
            }
        }
        if (!mayPass(why, wasOpen)) {
            end(why, "it will not pass");
        } else if (timer.nanoTime() - lostNanos >= settings.reconnectNanos()) {
            end(new RuntimeClientException("connection: none for " + Duration.ofNanos(settings.reconnectNanos()).toSeconds() + " s: "
                    + why.getMessage(), why), "it did not pass");
        } else {
            long delayNanos = backoff.nextNanos();
            transition(new Waiting(timer.schedule(() -> begin("waited"), delayNanos)), why.getMessage());
            turns.lose(why);
            settings.listener().reconnecting(why, Duration.ofNanos(delayNanos));
        }
    }

    /** By contract C70, C74 and C77. A first connection that cannot be made is an error at once, but for a conflict that clients are to sit out. */
    private boolean mayPass(RuntimeClientException why, boolean wasOpen) {
        if (settings.reconnectNanos() == 0) {
            return false;
        }
        if (why instanceof ConnectionLostException closed && wasOpen) {
            return closed.mayPass();
        }
        if (why instanceof HandshakeException refused) {
            return everOpen ? refused.mayPass() : refused.isRetryableConflict();
        }
        return everOpen && why instanceof Unreachable;
    }

    /** Nobody answered, or not in time. */
    private static final class Unreachable extends RuntimeClientException {
        private static final long serialVersionUID = 1L;

        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private RuntimeClientException asClientException(Throwable cause) {
        if (cause instanceof RuntimeClientException already) {
            return already;
        }
        String message = "connect: " + settings.target().endpoint() + ": " + cause.getMessage();
        return cause instanceof IOException && !(cause instanceof SSLException)
                ? new Unreachable(message + " (expected: a server that upgrades)", cause) : new RuntimeClientException(message, cause);
    }

    private void end(RuntimeClientException why, String log) {
        State left = state;
        callOffKeepAlive.run();
        transition(new Closed(why), log);
        if (left instanceof Waiting waiting) {
            waiting.callOff().run();
        } else if (left instanceof Connecting connecting) {
            connecting.giveUp().run();
        }
        turns.loseAll(why == null ? ended() : why);
        settings.listener().closed(why);
        outcome.closed(why);
    }

    static RuntimeClientException ended() {
        return new RuntimeClientException("ask: the client is closed (expected: one that is open)", null);
    }

    /** The only assignment to {@code state}. */
    private void transition(State next, String why) {
        assert loop.inEventLoop() : "off the loop: " + Thread.currentThread().getName();
        assert mayFollow(next) : state + " -> " + next + ": " + why;
        state = next;
    }

    private boolean mayFollow(State next) {
        if (next instanceof Closed) {
            return !(state instanceof Closed);
        }
        if (next instanceof Connecting) {
            return state instanceof Idle || state instanceof Waiting || state instanceof Connecting;
        }
        if (next instanceof Open) {
            return state instanceof Connecting;
        }
        if (next instanceof Waiting) {
            return state instanceof Connecting || state instanceof Open;
        }
        return next instanceof Closing && state instanceof Open;
    }
}
