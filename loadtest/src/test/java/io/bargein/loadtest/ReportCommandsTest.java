package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.report.Comparison;
import io.bargein.loadtest.report.Merge;
import io.bargein.loadtest.report.Report;
import io.bargein.loadtest.report.ReportJson;
import io.bargein.loadtest.report.Reports;
import io.bargein.loadtest.report.TextReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private String a;
    private String b;
    private String other;

    @BeforeEach
    void writeReports() throws IOException {
        a = written("a.json", Reports.a());
        b = written("b.json", Reports.b());
        other = written("other.json", Reports.aOfAnotherMachine());
    }

    private String written(String name, Report report) throws IOException {
        Path file = directory.resolve(name);
        ReportJson.write(report, file);
        return file.toString();
    }

    @Test
    void comparesAndFailsOnlyWhereThatWasAskedFor() throws IOException {
        assertEquals(0, execute("compare", a, b));
        assertEquals(Comparison.of(Reports.a(), Reports.b(), 0.1).text(a, b), out.toString());
        assertEquals(1, execute("compare", a, b, "--fail-if-worse"));
        assertEquals(0, execute("compare", a, a, "--fail-if-worse", "--tolerance=0%"));
        assertEquals(0, execute("compare", a, b, "--fail-if-worse", "--tolerance=25%"));
        assertEquals(1, execute("compare", a, b, "--fail-if-worse", "--tolerance=24.9%"));
        assertEquals("", err.toString());
    }

    @Test
    void laysBothRunsOneOverTheOther() throws IOException {
        Path folder = directory.resolve("new/folder");
        assertEquals(0, execute("compare", a, b, "--out=" + folder));
        assertEquals(Set.of("report.html"), files(folder));
        String page = Files.readString(folder.resolve("report.html"));
        assertTrue(page.contains("2026-11-24") && page.contains("</html>"), page);
        assertEquals(0, execute("compare", a, a, "--out=" + folder), "over what was there");
    }

    @Test
    void mergesIntoTheThreeFormsOfAReport() throws IOException {
        Report merged = Merge.of(List.of(Reports.a(), Reports.aOfAnotherMachine()));
        Path folder = directory.resolve("merged");
        assertEquals(1, execute("merge", a, other, "--out", folder.toString(), "--json", directory.resolve("m.json").toString()),
                "an objective is missed");
        assertEquals(TextReport.render(merged), out.toString());
        assertEquals(Set.of("report.html", "report.json", "report.hlog"), files(folder));
        assertEquals(TextReport.render(merged), TextReport.render(ReportJson.read(folder.resolve("report.json"))));
        assertEquals(Files.readString(folder.resolve("report.json")), Files.readString(directory.resolve("m.json")));
        assertEquals(0, execute("merge", a, b), "all is well in both");
    }

    @Test
    void printsJsonAloneWhereThatIsWanted() throws IOException {
        assertEquals(1, execute("merge", a, other, "--json=-"));
        assertEquals(4_000, ReportJson.read(new StringReader(out.toString()), "out").measured().counts().prompts());
    }

    @Test
    void refusesBadInputInOneLine() throws IOException {
        String noReport = Files.writeString(directory.resolve("no.json"), "{\"format\":\"x\"}").toString();
        String none = directory.resolve("none.json").toString();
        assertRefused(noReport + ": format is x, not bargein-loadtest-report (expected: a report of bargein-loadtest, version 1)",
                "compare", a, noReport);
        assertRefused(none + ": no such file or folder (expected: a report of bargein-loadtest, version 1)", "merge", none, a);
        assertRefused(directory + ": Is a directory (expected: a report", "compare", directory.toString(), a);
        assertRefused("Missing required parameter: 'B.json'", "compare", a);
        assertRefused("--tolerance: 0.1 (expected: 10% or the like)", "compare", a, b, "--tolerance=0.1");
        assertRefused("requires at least 2 values", "merge", a);
        assertRefused("run 2: is run 1 (expected: each run once)", "merge", a, a);
        assertRefused("--out: " + noReport + " (expected: a folder that can be written to): a file is there", "compare", a, b, "--out=" + noReport);
        assertRefused("--out: " + noReport + "/x (expected: a folder that can be written to): ", "merge", a, other, "--out=" + noReport + "/x");
        assertRefused("/x/m.json (expected: a file that can be written): no such file or folder", "merge", a, other,
                "--json=" + directory + "/x/m.json");
    }

    private void assertRefused(String complaint, String... args) {
        assertEquals(2, execute(args));
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertEquals("", out.toString());
    }

    private int execute(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args);
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
