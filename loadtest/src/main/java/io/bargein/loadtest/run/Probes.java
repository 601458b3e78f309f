package io.bargein.loadtest.run;

import io.bargein.loadtest.clock.HostClock;
import io.bargein.loadtest.probe.ServerProbe;
import io.bargein.loadtest.probe.ServerSample;
import io.bargein.loadtest.probe.StandInProbe;
import io.bargein.loadtest.probe.UpstreamCancels;
import io.bargein.loadtest.report.ServerUse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is looked at from outside while a run goes on: the server's process, and what stands in for Bedrock. Each may be missing. */
public final class Probes {
    private static final Duration UPSTREAM_GRACE = Duration.ofSeconds(5);
    private static final long POLL_NANOS = 5_000_000_000L;

    private final ServerProbe server;
    private final StandInProbe standIn;
    private final List<String> warnings = new ArrayList<>();
    private long polledNanos = System.nanoTime();

    /**
     * Creates the probes of one run.
     *
     * @param server looks at the server's process; null leaves that out
     * @param standIn asks the stand-in; null leaves that out
     */
    public Probes(ServerProbe server, StandInProbe standIn) {
        this.server = server;
        this.standIn = standIn;
    }

    /** {@return probes that look at nothing} */
    public static Probes none() {
        return new Probes(null, null);
    }

    boolean watchesServer() {
        return server != null;
    }

    boolean watchesUpstream() {
        return standIn != null;
    }

    /** What the server uses; null where that is not asked, or no longer to be known. */
    ServerUse serverNow(String when, int connections) {
        try {
            return server == null ? null : use(when, connections, server.sample());
        } catch (IOException e) {
            warn(e);
            return null;
        }
    }

    /** The same, with the heap as a collection leaves it; the memory is looked at before that. */
    ServerUse serverAfterGc(String when, int connections) {
        try {
            if (server == null) {
                return null;
            }
            ServerUse before = use(when, connections, server.sample());
            return new ServerUse(when, connections, before.rssBytes(), server.sampleAfterGc().heapBytes(), before.descriptors(),
                    before.threads(), before.cpuSeconds());
        } catch (IOException e) {
            warn(e);
            return null;
        }
    }

    private static ServerUse use(String when, int connections, ServerSample sample) {
        return new ServerUse(when, connections, sample.rssBytes(), sample.heapBytes(), sample.descriptors(), sample.threads(),
                sample.cpuNanos() / 1e9);
    }

    void interrupted(List<LoopRecorder.Interrupted> turns) {
        long offset = HostClock.epochNanos() - Rig.TICKER.nanoTime();
        for (LoopRecorder.Interrupted turn : turns) {
            standIn.interrupted(turn.connection(), turn.turn(), turn.dueNanos() + offset);
        }
    }

    /** Asks the stand-in now and then, so that it need not remember for long. */
    void poll() {
        if (standIn != null && System.nanoTime() - polledNanos > POLL_NANOS) {
            try {
                standIn.poll();
            } catch (IOException e) {
                warn(e);
            }
            polledNanos = System.nanoTime();
        }
    }

    /** What the stand-in saw in the end; null where it was not asked, or did not answer. */
    UpstreamCancels upstream() throws InterruptedException {
        try {
            return standIn == null ? null : standIn.finish(UPSTREAM_GRACE);
        } catch (IOException e) {
            warn(e);
            return null;
        }
    }

    private synchronized void warn(IOException e) {
        if (!warnings.contains(e.getMessage())) {
            warnings.add(e.getMessage());
        }
    }

    synchronized List<String> warnings() {
        return List.copyOf(warnings);
    }
}
