package io.bargein.loadtest.report;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reports as JSON. Each histogram is whole, in the encoding of HdrHistogram's logs; the percentiles beside it are for readers, and are not read
 * back. The slices of time have the histograms of the primary metrics alone. A number that is not known is null.
 *
 * <p>A file that is read may have 256 MiB, 10 million tokens, 100,000 slices of time, strings of 1 MiB, and histograms that take 64 MiB when
 * they are inflated; one that has more is refused.
 */
public final class ReportJson {
    static final String FORMAT = "bargein-loadtest-report";
    static final int MAX_INTERVALS = 100_000;

    private static final JsonFactory FACTORY = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET).streamReadConstraints(StreamReadConstraints.builder().maxDocumentLength(256L << 20)
                    .maxTokenCount(10_000_000).maxStringLength(1 << 20).maxNameLength(1_000).maxNumberLength(100).maxNestingDepth(20).build())
            .build();

    private ReportJson() {}

    /**
     * Writes a report to a file, which is there whole or not at all.
     *
     * @param report what to write
     * @param path the file; what was there is replaced
     * @throws IOException if that cannot be, as "PATH (expected: a file that can be written): why"
     */
    public static void write(Report report, Path path) throws IOException {
        SafeFile.write(path, out -> write(report, new OutputStreamWriter(out, StandardCharsets.UTF_8)));
    }

    /**
     * Writes a report.
     *
     * @param report what to write
     * @param out where to; it is flushed and not closed
     * @throws IOException if that fails
     */
    public static void write(Report report, Writer out) throws IOException {
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            new ReportWriter(json).write(report);
        }
    }

    /**
     * Reads a report.
     *
     * @param path the file
     * @return the report
     * @throws IOException if there is none, as "PATH: what is wrong (expected: a report of bargein-loadtest, version 1)"
     */
    public static Report read(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path); JsonParser json = FACTORY.createParser(in)) {
            return read(json);
        } catch (IOException | IllegalArgumentException e) {
            throw refusal(path.toString(), e);
        }
    }

    /**
     * Reads a report.
     *
     * @param in where from; it is closed
     * @param name what to call it where it is none
     * @return the report
     * @throws IOException if there is none, as "NAME: what is wrong (expected: a report of bargein-loadtest, version 1)"
     */
    public static Report read(Reader in, String name) throws IOException {
        try (in; JsonParser json = FACTORY.createParser(in)) {
            return read(json);
        } catch (IOException | IllegalArgumentException e) {
            throw refusal(name, e);
        }
    }

    private static Report read(JsonParser json) throws IOException {
        return new ReportReader(json).read();
    }

    private static IOException refusal(String name, Exception e) {
        String why;
        if (e instanceof JacksonException j) {
            why = j.getOriginalMessage() + (j.getLocation() == null ? ""
                    : " at line " + j.getLocation().getLineNr() + ", column " + j.getLocation().getColumnNr());
        } else {
            why = e instanceof IOException io ? SafeFile.reason(io) : e.getMessage();
        }
        return new IOException(name + ": " + why + " (expected: a report of bargein-loadtest, version " + Report.VERSION + ")", e);
    }
}
