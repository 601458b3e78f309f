package io.bargein.loadtest;

import io.bargein.loadtest.report.Comparison;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.report.ReportFiles;
import io.bargein.loadtest.report.ReportJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts one run beside another. Exit codes: 0, or 1 where that was asked for and something is worse, 2 when there is nothing to compare. */
@Command(name = "compare", mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false,
        description = {"Puts one run beside another: latencies, rates, the server's processor time and memory.",
            "A percentile is judged where both runs have at least ten values beyond it; a maximum never is."})
final class CompareCommand implements Callable<Integer> {
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,4})?)%");

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A.json", description = "The report that is compared with")
    private Path a;

    @Parameters(index = "1", paramLabel = "B.json", description = "The report that is compared")
    private Path b;

    @Option(names = "--tolerance", paramLabel = "PERCENT", defaultValue = "10%",
            description = "What may be worse or better by this counts as the same")
    private String tolerance;

    @Option(names = "--fail-if-worse", description = "Exit with 1 if a figure of B is worse than A's by more than the tolerance")
    private boolean failIfWorse;

    @Option(names = "--out", paramLabel = "DIR", description = "Write report.html there, with both runs one over the other")
    private Path out;

    @Override
    public Integer call() {
        double share = share();
        try {
            Report first = ReportJson.read(a);
            Report second = ReportJson.read(b);
            Comparison comparison = Comparison.of(first, second, share);
            if (out != null) {
                ReportFiles.writePage(out, List.of(first, second));
            }
            spec.commandLine().getOut().print(comparison.text(a.toString(), b.toString()));
            spec.commandLine().getOut().flush();
            return failIfWorse && comparison.worse() ? 1 : 0;
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private double share() {
        Matcher percent = PERCENT.matcher(tolerance.strip());
        if (!percent.matches()) {
            throw new ParameterException(spec.commandLine(), "--tolerance: " + tolerance + " (expected: 10% or the like)");
        }
        return Double.parseDouble(percent.group(1)) / 100;
    }
}
