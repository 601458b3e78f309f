package io.bargein.loadtest.report;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The top of the page: whether all is well, and if not, why. */
final class HtmlVerdict {
    private static final int MOST_LATENCIES = 3;

    private HtmlVerdict() {}

    static void write(HtmlMarkup out, List<HtmlRun> runs) {
        out.open("header");
        out.element("h1", runs.size() == 1 ? "Bargein load test" : "Bargein load test, " + runs.size() + " runs");
        if (runs.size() == 1) {
            one(out, runs.get(0));
        } else {
            several(out, runs);
        }
        notes(out, runs, "Missed objectives", "bad", run -> run.report().objectives().stream().filter(outcome -> !outcome.met())
                .map(outcome -> outcome.text() + (outcome.measuredMillis() < 0 ? ": not measured"
                        : ": was " + HtmlNumbers.time(outcome.measuredMillis() * 1e6))).toList());
        notes(out, runs, "What makes the figures doubtful", "warn", run -> run.report().warnings());
        notes(out, runs, "The first violations and errors", "bad exact", run -> run.report().examples());
        out.close();
    }

    private static void one(HtmlMarkup out, HtmlRun run) {
        Report report = run.report();
        verdict(out, report.passed(), reason(run));
        out.open("p", "class", "about");
        for (String key : List.of("plan", "url")) {
            if (report.configuration().get(key) != null) {
                out.text(report.configuration().get(key) + " · ");
            }
        }
        out.text(report.started() + " · " + HtmlNumbers.figure(report.measured().seconds()) + " s").close();
        out.open("dl", "class", "tiles");
        Counts counts = report.measured().counts();
        fault(out, "violations", counts.violations());
        fault(out, "unexpected closes", counts.unexpectedCloses());
        fault(out, "errors", counts.errors());
        fault(out, "missed objectives", run.missedObjectives());
        Stream.of(Metric.values()).filter(metric -> metric.primary() && run.has(metric)).limit(MOST_LATENCIES)
                .forEach(metric -> tile(out, metric.label() + ", 99 %",
                        HtmlNumbers.time(run.latencies().of(metric).getValueAtPercentile(99)), null));
        tile(out, "chunks/s", HtmlNumbers.figure(report.measured().rates().chunks()), null);
        out.close();
    }

    private static void verdict(HtmlMarkup out, boolean passed, String why) {
        out.open("div", "class", "verdict " + (passed ? "pass" : "fail"));
        out.element("strong", passed ? "PASS" : "FAIL").element("p", why).close();
    }

    private static void fault(HtmlMarkup out, String name, long count) {
        tile(out, name, HtmlNumbers.count(count), count > 0 ? "bad" : null);
    }

    private static void tile(HtmlMarkup out, String name, String value, String classes) {
        out.open("div", "class", classes).element("dt", name).element("dd", value).close();
    }

    private static String reason(HtmlRun run) {
        if (run.report().passed()) {
            return run.report().objectives().isEmpty() ? "Each turn was as it should be."
                    : "Each turn was as it should be, and each objective was met.";
        }
        Counts counts = run.report().measured().counts();
        if (counts.prompts() + counts.connects() == 0) {
            return "Nothing was measured.";
        }
        return run.report().correct() ? "Each turn was as it should be, but not each objective was met." : "Not each turn was as it should be.";
    }

    private static void several(HtmlMarkup out, List<HtmlRun> runs) {
        long passed = runs.stream().filter(run -> run.report().passed()).count();
        verdict(out, passed == runs.size(), passed + " of " + runs.size() + " runs passed.");
        out.open("div", "class", "scroll").open("table", "class", "runs").open("thead").open("tr");
        for (String name : List.of("run", "verdict", "violations", "unexpected closes", "errors", "missed objectives", "chunks/s", "started")) {
            out.element("th", name, "scope", "col");
        }
        out.close().close().open("tbody");
        for (HtmlRun run : runs) {
            Report report = run.report();
            Counts counts = report.measured().counts();
            out.open("tr").open("th", "scope", "row").open("span", "class", "name");
            out.open("svg", "viewBox", "0 0 26 12", "aria-hidden", "true").leaf("path", "class", "line " + run.color(), "d", "M1 6H25");
            SvgPlot.marker(out, run.index(), 13, 6);
            out.close().text(run.name()).close().element("small", run.about()).close();
            out.open("td").element("strong", report.passed() ? "PASS" : "FAIL", "class", report.passed() ? "pass" : "fail").close();
            for (long count : new long[] {counts.violations(), counts.unexpectedCloses(), counts.errors(), run.missedObjectives()}) {
                out.element("td", HtmlNumbers.count(count), "class", count > 0 ? "bad" : null);
            }
            out.element("td", HtmlNumbers.figure(report.measured().rates().chunks())).element("td", String.valueOf(report.started())).close();
        }
        out.close().close().close();
    }

    private static void notes(HtmlMarkup out, List<HtmlRun> runs, String heading, String classes, Function<HtmlRun, List<String>> notes) {
        if (runs.stream().allMatch(run -> notes.apply(run).isEmpty())) {
            return;
        }
        out.open("div", "class", "note " + classes).element("h3", heading).open("ul");
        for (HtmlRun run : runs) {
            for (String note : notes.apply(run)) {
                out.open("li");
                if (runs.size() > 1) {
                    out.element("b", run.name() + " ");
                }
                out.element("span", note).close();
            }
        }
        out.close().close();
    }
}
