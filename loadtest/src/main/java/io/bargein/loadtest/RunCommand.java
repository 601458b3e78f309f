package io.bargein.loadtest;

import io.bargein.loadtest.run.FloorPeer;
import io.bargein.loadtest.run.LoadResult;
import io.bargein.loadtest.run.LoadRun;
import io.bargein.loadtest.run.Plan;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a server. Exit codes: 0 when each turn was as it should be, 1 when one was not, 2 when nothing could be measured. */
@Command(name = "run", mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Measures a server that speaks the text protocol, as a black box.")
final class RunCommand implements Callable<Integer> {
    private static final Duration FLOOR_DURATION = Duration.ofSeconds(3);

    @Spec
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL", required = true, description = "Where to, as ws://host:port/ws")
    private URI url;

    @Option(names = "--plan", paramLabel = "NAME", defaultValue = "interrupt",
            description = "interrupt: each prompt cuts in on the last answer; throughput: each waits for the whole of it")
    private Plan.Kind plan;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "128", description = "Connections")
    private int connections;

    @Option(names = "--rate", paramLabel = "X", defaultValue = "200", description = "interrupt: prompts a second over all connections")
    private double rate;

    @Option(names = "--even", description = "interrupt: prompts at even distances; by default at random, as people send them")
    private boolean even;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "10", description = "How long all is counted, in seconds")
    private int duration;

    @Option(names = "--warmup", paramLabel = "SECONDS", defaultValue = "5", description = "How long nothing is counted before that, in seconds")
    private int warmup;

    @Option(names = "--script", paramLabel = "PROMPT",
            description = "The prompt; by default sim chunks=1000000 delay_ms=20 for interrupt, sim chunks=1000 delay_ms=0 for throughput")
    private String script;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the randomness of arrivals")
    private long seed;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Event loops that drive the connections")
    private int threads;

    @Override
    public Integer call() throws InterruptedException {
        check("ws".equals(url.getScheme()) && url.getHost() != null, "--url", url, "ws://host:port/ws");
        check(connections >= 1 && connections <= 1_000_000, "--connections", connections, "1 to 1000000");
        check(rate > 0 && rate <= 1e7, "--rate", rate, "above 0, to 10000000");
        check(duration >= 1 && duration <= 1_000_000, "--duration", duration, "1 to 1000000");
        check(warmup >= 0 && warmup <= 1_000_000, "--warmup", warmup, "0 to 1000000");
        check(threads >= 1 && threads <= 1_024, "--threads", threads, "1 to 1024");
        String prompt = script != null ? script
                : plan == Plan.Kind.INTERRUPT ? "sim chunks=1000000 delay_ms=20" : "sim chunks=1000 delay_ms=0";
        check(prompt.chars().allMatch(c -> c >= ' ' && c != '"' && c != '\\'), "--script", prompt, "a text without quotes and backslashes");
        Plan whole = new Plan(plan, url, connections, rate, !even, Duration.ofSeconds(warmup), Duration.ofSeconds(duration), prompt, seed, threads);
        try (FloorPeer peer = new FloorPeer(plan == Plan.Kind.THROUGHPUT)) {
            LoadResult result = new LoadRun(whole).run();
            LoadResult floor = new LoadRun(whole.against(peer.url(), FLOOR_DURATION)).run();
            spec.commandLine().getOut().print(result.report(floor));
            spec.commandLine().getOut().flush();
            return result.passed() ? 0 : 1;
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void check(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new ParameterException(spec.commandLine(), name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
