package io.bargein.loadtest.report;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All that is known of a run, or of several merged ones.
 *
 * @param started when it began
 * @param tool what measured, and on what machine: names and their values, which are strings and numbers
 * @param configuration what was asked for: names and their values, which are strings, numbers and booleans
 * @param measured what was measured
 * @param floor the same plan against a peer that answers at once: the instrument itself; null where it was left out
 * @param timeline the run in slices of time, warm-up included
 * @param server what the server used, in order; empty where that was not asked
 * @param upstream what Bedrock's stand-in saw; null where that was not asked
 * @param slopes how figures drift; empty where that was not asked
 * @param objectives what came of the objectives
 * @param warnings what makes the figures doubtful
 * @param examples the first few violations and errors, in full
 */
public record Report(Instant started, Map<String, Object> tool, Map<String, Object> configuration, Measurement measured, Measurement floor,
        List<Interval> timeline, List<ServerUse> server, UpstreamReport upstream, List<Slope> slopes, List<Objective.Outcome> objectives,
        List<String> warnings, List<String> examples) {
    /** The version of the form that reports are written in. */
    public static final int VERSION = 1;

    /**
     * Says whether the server did all that it owes.
     *
     * @return false if a turn broke a rule, a connection ended early, an error came, or nothing was measured
     */
    public boolean correct() {
        Counts counts = measured.counts();
        return counts.violations() == 0 && counts.unexpectedCloses() == 0 && counts.errors() == 0
                && counts.prompts() + counts.connects() > 0;
    }

    /**
     * Says whether all is well.
     *
     * @return whether it is {@link #correct} and each objective was met
     */
    public boolean passed() {
        return correct() && objectives.stream().allMatch(Objective.Outcome::met);
    }

    /**
     * Returns the processor time that the server needs, from its first look to its last.
     *
     * @return seconds for a million chunks; NaN where it is not known
     */
    public double cpuSecondsPerMillionChunks() {
        double cpu = 0;
        long chunks = 0;
        ServerUse before = null;
        for (Interval interval : timeline) {
            if (before != null && interval.server() != null) {
                cpu += interval.server().cpuSeconds() - before.cpuSeconds();
                chunks += interval.counts().chunks();
            }
            before = interval.server();
        }
        return chunks == 0 ? Double.NaN : cpu / chunks * 1e6;
    }
}
