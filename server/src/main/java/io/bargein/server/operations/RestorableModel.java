package io.bargein.server.operations;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
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

    /** Looks at the clocks, and refreshes the model if they have parted. To be called every second or so. */
    public void check() {
        Look now = look();
        if (!haveParted(now)) {
            // Drift between two looks is none of our business, however much of it adds up.
            last = now;
            return;
        }
        synchronized (this) {
            now = look();
            if (haveParted(now)) {
                log.info("the time of day has jumped: restored from a snapshot, or set; dropping connections to the model, and credentials");
                model.refresh();
                // Last: until here, whoever begins an answer waits for it above.
                last = now;
            }
        }
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        if (haveParted(look())) {
            check();
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
