package io.bargein.loadtest.run;

import java.net.URI;
import java.time.Duration;

/**
 * What a run does.
 *
 * @param kind how prompts follow one another
 * @param url where to
 * @param connections how many connections
 * @param rate prompts a second over all connections, for {@link Kind#INTERRUPT}
 * @param poisson whether prompts come at random, as people do, or evenly
 * @param warmup how long nothing is counted
 * @param duration how long all is counted
 * @param script the prompt; the connection's number and the turn's are put behind it
 * @param seed of the randomness of arrivals
 * @param threads how many event loops drive the connections
 */
public record Plan(Kind kind, URI url, int connections, double rate, boolean poisson, Duration warmup, Duration duration, String script,
        long seed, int threads) {

    /** How prompts follow one another. */
    public enum Kind {
        /** Each prompt cuts in on the answer to the one before it; when is decided beforehand, whatever the server does. */
        INTERRUPT,
        /** Each prompt waits for the whole answer to the one before it. */
        THROUGHPUT
    }

    /**
     * The same plan against another server, for another time.
     *
     * @param other where to
     * @param shorter how long all is counted
     * @return the plan
     */
    public Plan against(URI other, Duration shorter) {
        return new Plan(kind, other, connections, rate, poisson, Duration.ofMillis(500), shorter, script, seed, threads);
    }
}
