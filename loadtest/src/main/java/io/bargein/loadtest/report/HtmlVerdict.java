package io.bargein.loadtest.report;

import java.util.List;

/** The top of the page: whether all is well, and if not, why. */
final class HtmlVerdict {
    private HtmlVerdict() {}

    static void write(HtmlMarkup out, List<HtmlRun> runs) {
        out.open("header");
        out.element("h1", runs.size() == 1 ? "Bargein load test" : "Bargein load test, " + runs.size() + " runs");
        if (runs.size() == 1) {
            one(out, runs.get(0));
        } else {
            several(out, runs);
        }
        for (HtmlRun run : runs) {
            notes(out, run, runs.size() > 1 ? "Run " + run.name() + ": " : "");
        }
        out.close();
    }

    private static void one(HtmlMarkup out, HtmlRun run) {
        Report report = run.report();
        out.open("div", "class", "verdict " + (report.passed() ? "pass" : "fail"));
        out.element("strong", report.passed() ? "PASS" : "FAIL").element("p", reason(run)).close();
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
        for (Metric metric : Metric.values()) {
            if (metric.primary() && run.has(metric)) {
                tile(out, metric.label() + ", 99 %", HtmlNumbers.time(run.latencies().of(metric).getValueAtPercentile(99)), null);
                break;
            }
        }
        tile(out, "chunks/s", HtmlNumbers.figure(report.measured().rates().chunks()), null);
        out.close();
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

    private static void notes(HtmlMarkup out, HtmlRun run, String whose) {
        if (!run.report().warnings().isEmpty()) {
            out.open("div", "class", "note warn").element("h3", whose + "what makes the figures doubtful").open("ul");
            run.report().warnings().forEach(warning -> out.element("li", warning));
            out.close().close();
        }
        if (!run.report().examples().isEmpty()) {
            out.open("div", "class", "note bad").element("h3", whose + "the first violations and errors").open("ol");
            run.report().examples().forEach(example -> out.element("li", example));
            out.close().close();
        }
    }
}
