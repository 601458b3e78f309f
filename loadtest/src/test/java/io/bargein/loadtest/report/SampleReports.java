package io.bargein.loadtest.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Reports as runs make them, from a seed. */
final class SampleReports {
    private static final Instant STARTED = Instant.parse("2025-11-03T10:15:30Z");
    private static final Map<Metric, Metric> UNCORRECTED = Map.of(Metric.INTERRUPT, Metric.INTERRUPT_UNCORRECTED, Metric.REDIRECT,
            Metric.REDIRECT_UNCORRECTED, Metric.FIRST_CHUNK, Metric.FIRST_CHUNK_UNCORRECTED, Metric.CONNECT, Metric.CONNECT_UNCORRECTED);

    private SampleReports() {}

    /** A run of {@code seconds} after 5 s of warm-up, with a stall at two thirds of it; {@code slowness} is a factor on all times. */
    static Report run(long seed, int seconds, double slowness, List<Metric> metrics) {
        Random random = new Random(seed);
        List<Interval> timeline = new ArrayList<>();
        Latencies all = new Latencies();
        Counts sum = Counts.NONE;
        for (int second = 0; second < seconds + 5; second++) {
            boolean warm = second >= 5;
            Latencies latencies = new Latencies();
            int prompts = 180 + random.nextInt(40);
            for (int i = 0; i < prompts; i++) {
                double stall = second == 5 + seconds * 2 / 3 && i < prompts / 4 ? 40e6 * (1 - i * 4.0 / prompts) : 0;
                for (Metric metric : metrics) {
                    double base = (300e3 + 120e3 * metric.ordinal()) * slowness * (warm ? 1 : 4 - second * 0.6);
                    long own = (long) (base * Math.exp(random.nextGaussian() * 0.35));
                    latencies.record(metric, own + (long) stall);
                    if (warm && UNCORRECTED.containsKey(metric)) {
                        all.record(UNCORRECTED.get(metric), own);
                    }
                }
            }
            long chunks = (long) (prompts * 30 / Math.sqrt(slowness)) + random.nextInt(300);
            Counts counts = new Counts(prompts, chunks, chunks * 60, 0, prompts, 0, 0, 0, second == 0 ? 128 : 0);
            timeline.add(new Interval(warm ? "measuring" : "warm-up", second, 1, 128, counts, latencies, use("", 128, second, random, slowness)));
            if (warm) {
                all.add(latencies);
                sum = sum.plus(counts);
                for (int i = 0; i < prompts; i++) {
                    all.record(Metric.CLIENT_LATENESS, (long) (60e3 * Math.exp(random.nextGaussian())));
                }
            }
        }
        return new Report(STARTED, tool(), configuration(seconds, slowness), Measurement.of(seconds, sum, all, 0.31), floor(random, metrics),
                timeline, List.of(use("before", 0, 0, random, slowness), use("128 connections", 128, seconds, random, slowness)),
                new UpstreamReport(11_804, 132, 64, 0, 310, 4_096, 3),
                List.of(new Slope("rss", "MiB", 171.2, 3.4), new Slope("p99.interrupt", "ms", 0.91, -0.02)),
                List.of(Objective.parse("p99.interrupt=5ms").against(all), Objective.parse("max.first_chunk=20ms").against(all)),
                List.of("the client itself was late (expected: below 5 ms at p99; fewer connections, or a quieter machine)"), List.of());
    }

    private static Measurement floor(Random random, List<Metric> metrics) {
        Latencies latencies = new Latencies();
        for (int i = 0; i < 600; i++) {
            for (Metric metric : metrics) {
                latencies.record(metric, (long) (80e3 * Math.exp(random.nextGaussian() * 0.3)));
            }
        }
        return Measurement.of(3, new Counts(600, 90_000, 5_400_000, 0, 600, 0, 0, 0, 128), latencies, 0.12);
    }

    private static ServerUse use(String when, int connections, int second, Random random, double slowness) {
        long rss = (long) ((160 + 12 * (1 - Math.exp(-second / 20.0)) + random.nextInt(100) / 50.0) * slowness) << 20;
        return new ServerUse(when, connections, rss, (48L << 20) + random.nextInt(4 << 20), 60 + connections, 28 + random.nextInt(3), 2 + second * 0.42);
    }

    private static Map<String, Object> tool() {
        Map<String, Object> tool = new LinkedHashMap<>();
        tool.put("version", "0.1.0");
        tool.put("java", "17.0.13 (Eclipse Adoptium)");
        tool.put("os", "Linux 6.1 amd64");
        tool.put("processors", 2);
        return tool;
    }

    private static Map<String, Object> configuration(int seconds, double slowness) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("plan", "interrupt");
        configuration.put("url", slowness == 1 ? "ws://127.0.0.1:8080/ws" : "ws://127.0.0.1:8081/ws");
        configuration.put("connections", 128);
        configuration.put("rate", 200.0);
        configuration.put("duration_seconds", (double) seconds);
        configuration.put("script", "sim chunks=1000000 delay_ms=20");
        return configuration;
    }

    /** Another timeline, counts, latencies and examples; all else is empty. */
    static Report bare(Counts counts, Latencies latencies, List<Interval> timeline, List<String> examples) {
        return new Report(STARTED, Map.of(), Map.of(), Measurement.of(10, counts, latencies, 0), null, timeline, List.of(), null, List.of(),
                List.of(), List.of(), examples);
    }
}
