package io.bargein.server.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices callbacks of an embedder's that block an event loop, and with it all of its sessions: each loop that has connections is handed
 * a task every 20 ms, and where that has not run for 80 ms the loop's stack is logged, once until it runs. So a block of more than 100 ms
 * is always logged, plus what the watch itself was late, and one of less than 80 ms never. Nothing happens while there are no connections.
 * Safe for use by many threads.
 */
public final class LoopWatch {
    private static final Logger log = LoggerFactory.getLogger(LoopWatch.class);

    /** How often loops are asked: a block may have gone on for as long when its loop is. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** How long a loop may take to answer. A multiple of the above: with a look's lateness taken off, it is always seen when it is over. */
    private static final long ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(80);
    /** What is always found: a block that began when the loop had just answered. */
    private static final long LIMIT_MILLIS = TimeUnit.NANOSECONDS.toMillis(LOOK_NANOS + ANSWER_NANOS);

    /** Whose frames are not an embedder's callback. */
    private static final Pattern OURS = Pattern.compile("(io\\.netty|io\\.bargein|com\\.fasterxml\\.jackson\\.core|org\\.slf4j|javax?|jdk|sun|com\\.sun)\\..*");

    private final ScheduledExecutorService housekeeping;
    private final Ticker ticker;
    private final Map<EventLoop, Watched> inUse = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final ChannelFutureListener leave = closed -> leave(closed.channel());
    /** When the next look is due; how much later it comes is how late the whole process is. */
    private long dueNanos;

    /**
     * Makes one that watches nothing yet.
     *
     * @param housekeeping where it looks from
     * @param ticker tells the time
     */
    public LoopWatch(ScheduledExecutorService housekeeping, Ticker ticker) {
        this.housekeeping = housekeeping;
        this.ticker = ticker;
    }

    /** Watches the channel's event loop, whose thread this is, until the channel is closed. */
    void enter(Channel channel) {
        assert channel.eventLoop().inEventLoop();
        inUse.compute(channel.eventLoop(), (loop, known) -> {
            Watched watched = known == null ? new Watched(loop) : known;
            watched.connections++;
            return watched;
        });
        channel.closeFuture().addListener(leave);
        if (looking.compareAndSet(false, true)) {
            lookAgain(ticker.nanoTime());
        }
    }

    private void leave(Channel channel) {
        inUse.computeIfPresent(channel.eventLoop(), (loop, watched) -> --watched.connections == 0 ? null : watched);
    }

    /** @param now when the look that ends here began: time that went by since, as the process stood still, makes the next one late */
    private void lookAgain(long now) {
        dueNanos = now + LOOK_NANOS;
        try {
            housekeeping.schedule(this::look, Math.max(0, dueNanos - ticker.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the server is closed; its event loops are not watched any more");
        }
    }

    private void look() {
        long now = ticker.nanoTime();
        long late = Math.max(0, now - dueNanos);
        inUse.values().forEach(watched -> watched.look(now, late));
        if (inUse.isEmpty()) {
            looking.set(false);
            // Whoever came since then may have found that looking goes on.
            if (inUse.isEmpty() || !looking.compareAndSet(false, true)) {
                return;
            }
        }
        lookAgain(now);
    }

    /** An event loop, and the one task it is handed again and again. All but {@link #run} is the housekeeping's. */
    private static final class Watched implements Runnable {
        private final EventLoop loop;
        /** Guarded by the map. */
        private int connections;
        /** What the loop runs on. */
        private volatile Thread thread = Thread.currentThread();
        private volatile boolean answered = true;
        private long askedNanos;
        private boolean reported;

        Watched(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            answered = true;
        }

        /** @param late for how long nothing could look, so that it says nothing of the loop either */
        void look(long now, long late) {
            if (answered) {
                answered = false;
                reported = false;
                askedNanos = now;
                ask();
                return;
            }
            askedNanos += late;
            if (now - askedNanos >= ANSWER_NANOS && !reported) {
                reported = true;
                report(TimeUnit.NANOSECONDS.toMillis(now - askedNanos));
            }
        }

        private void ask() {
            try {
                loop.execute(this);
            } catch (RejectedExecutionException e) {
                // It is shut down: nobody is kept waiting there.
                answered = true;
            }
        }

        private void report(long blockedMillis) {
            Throwable stack = new Throwable("the stack of " + thread.getName());
            stack.setStackTrace(thread.getStackTrace());
            if (answered) {
                // It went on meanwhile, and the stack is of something else.
                return;
            }
            for (StackTraceElement frame : stack.getStackTrace()) {
                if (!OURS.matcher(frame.getClassName()).matches()) {
                    // Without the names of its class loader and module.
                    StackTraceElement callback = new StackTraceElement(
                            frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber());
                    log.warn("event loop: blocked for {} ms or more by {} (expected: callbacks that return at once; what takes more than {} ms"
                            + " belongs on another thread)", blockedMillis, callback, LIMIT_MILLIS, stack);
                    return;
                }
            }
            log.debug("event loop: has run nothing for {} ms", blockedMillis, stack);
        }
    }
}
