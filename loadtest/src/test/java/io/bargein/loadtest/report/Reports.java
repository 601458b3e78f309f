package io.bargein.loadtest.report;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reports made by hand, of figures that are easily reckoned. */
public final class Reports {
    private static final Instant STARTED = Instant.parse("2026-11-24T20:00:00Z");

    private Reports() {}

    /**
     * Makes the first run: interrupts from 0.01 to 20 ms, evenly; 100,000 chunks a second; 4 s of processor time for a million; 1 KiB a connection.
     *
     * @return the run
     */
    public static Report a() {
        return run(STARTED, configuration(100, 200.0), 1, 500, 100_000, 40);
    }

    /**
     * Makes the second run: times 1.2 times those of the first, three quarters of its chunks, half of its memory, few first chunks.
     *
     * @return the run
     */
    public static Report b() {
        return run(STARTED.plusSeconds(60), configuration(200, 200.0), 1.2, 50, 75_000, 20);
    }

    /**
     * Makes the first run as another machine had it, 100 ms later.
     *
     * @return the run
     */
    public static Report aOfAnotherMachine() {
        Report a = a();
        Measurement m = a.measured();
        return new Report(a.started().plusMillis(100), Map.of("machine", "two"), configuration(50, 100.0),
                new Measurement(m.seconds(), m.counts(), m.rates(), m.latencies(), 0.5), a.floor(), a.timeline().subList(0, 2).stream()
                        .map(i -> new Interval(i.phase(), i.atSeconds(), i.seconds(), 50, i.counts(), i.latencies(), null)).toList(),
                List.of(), null, List.of(), List.of(new Objective.Outcome("max.interrupt=19ms", 18, true)), List.of("two was busy"),
                List.of("two saw"));
    }

    static Report empty() {
        return new Report(STARTED, Map.of(), Map.of(), new Measurement(0, Counts.NONE, new Measurement.Rates(Double.NaN, Double.NaN,
                Double.POSITIVE_INFINITY, Double.NaN), new Latencies(), Double.NaN), null, List.of(), List.of(), null, List.of(), List.of(),
                List.of(), List.of());
    }

    static Latencies evenly(Metric metric, int values, double toMillis) {
        Latencies latencies = new Latencies();
        for (int i = 1; i <= values; i++) {
            latencies.record(metric, (long) (toMillis * 1e6 * i / values));
        }
        return latencies;
    }

    private static Report run(Instant started, Map<String, Object> configuration, double slower, int firstChunks, long chunksPerSecond,
            long rssMib) {
        Latencies latencies = evenly(Metric.INTERRUPT, 2_000, 20 * slower);
        latencies.add(evenly(Metric.INTERRUPT_UNCORRECTED, 2_000, 2 * slower));
        latencies.add(evenly(Metric.FIRST_CHUNK, firstChunks, 5 * slower));
        latencies.add(evenly(Metric.CLIENT_LATENESS, 2_000, 1));
        Measurement measured = Measurement.of(10, counts(2_000, 10 * chunksPerSecond), latencies, 0.25);
        Measurement floor = Measurement.of(3, counts(600, 300_000), evenly(Metric.INTERRUPT, 600, 0.6), 0.125);
        double cpu = chunksPerSecond * 4e-6;
        List<Interval> timeline = List.of(interval("warm-up", 0, 5, 1, chunksPerSecond), interval("measuring", 5, 5, 1 + 5 * cpu, chunksPerSecond),
                interval("measuring", 10, 5, 1 + 10 * cpu, chunksPerSecond));
        List<ServerUse> server = List.of(new ServerUse("before", 0, 40 << 20, 20 << 20, 30, 10, 0.5),
                new ServerUse("100 connections", 100, (rssMib << 20) + 100 * 1_024, -1, 130, 12, 1));
        return new Report(started, Map.of("machine", "one"), configuration, measured, floor, timeline, server,
                new UpstreamReport(1_990, 8, 2, 0, 120, 4_000, 3), List.of(new Slope("rss", "MiB", 40, 0.25)),
                List.of(Objective.parse("p99.interrupt=25ms").against(latencies)),
                List.of("the machine was busy"), List.of());
    }

    private static Interval interval(String phase, double at, double seconds, double cpuSeconds, long chunksPerSecond) {
        Latencies latencies = evenly(Metric.INTERRUPT, 1_000, 20);
        latencies.add(evenly(Metric.FIRST_CHUNK, 250, 5));
        return new Interval(phase, at, seconds, 100, counts(1_000, (long) (seconds * chunksPerSecond)), latencies,
                new ServerUse("", 100, 40 << 20, -1, 130, 12, cpuSeconds));
    }

    private static Counts counts(long prompts, long chunks) {
        return new Counts(prompts, chunks, chunks * 50, 0, prompts, 0, 0, 0, 0);
    }

    private static Map<String, Object> configuration(int connections, double rate) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("plan", "interrupt");
        configuration.put("url", "ws://127.0.0.1:8080/ws");
        configuration.put("connections", connections);
        configuration.put("rate", rate);
        configuration.put("arrivals", "at random");
        configuration.put("warmup_seconds", 5.0);
        configuration.put("duration_seconds", 10.0);
        configuration.put("script", "sim chunks=1000000 delay_ms=20");
        configuration.put("seed", 1);
        configuration.put("threads", 1);
        return configuration;
    }
}
