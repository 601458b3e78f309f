package io.bargein.loadtest;

import io.bargein.loadtest.probe.ServerProbe;
import io.bargein.loadtest.probe.StandInProbe;
import io.bargein.loadtest.report.Objective;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.report.ReportFiles;
import io.bargein.loadtest.report.ReportJson;
import io.bargein.loadtest.report.TextReport;
import io.bargein.loadtest.run.LoadRun;
import io.bargein.loadtest.run.Plan;
import io.bargein.loadtest.run.Probes;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures a server. Exit codes: 0 when each turn was as it should be and each objective was met, 1 when one was not, 2 when nothing could be
 * measured.
 */
@Command(name = "run", mixinStandardHelpOptions = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Measures a server that speaks the text protocol, as a black box.")
final class RunCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConnectionOptions connection;

    @Option(names = "--plan", paramLabel = "NAME", defaultValue = "interrupt", converter = PlanName.class, description = {
        "interrupt (the default): each prompt cuts in on the last answer",
        "throughput: each waits for the whole of it",
        "idle: connections that do nothing, and the server's memory",
        "slow-reader: interrupts beside connections that do not read, and theirs once they do",
        "churn: connections come and go",
        "soak: a mix of all, for hours, and what drifts"})
    private Plan.Kind plan;

    @Option(names = "--connections", paramLabel = "N",
            description = "Connections; by default 128, for idle 10000, for slow-reader 64, for soak 100; for churn that many at a time")
    private Integer connections;

    @Option(names = "--slow-readers", paramLabel = "N", description = "slow-reader: connections that do not read; by default 50")
    private Integer slowReaders;

    @Option(names = "--rate", paramLabel = "X", description = "Prompts a second over all connections, for churn connections a second, whatever "
            + "the server does; by default 200, for slow-reader 100, for churn 500, for soak 50")
    private Double rate;

    @Option(names = "--even", description = "They come at even distances; by default at random, as people send them")
    private boolean even;

    @Option(names = "--duration", paramLabel = "TIME", converter = Durations.class,
            description = "How long all is counted, as 500ms, 10s, 2h or seconds; by default 10s, for slow-reader 24s, for soak 1h")
    private Duration duration;

    @Option(names = "--warmup", paramLabel = "TIME", converter = Durations.class, description = "How long nothing is counted before that; by "
            + "default 5s")
    private Duration warmup;

    @Option(names = "--script", paramLabel = "PROMPT",
            description = "The prompt; by default sim chunks=1000000 delay_ms=20, for throughput sim chunks=1000 delay_ms=0")
    private String script;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the randomness of arrivals; by default 1")
    private long seed;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Event loops that drive the connections; by default 1")
    private int threads;

    @Option(names = "--source-addresses", paramLabel = "ADDRESS", split = ",",
            description = "Local addresses to connect from, by comma: each has some 28000 ports")
    private List<InetAddress> sources = List.of();

    @Option(names = "--pid", paramLabel = "N", description = "The server's process, on this machine: its memory, processor time and more")
    private Long pid;

    @Option(names = "--standin", paramLabel = "URL",
            description = "What stands in for Bedrock behind the server, on this machine: when it saw each interrupted answer aborted")
    private URI standIn;

    @Option(names = "--slo", paramLabel = "OBJECTIVE",
            description = "What a latency has to be at most, as p99.interrupt=5ms; missed, the exit code is 1. Repeatable")
    private List<String> objectives = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Where report.json, report.hlog and report.html go")
    private Path out;

    @Option(names = "--json", paramLabel = "FILE", description = "Where the report goes as JSON; - is standard output, and nothing else goes there")
    private String json;

    @Override
    public Integer call() throws InterruptedException {
        try {
            Plan whole = plan();
            List<Objective> parsed = objectives();
            if (out != null) {
                ReportFiles.prepare(out);
            }
            Probes probes = new Probes(pid == null ? null : ServerProbe.of(pid), standIn == null ? null : StandInProbe.of(standIn));
            Report report;
            try (ProgressLine progress = ProgressLine.onStandardError(spec.commandLine().getErr())) {
                report = LoadRun.run(whole, probes, progress, parsed);
            }
            write(report);
            return report.passed() ? 0 : 1;
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Plan plan() {
        Plan.Builder builder = Plan.of(plan, connection.target()).poisson(!even).seed(seed).threads(threads).sources(sources);
        if (connections != null) {
            builder.connections(connections);
        }
        if (slowReaders != null) {
            builder.slowReaders(slowReaders);
        }
        if (rate != null) {
            builder.rate(rate);
        }
        if (duration != null) {
            builder.duration(duration);
        }
        if (warmup != null) {
            builder.warmup(warmup);
        }
        if (script != null) {
            builder.script(script);
        }
        return builder.build();
    }

    private List<Objective> objectives() {
        List<Objective> parsed = new ArrayList<>();
        for (String objective : objectives) {
            try {
                parsed.add(Objective.parse(objective));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("--slo: " + e.getMessage(), e);
            }
        }
        return parsed;
    }

    private void write(Report report) throws IOException {
        PrintWriter text = "-".equals(json) ? spec.commandLine().getErr() : spec.commandLine().getOut();
        text.print(TextReport.render(report));
        text.flush();
        if ("-".equals(json)) {
            ReportJson.write(report, spec.commandLine().getOut());
            spec.commandLine().getOut().flush();
        } else if (json != null) {
            ReportJson.write(report, Path.of(json));
        }
        if (out != null) {
            ReportFiles.write(out, report);
        }
    }
}
