package io.bargein.loadtest;

import io.bargein.loadtest.report.Merge;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.report.ReportFiles;
import io.bargein.loadtest.report.ReportJson;
import io.bargein.loadtest.report.TextReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one report of several. Exit codes: 0 when all is well in it, 1 when it is not, 2 when they do not belong together. */
@Command(name = "merge", mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Makes one report of runs of one plan, at one time, from several machines.")
final class MergeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "2..*", paramLabel = "REPORT.json", description = "The reports")
    private List<Path> reports;

    @Option(names = "--out", paramLabel = "DIR", description = "Write report.json, report.hlog and report.html there")
    private Path out;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON there; - is standard output, in place of the text")
    private String json;

    @Override
    public Integer call() {
        try {
            List<Report> runs = new ArrayList<>();
            for (Path report : reports) {
                runs.add(ReportJson.read(report));
            }
            Report merged = Merge.of(runs);
            if (out != null) {
                ReportFiles.write(out, merged);
            }
            PrintWriter console = spec.commandLine().getOut();
            if ("-".equals(json)) {
                ReportJson.write(merged, console);
            } else {
                if (json != null) {
                    ReportJson.write(merged, Path.of(json));
                }
                console.print(TextReport.render(merged));
            }
            console.flush();
            return merged.passed() ? 0 : 1;
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
