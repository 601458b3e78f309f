package io.bargein.loadtest.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Several runs of one plan, at one time, from several machines, as one. */
public final class Merge {
    /** What has to be the same: otherwise the sum is of nothing. */
    private static final List<String> SAME = List.of("plan", "script");
    /** What adds up. */
    private static final Set<String> SUMS = Set.of("connections", "rate", "slow_readers");
    /** Runs that ran together for less of the shorter one's time did not load the server together. */
    private static final double TOGETHER = 0.9;

    private final List<Report> runs;
    private final List<String> warnings = new ArrayList<>();

    private Merge(List<Report> runs) {
        this.runs = runs;
    }

    /**
     * Makes one report of several.
     * <ul>
     * <li>Histograms, counts, rates, connections add up; the time is the longest, the client's share of its threads the largest.
     * <li>The timeline: the n-th slices of a phase make one. What the server used in it is kept where one run alone has looked and all had the
     * same {@code url}; so is, by that, its processor time for a million chunks.
     * <li>The floor adds up if every run has one, and is left out otherwise.
     * <li>Uses of the server and slopes are kept as they are; where several runs have some, the run's number is put before their names.
     * <li>The upstream's counts add up; its median is the largest of the medians, as they cannot be merged.
     * <li>Objectives are judged anew, by the merged times.
     * <li>Of the configuration {@code plan} and {@code script} have to be the same; {@code connections}, {@code rate} and {@code slow_readers}
     * add up; the rest, and what measured, is shown as {@code a | b} where it differs.
     * </ul>
     *
     * @param runs one or more; one stays as it is
     * @return the report
     * @throws IllegalArgumentException if they do not belong together, as "plan: interrupt | idle (expected: the same in all runs)"
     */
    public static Report of(List<Report> runs) {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("runs: none (expected: one or more)");
        }
        return runs.size() == 1 ? runs.get(0) : new Merge(List.copyOf(runs)).merged();
    }

    private Report merged() {
        for (String name : SAME) {
            if (values(Report::configuration, name).size() > 1) {
                throw new IllegalArgumentException(name + ": " + shown(Report::configuration, name) + " (expected: the same in all runs)");
            }
        }
        refuseTwins();
        Measurement measured = added(runs.stream().map(Report::measured).toList());
        numbered(Report::warnings, (number, warning) -> warnings.add("run " + number + ": " + warning));
        warnIfApart();
        Measurement floor = floor();
        List<ServerUse> server = server();
        UpstreamReport upstream = upstream();
        List<String> examples = new ArrayList<>();
        numbered(Report::examples, (number, example) -> examples.add("run " + number + ": " + example));
        return new Report(runs.stream().map(Report::started).min(Comparator.naturalOrder()).orElseThrow(), values(Report::tool, Set.of()),
                values(Report::configuration, SUMS), measured, floor, timeline(), server, upstream, slopes(),
                objectives(measured.latencies()), List.copyOf(warnings), examples);
    }

    private void refuseTwins() {
        for (int i = 0; i < runs.size(); i++) {
            for (int j = 0; j < i; j++) {
                Report a = runs.get(j);
                Report b = runs.get(i);
                if (a.started().equals(b.started()) && a.tool().equals(b.tool()) && a.measured().counts().equals(b.measured().counts())) {
                    throw new IllegalArgumentException("run " + (i + 1) + ": is run " + (j + 1) + " (expected: each run once)");
                }
            }
        }
    }

    private static Measurement added(List<Measurement> parts) {
        Counts counts = Counts.NONE;
        Measurement.Rates rates = new Measurement.Rates(0, 0, 0, 0);
        Latencies latencies = new Latencies();
        for (Measurement part : parts) {
            counts = counts.plus(part.counts());
            rates = rates.plus(part.rates());
            latencies.add(part.latencies());
        }
        return new Measurement(largest(parts, Measurement::seconds), counts, rates, latencies, largest(parts, Measurement::clientCpuShare));
    }

    private Measurement floor() {
        List<Measurement> floors = runs.stream().map(Report::floor).filter(Objects::nonNull).toList();
        if (floors.size() == runs.size()) {
            return added(floors);
        }
        if (!floors.isEmpty()) {
            warnings.add("the floor is left out: only " + floors.size() + " of " + runs.size() + " runs have one");
        }
        return null;
    }

    /** By the machines' clocks. */
    private void warnIfApart() {
        Instant lastStart = runs.stream().map(Report::started).max(Comparator.naturalOrder()).orElseThrow();
        Instant firstEnd = runs.stream().map(run -> run.started().plusMillis((long) (seconds(run) * 1e3))).min(Comparator.naturalOrder())
                .orElseThrow();
        double together = Math.max(0, Duration.between(lastStart, firstEnd).toMillis() / 1e3);
        double shortest = runs.stream().mapToDouble(Merge::seconds).min().orElseThrow();
        if (together < shortest * TOGETHER) {
            warnings.add(String.format(Locale.ROOT, "all runs ran at one time for only %.1f s (expected: about %.1f s): the figures are not those "
                    + "of one load", together, shortest));
        }
    }

    private static double seconds(Report run) {
        double end = largest(run.timeline(), interval -> interval.atSeconds() + interval.seconds());
        return Double.isFinite(end) ? end : run.measured().seconds();
    }

    private List<Interval> timeline() {
        Map<String, List<List<Interval>>> phases = new LinkedHashMap<>();
        for (Report run : runs) {
            Map<String, Integer> seen = new LinkedHashMap<>();
            for (Interval interval : run.timeline()) {
                List<List<Interval>> phase = phases.computeIfAbsent(interval.phase(), name -> new ArrayList<>());
                int index = seen.merge(interval.phase(), 1, Integer::sum) - 1;
                if (index == phase.size()) {
                    phase.add(new ArrayList<>());
                }
                phase.get(index).add(interval);
            }
        }
        long looked = runs.stream().filter(run -> run.timeline().stream().anyMatch(interval -> interval.server() != null)).count();
        boolean keepServer = looked == 1 && values(Report::configuration, "url").size() == 1;
        List<Interval> merged = new ArrayList<>();
        phases.values().forEach(phase -> phase.forEach(parts -> merged.add(merged(parts, keepServer))));
        merged.sort(Comparator.comparingDouble(Interval::atSeconds));
        return List.copyOf(merged);
    }

    private static Interval merged(List<Interval> parts, boolean keepServer) {
        Counts counts = Counts.NONE;
        Latencies latencies = new Latencies();
        ServerUse server = null;
        for (Interval part : parts) {
            counts = counts.plus(part.counts());
            latencies.add(part.latencies());
            server = keepServer && part.server() != null ? part.server() : server;
        }
        return new Interval(parts.get(0).phase(), parts.stream().mapToDouble(Interval::atSeconds).min().orElseThrow(),
                largest(parts, Interval::seconds), parts.stream().mapToInt(Interval::connections).sum(), counts, latencies.packed(), server);
    }

    private List<ServerUse> server() {
        long looked = runs.stream().filter(run -> !run.server().isEmpty()).count();
        List<ServerUse> uses = new ArrayList<>();
        numbered(Report::server, (number, use) -> uses.add(new ServerUse(looked == 1 ? use.when() : number + ": " + use.when(),
                use.connections(), use.rssBytes(), use.heapBytes(), use.descriptors(), use.threads(), use.cpuSeconds())));
        if (uses.stream().anyMatch(use -> use.connections() > 0)) {
            warnings.add("what the server used stands beside the connections of the run that looked: if other runs were at the same server, "
                    + "memory a connection is less");
        }
        return List.copyOf(uses);
    }

    private List<Slope> slopes() {
        long looked = runs.stream().filter(run -> !run.slopes().isEmpty()).count();
        List<Slope> slopes = new ArrayList<>();
        numbered(Report::slopes, (number, slope) -> slopes.add(new Slope(looked == 1 ? slope.figure() : number + ": " + slope.figure(),
                slope.unit(), slope.first(), slope.perHour())));
        return List.copyOf(slopes);
    }

    private UpstreamReport upstream() {
        List<UpstreamReport> parts = runs.stream().map(Report::upstream).filter(Objects::nonNull).toList();
        if (parts.isEmpty()) {
            return null;
        }
        if (parts.size() < runs.size()) {
            warnings.add("the upstream is that of " + parts.size() + " of " + runs.size() + " runs: the others did not ask it");
        }
        return new UpstreamReport(sum(parts, UpstreamReport::aborted), sum(parts, UpstreamReport::overtaken),
                sum(parts, UpstreamReport::completed), sum(parts, UpstreamReport::notStopped),
                parts.stream().mapToLong(UpstreamReport::bytesAfterP50).max().orElseThrow(),
                parts.stream().mapToLong(UpstreamReport::bytesAfterMax).max().orElseThrow(), sum(parts, UpstreamReport::bytesAtLeast));
    }

    private static long sum(List<UpstreamReport> parts, ToLongFunction<UpstreamReport> figure) {
        return parts.stream().mapToLong(figure).sum();
    }

    private List<Objective.Outcome> objectives(Latencies latencies) {
        Set<String> texts = new LinkedHashSet<>();
        runs.forEach(run -> run.objectives().forEach(outcome -> texts.add(outcome.text())));
        return texts.stream().map(text -> outcome(text, latencies)).toList();
    }

    private Objective.Outcome outcome(String text, Latencies latencies) {
        try {
            return Objective.parse(text).against(latencies);
        } catch (IllegalArgumentException e) {
            // Of a kind that this version does not know: met if each run has met it.
            List<Objective.Outcome> outcomes = runs.stream().flatMap(run -> run.objectives().stream())
                    .filter(outcome -> outcome.text().equals(text)).toList();
            return new Objective.Outcome(text, largest(outcomes, Objective.Outcome::measuredMillis),
                    outcomes.stream().allMatch(Objective.Outcome::met));
        }
    }

    private Map<String, Object> values(Function<Report, Map<String, Object>> of, Set<String> sums) {
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(run -> names.addAll(of.apply(run).keySet()));
        Map<String, Object> merged = new LinkedHashMap<>();
        for (String name : names) {
            List<Object> each = runs.stream().map(run -> of.apply(run).get(name)).toList();
            if (sums.contains(name) && each.stream().allMatch(Number.class::isInstance)) {
                merged.put(name, total(each));
            } else {
                merged.put(name, values(of, name).size() == 1 ? each.get(0) : shown(of, name));
            }
        }
        return merged;
    }

    private static Number total(List<Object> numbers) {
        boolean whole = numbers.stream().noneMatch(number -> number instanceof Double);
        return whole ? (Number) numbers.stream().mapToLong(number -> ((Number) number).longValue()).sum()
                : (Number) numbers.stream().mapToDouble(number -> ((Number) number).doubleValue()).sum();
    }

    /** The different values of one name, as text, so that 200 and 200.0 are the same. */
    private Set<String> values(Function<Report, Map<String, Object>> of, String name) {
        Set<String> values = new LinkedHashSet<>();
        for (Report run : runs) {
            values.add(of.apply(run).containsKey(name) ? Table.value(of.apply(run).get(name)) : "none");
        }
        return values;
    }

    private String shown(Function<Report, Map<String, Object>> of, String name) {
        return String.join(" | ", values(of, name));
    }

    private static <T> double largest(List<T> all, ToDoubleFunction<T> figure) {
        return all.stream().mapToDouble(figure).filter(Double::isFinite).max().orElse(Double.NaN);
    }

    private interface Numbered<T> {
        void accept(int number, T element);
    }

    private <T> void numbered(Function<Report, List<T>> of, Numbered<T> to) {
        for (int i = 0; i < runs.size(); i++) {
            for (T element : of.apply(runs.get(i))) {
                to.accept(i + 1, element);
            }
        }
    }
}
