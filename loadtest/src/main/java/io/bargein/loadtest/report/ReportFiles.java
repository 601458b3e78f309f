package io.bargein.loadtest.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder of reports. Each file in it is there whole or not at all. */
public final class ReportFiles {

    private ReportFiles() {}

    /**
     * Finds out whether a folder can be written to, before hours are spent on what is to go there.
     *
     * @param folder made if it is not there
     * @throws IOException if it cannot be, as "--out: DIR (expected: a folder that can be written to): why"
     */
    public static void prepare(Path folder) throws IOException {
        into(folder, () -> Files.delete(Files.createTempFile(folder, "report", ".tmp")));
    }

    /**
     * Writes {@code report.json}, {@code report.hlog} and {@code report.html}.
     *
     * @param folder where to; it is made if it is not there
     * @param report what was measured
     * @throws IOException if that cannot be, as "--out: DIR (expected: a folder that can be written to): why"
     */
    public static void write(Path folder, Report report) throws IOException {
        into(folder, () -> {
            ReportJson.write(report, folder.resolve("report.json"));
            HistogramLog.write(report, folder.resolve("report.hlog"));
            page(folder, List.of(report));
        });
    }

    /**
     * Writes {@code report.html} alone, with several runs one over the other.
     *
     * @param folder where to; it is made if it is not there
     * @param runs what was measured
     * @throws IOException if that cannot be, as "--out: DIR (expected: a folder that can be written to): why"
     */
    public static void writePage(Path folder, List<Report> runs) throws IOException {
        into(folder, () -> page(folder, runs));
    }

    private static void page(Path folder, List<Report> runs) throws IOException {
        SafeFile.write(folder.resolve("report.html"), out -> out.write(HtmlReport.render(runs).getBytes(StandardCharsets.UTF_8)));
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static void into(Path folder, Writing writing) throws IOException {
        try {
            if (!Files.isDirectory(folder)) {
                // Asked first: some JDKs refuse a link to a folder here.
                Files.createDirectories(folder);
            }
            writing.run();
        } catch (IOException e) {
            throw new IOException("--out: " + folder + " (expected: a folder that can be written to): " + SafeFile.reason(e), e);
        }
    }
}
