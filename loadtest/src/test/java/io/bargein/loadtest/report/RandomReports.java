package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Reports of all shapes, the same ones for the same seed, and a look at all that is in two. */
final class RandomReports {
    private static final String[] TEXTS = {"", "rss", "Größe \"x\"\\", "日本 🎉", "a\nb\tc\u0000",
        "sim chunks=9 delay_ms=0", "p99.interrupt=5ms"};

    private final Random random;

    RandomReports(long seed) {
        random = new Random(seed);
    }

    Report next() {
        return new Report(Instant.ofEpochSecond(random.nextInt(2_000_000_000), random.nextInt(1_000_000_000)), values(), values(), measurement(),
                maybe(this::measurement), some(this::interval), some(this::server), maybe(this::upstream),
                some(() -> new Slope(text(), text(), number(), number())),
                some(() -> new Objective.Outcome(text(), number(), random.nextBoolean())), some(this::text), some(this::text));
    }

    private Measurement measurement() {
        return new Measurement(number(), counts(), new Measurement.Rates(number(), number(), number(), number()), latencies(Metric.values()),
                number());
    }

    private Interval interval() {
        Metric[] primary = Arrays.stream(Metric.values()).filter(Metric::primary).toArray(Metric[]::new);
        return new Interval(text(), number(), number(), random.nextInt(100_000), counts(), latencies(primary), maybe(this::server));
    }

    private Latencies latencies(Metric[] metrics) {
        Latencies latencies = new Latencies();
        for (Metric metric : metrics) {
            int values = random.nextInt(4) == 0 ? random.nextInt(2_000) : random.nextInt(3);
            for (int i = 0; i < values; i++) {
                latencies.record(metric, random.nextLong() >>> 20 + random.nextInt(44));
            }
        }
        return latencies;
    }

    private ServerUse server() {
        return new ServerUse(text(), random.nextInt(100_000), whole(), random.nextBoolean() ? -1 : whole(), random.nextInt(100_000),
                random.nextInt(1_000), number());
    }

    private UpstreamReport upstream() {
        return new UpstreamReport(whole(), whole(), whole(), whole(), whole(), whole(), whole());
    }

    private Counts counts() {
        return new Counts(whole(), whole(), whole(), whole(), whole(), whole(), whole(), whole(), whole());
    }

    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("connections", random.nextInt());
        values.put("whole", (1L << 40) + random.nextInt());
        values.put("rate", random.nextGaussian());
        values.put("even", random.nextBoolean());
        values.put("text " + text(), text());
        return values;
    }

    private long whole() {
        return random.nextBoolean() ? random.nextInt(100) : random.nextLong() >>> 11;
    }

    private double number() {
        return random.nextInt(10) == 0 ? Double.NaN : random.nextInt(4) == 0 ? random.nextInt(1_000) : random.nextGaussian() * 1e6;
    }

    private String text() {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private <T> T maybe(Supplier<T> supplier) {
        return random.nextBoolean() ? supplier.get() : null;
    }

    private <T> List<T> some(Supplier<T> supplier) {
        List<T> list = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            list.add(supplier.get());
        }
        return list;
    }

    /** Goes through every component of every record, so that none can be left out. */
    static void assertSame(Object expected, Object actual, String where) {
        if (expected instanceof Record) {
            assertNotNull(actual, where);
            for (RecordComponent component : expected.getClass().getRecordComponents()) {
                assertSame(component(component, expected), component(component, actual), where + "." + component.getName());
            }
        } else if (expected instanceof List<?> list) {
            assertEquals(list.size(), ((List<?>) actual).size(), where);
            for (int i = 0; i < list.size(); i++) {
                assertSame(list.get(i), ((List<?>) actual).get(i), where + "[" + i + "]");
            }
        } else if (expected instanceof Latencies latencies) {
            for (Metric metric : Metric.values()) {
                assertEquals(latencies.has(metric), ((Latencies) actual).has(metric), where + "." + metric);
                if (latencies.has(metric)) {
                    assertEquals(latencies.of(metric), ((Latencies) actual).of(metric), where + "." + metric);
                }
            }
        } else {
            assertEquals(expected, actual, where);
        }
    }

    private static Object component(RecordComponent component, Object of) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
