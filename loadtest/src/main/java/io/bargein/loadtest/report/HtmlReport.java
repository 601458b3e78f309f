package io.bargein.loadtest.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Reports as a page: one file that needs nothing else, whose charts can be read without scripts, in light, in dark and on paper. */
public final class HtmlReport {
    private static final String STYLE = resource("report.css");
    private static final String SCRIPT = resource("report.js");

    private HtmlReport() {}

    /**
     * Makes a page.
     *
     * @param runs the run, or several to lay over one another; ratios are to the first
     * @return the page, always the same for the same runs
     * @throws IllegalArgumentException if there is no run
     */
    public static String render(List<Report> runs) {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("runs: none (expected: at least one)");
        }
        List<HtmlRun> all = HtmlRun.of(runs);
        HtmlMarkup out = new HtmlMarkup();
        out.raw("<!DOCTYPE html>\n").open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml");
        head(out, all);
        out.open("body").open("main");
        HtmlVerdict.write(out, all);
        charts(out, all);
        HtmlFigures.write(out, all);
        HtmlSetup.write(out, all);
        out.close().open("script").raw(SCRIPT).close().close().close();
        return out.toString();
    }

    private static void head(HtmlMarkup out, List<HtmlRun> runs) {
        String verdict = runs.stream().allMatch(run -> run.report().passed()) ? "PASS" : "FAIL";
        out.open("head").leaf("meta", "charset", "utf-8");
        // What is ours may act and nothing else, even if a text of a report should be taken for markup.
        out.leaf("meta", "http-equiv", "Content-Security-Policy", "content", "default-src 'none'; style-src '" + hash(STYLE) + "'; script-src '"
                + hash(SCRIPT) + "'; base-uri 'none'; form-action 'none'");
        out.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.leaf("meta", "name", "color-scheme", "content", "light dark");
        out.element("title", verdict + " – Bargein load test, " + runs.get(0).report().started());
        out.open("style").raw(STYLE).close().close();
    }

    private static void charts(HtmlMarkup out, List<HtmlRun> runs) {
        out.open("section").element("h2", "Latency");
        for (Metric metric : Metric.values()) {
            if (metric.primary() && runs.stream().anyMatch(run -> run.has(metric))) {
                out.open("div", "class", "charts");
                SvgPercentiles.draw(out, metric, runs);
                SvgLatencyOverTime.draw(out, metric, runs);
                out.close();
            }
        }
        if (runs.stream().noneMatch(run -> Stream.of(Metric.values()).anyMatch(metric -> metric.primary() && run.has(metric)))) {
            out.element("p", "No time was measured.", "class", "none");
        }
        out.close();
        if (runs.stream().anyMatch(run -> run.columns().size() > 1)) {
            overTime(out, runs);
        }
    }

    private static void overTime(HtmlMarkup out, List<HtmlRun> runs) {
        out.open("section").element("h2", "Throughput and the server").open("div", "class", "charts");
        new SvgLines("Chunks", "chunks/s", runs).line("chunks/s", c -> c.perSecond(c.counts().chunks())).draw(out);
        new SvgLines("Prompts", "prompts/s", runs).line("prompts/s", c -> c.perSecond(c.counts().prompts())).faults().draw(out);
        if (varies(runs, TimeColumn::connections)) {
            new SvgLines("Connections", "connections", runs).line("connections", TimeColumn::connections).draw(out);
        }
        if (runs.stream().anyMatch(run -> run.columns().stream().filter(c -> c.counts().connects() > 0).count() > 2)) {
            new SvgLines("Connecting", "connections/s", runs).line("connections made a second", c -> c.perSecond(c.counts().connects())).draw(out);
        }
        new SvgLines("Memory", "MiB", runs).line("resident", server(use -> HtmlNumbers.mebibytes(use.rssBytes())))
                .line("heap after collection", server(use -> HtmlNumbers.mebibytes(use.heapBytes()))).draw(out);
        new SvgLines("Processor", "cores", runs).line("cores", TimeColumn::cores).draw(out);
        new SvgLines("Threads", "threads", runs).line("threads", server(ServerUse::threads)).draw(out);
        new SvgLines("File descriptors", "descriptors", runs).line("descriptors", server(ServerUse::descriptors)).draw(out);
        out.close().close();
    }

    private static boolean varies(List<HtmlRun> runs, ToDoubleFunction<TimeColumn> figure) {
        return runs.stream().anyMatch(run -> run.columns().stream().mapToDouble(figure).distinct().count() > 1);
    }

    /** A figure of the server's; what is below 0 is not known. */
    private static ToDoubleFunction<TimeColumn> server(ToDoubleFunction<ServerUse> figure) {
        return column -> column.server() == null || figure.applyAsDouble(column.server()) < 0 ? Double.NaN
                : figure.applyAsDouble(column.server());
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: every JVM has it", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
