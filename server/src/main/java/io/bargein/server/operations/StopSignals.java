package io.bargein.server.operations;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT (contract C16): the first stops the server in order, the second ends the process at once, and a time limit ends
 * it whatever happens. In each case with exit code 0: the process ends because it was told to.
 */
public final class StopSignals {
    private static final Logger log = LoggerFactory.getLogger(StopSignals.class);

    /** How long the last lines of the log may take. */
    private static final Duration FLUSH_LIMIT = Duration.ofMillis(300);

    /** What is to be done when the process is told to stop. */
    @FunctionalInterface
    public interface Stop {

        /**
         * Stops the server.
         *
         * @throws InterruptedException if the thread is interrupted
         */
        void stop() throws InterruptedException;
    }

    /** Writes out what was logged, in that time or not at all. */
    @FunctionalInterface
    public interface LogFlush {

        /**
         * Writes out what was logged.
         *
         * @param limit how long that may take
         */
        void flush(Duration limit);
    }

    private final Stop stop;
    private final LogFlush logs;
    private final Duration limit;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private StopSignals(Stop stop, LogFlush logs, Duration limit) {
        this.stop = stop;
        this.logs = logs;
        this.limit = limit;
    }

    /**
     * Takes the signals over.
     *
     * @param stop stops the server; called once at most
     * @param logs writes out what was logged
     * @param limit how long the process lives at most after the first signal
     * @return what {@link #await} is to be called of
     */
    public static StopSignals install(Stop stop, LogFlush logs, Duration limit) {
        StopSignals signals = new StopSignals(stop, logs, limit);
        for (String name : new String[] {"TERM", "INT"}) {
            signals.handle(name);
        }
        return signals;
    }

    /**
     * Waits until the server was told to stop and has been stopped.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void await() throws InterruptedException {
        stopped.await();
    }

    /**
     * The JDK has no supported way to hear a signal, and a shutdown hook hears no second one: docs/decisions.md. Called by reflection,
     * as the compiler's warning about it cannot be turned off.
     */
    private void handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal = Proxy.newProxyInstance(StopSignals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) ->
                    switch (method.getName()) {
                        case "handle" -> {
                            received(name);
                            yield null;
                        }
                        case "equals" -> proxy == args[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "SIG" + name;
                    });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), onSignal);
        } catch (ReflectiveOperationException e) {
            Throwable why = e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
            log.warn("SIG{}: cannot be taken over, the server will not drain on it (expected: the module jdk.unsupported, no -Xrs)", name, why);
        }
    }

    /** Runs on a thread of its own, which the JVM makes for each signal. */
    private void received(String name) {
        if (!stopping.compareAndSet(false, true)) {
            log.warn("SIG{} again: exiting at once", name);
            exit();
        }
        log.info("SIG{}: stopping", name);
        Thread watchdog = new Thread(this::watch, "bargein-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        try {
            stop.stop();
        } catch (InterruptedException | RuntimeException e) {
            log.error("stopping failed", e);
        } finally {
            stopped.countDown();
        }
    }

    /** Not only until the server has stopped: what follows, the JVM's own shutdown among it, may hang as well. */
    private void watch() {
        try {
            Thread.sleep(limit.toMillis());
            log.warn("not stopped after {} ms: exiting", limit.toMillis());
        } catch (InterruptedException e) {
            log.warn("the watchdog was interrupted: exiting");
        }
        exit();
    }

    /** Not {@code System.exit}: that waits for shutdown hooks. */
    private void exit() {
        logs.flush(FLUSH_LIMIT);
        Runtime.getRuntime().halt(0);
    }
}
