package io.bargein.server.operations;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model whose process may have been restored from a snapshot since its last answer (contract C13, C14): the time of day has jumped
 * then, and the monotonic clock has not. Before the next answer the model is told to {@linkplain Model#refresh begin anew}. A clock that
 * was set, and a laptop that slept, look the same, and no harm is done. Safe for use by many threads.
 */
public final class RestorableModel implements Model {
    private static final Logger log = LoggerFactory.getLogger(RestorableModel.class);

    /** How far the clocks have to part between two looks: more than an adjustment of the time of day does. */
    private static final Duration JUMP = Duration.ofSeconds(3);

    /** Both clocks at one moment. */
    private record Look(long wallMillis, long monotonicNanos) {}

    private final Model model;
    private final Clock wall;
    private final Ticker monotonic;
    private volatile Look last;
    /** Whether a check's refresh waits for its thread, or runs. */
    private final AtomicBoolean refreshing = new AtomicBoolean();
    /** Whether a check's refresh has failed since then; those that fail after it say no more. */
    private volatile boolean failing;

    /**
     * Takes the first look at the clocks.
     *
     * @param model the model itself, closed with this one
     * @param wall the time of day
     * @param monotonic the clock that a restore does not move
     */
    public RestorableModel(Model model, Clock wall, Ticker monotonic) {
        this.model = model;
        this.wall = wall;
        this.monotonic = monotonic;
        this.last = look();
    }

    /**
     * Looks at the clocks, and has the model refreshed if they have parted: one refresh at a time, again at the next call if it failed. To be
     * called every second or so. Returns at once, and throws nothing.
     *
     * @param upstream where to refresh, as that may take its time
     */
    public void check(Executor upstream) {
        Look now = look();
        if (!haveParted(now)) {
            // Drift between two looks is none of our business, however much of it adds up.
            agreed(now);
        } else if (refreshing.compareAndSet(false, true)) {
            try {
                upstream.execute(this::tryToRefresh);
            } catch (RejectedExecutionException | OutOfMemoryError e) {
                // The other comes where the machine has no thread to give.
                refreshing.set(false);
                log.debug("no thread to refresh the model on (expected: a free upstream thread); again at the next look, or before an answer", e);
            }
        }
    }

    private void tryToRefresh() {
        try {
            refreshIfRestored();
        } catch (Throwable e) {
            // Errors as well: nobody else hears of them here.
            if (!failing) {
                failing = true;
                log.warn("the model failed to drop its connections and credentials (expected: new ones after a restore);"
                        + " tried again every second, and before each answer", e);
            } else {
                log.debug("the model failed to drop its connections and credentials once more", e);
            }
        } finally {
            refreshing.set(false);
        }
    }

    private synchronized void refreshIfRestored() {
        Look now = look();
        if (haveParted(now)) {
            if (!failing) {
                log.info("the time of day has jumped: restored from a snapshot, or set; dropping connections to the model, and credentials");
            }
            model.refresh();
            // Last: until here, whoever begins an answer waits for it above.
            agreed(now);
        }
    }

    /** From here on it is this look that the clocks are compared with. */
    private void agreed(Look now) {
        last = now;
        failing = false;
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        if (haveParted(look())) {
            refreshIfRestored();
        }
        return model.start(request, listener);
    }

    @Override
    public void prepare(boolean connect) throws ModelException {
        model.prepare(connect);
    }

    @Override
    public void refresh() {
        model.refresh();
    }

    @Override
    public void close() {
        model.close();
    }

    private Look look() {
        return new Look(wall.millis(), monotonic.nanoTime());
    }

    private boolean haveParted(Look now) {
        Look before = last;
        long wallMillis = now.wallMillis() - before.wallMillis();
        long monotonicMillis = (now.monotonicNanos() - before.monotonicNanos()) / 1_000_000;
        return Math.abs(wallMillis - monotonicMillis) >= JUMP.toMillis();
    }
}
