package io.bargein.server;

import io.bargein.server.backend.bedrock.BedrockModel;
import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.session.SessionServices;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.Toolbox;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.transport.Listener;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportSettings;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warms the process up (contract C13 to C15): a second listener, on a loopback port of its own, made of the same pipeline, transport and
 * sessions, serves turns, interrupts among them, to a client in this process, until the classes are loaded and the hot paths compiled.
 * Its conversations, health and connections are its own and go with it, and the log hears nothing of them. What fails is logged, and
 * keeps nobody from going on.
 */
final class Rehearsal implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);

    /** How long turns are rehearsed, at least one round of them: what leaves the server healthy within 10 s (contract C12). */
    private static final long ENOUGH_NANOS = TimeUnit.SECONDS.toNanos(4);

    private static final int TURNS_A_CONNECTION = 15;

    private static final String SHORT = "sim chunks=200 delay_ms=0";
    private static final String ENDLESS = "sim chunks=1000000 delay_ms=0";

    private final TransportSettings transport;
    private final SessionSettings session;
    private final BargeinServer.WarmUp how;
    private final Model model;

    Rehearsal(TransportSettings transport, SessionSettings session, BargeinServer.WarmUp how, Model model) {
        this.transport = transport;
        this.session = session;
        this.how = how;
        this.model = model;
    }

    @Override
    public void run() {
        long began = System.nanoTime();
        int turns = 0;
        try (Model stage = model instanceof BedrockModel bedrock ? bedrock.rehearsal() : new DemoModel()) {
            turns = rehearse(stage);
        } catch (IOException | RuntimeException e) {
            log.warn("warm-up: turns could not be rehearsed; going on without", e);
        }
        try {
            model.prepare(how == BargeinServer.WarmUp.UPSTREAM);
        } catch (ModelException | RuntimeException e) {
            log.warn("warm-up: the model could not be prepared; going on without", e);
        }
        log.info("warmed up: {} turns in {} ms", turns, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    private int rehearse(Model stage) throws IOException {
        ExecutorService upstream = Executors.newSingleThreadExecutor(new DefaultThreadFactory("bargein-rehearsal", true));
        // All of the output's path is taken, but nothing waits for the frame rate.
        OutputSettings output = new OutputSettings(100_000, transport.output().merging(), transport.output().lowWaterBytes(),
                transport.output().highWaterBytes(), transport.output().unsentBytes());
        TransportSettings settings = transport.listeningOn("127.0.0.1", 0).withIoThreads(1).with(output);
        // An answer that waits to be cut in on grows until its reader's buffers are full, whatever a client's may grow to.
        SessionSettings unlimited = new SessionSettings(SessionSettings.MAX_ANSWER_BYTES, session.releaseWait());
        SessionServices services = new SessionServices(stage, Toolbox.EMPTY, upstream,
                new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker()), new Health(Clock.systemUTC()), unlimited,
                new SessionListener() {});
        try (Listener listener = Listener.bind(settings, services, Ticker.systemTicker())) {
            long began = System.nanoTime();
            int turns = 0;
            do {
                turns += visit(listener, began);
            } while (goesOn(began));
            return turns;
        } finally {
            upstream.shutdownNow();
        }
    }

    /** One connection: both forms of an invocation, a few answers to the end, and a few that are cut in on. Says how many turns that was. */
    private static int visit(Listener listener, long began) throws IOException {
        int turns = 2;
        try (RehearsalPeer peer = new RehearsalPeer(listener.address())) {
            peer.ping();
            peer.invoke(SHORT, "application/json");
            peer.invoke(SHORT, "text/event-stream");
            peer.upgrade();
            do {
                peer.prompt(SHORT);
                peer.readTerminals(1);
                peer.prompt(ENDLESS);
                peer.readMessage();
                peer.prompt(SHORT);
                peer.readTerminals(2);
                turns += 3;
            } while (turns < TURNS_A_CONNECTION && goesOn(began));
            peer.leave();
        }
        return turns;
    }

    private static boolean goesOn(long began) {
        return System.nanoTime() - began < ENOUGH_NANOS && !Thread.currentThread().isInterrupted();
    }
}
