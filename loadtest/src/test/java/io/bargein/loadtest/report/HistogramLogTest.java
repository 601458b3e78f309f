package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By HdrHistogram's own reader. */
class HistogramLogTest {

    @TempDir
    Path directory;

    @Test
    void isReadByHdrHistogramsOwnReaderSliceBySlice() throws IOException {
        Report report = Reports.a();
        Path file = directory.resolve("report.hlog");
        HistogramLog.write(report, file);
        List<Histogram> read = new ArrayList<>();
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            while (reader.hasNext()) {
                read.add((Histogram) reader.nextIntervalHistogram());
            }
            assertEquals(report.started().toEpochMilli() / 1e3, reader.getStartTimeSec());
        }
        assertEquals(6, read.size());
        for (int i = 0; i < read.size(); i++) {
            Interval interval = report.timeline().get(i / 2);
            Metric metric = i % 2 == 0 ? Metric.INTERRUPT : Metric.FIRST_CHUNK;
            assertEquals(metric.key(), read.get(i).getTag());
            assertEquals(interval.latencies().of(metric), read.get(i));
            assertEquals(report.started().toEpochMilli() + interval.atSeconds() * 1e3, read.get(i).getStartTimeStamp());
            assertEquals(read.get(i).getStartTimeStamp() + interval.seconds() * 1e3, read.get(i).getEndTimeStamp());
        }
    }

    @Test
    void leavesTheUncorrectedTimesOutAndNamesThePhases() throws IOException {
        Interval slice = Reports.a().timeline().get(0);
        slice.latencies().record(Metric.INTERRUPT_UNCORRECTED, 1);
        Report a = Reports.a();
        Interval odd = new Interval("a\n1,1,1,x", -0.5, 0.25, 1, slice.counts(), slice.latencies(), null);
        Path file = directory.resolve("report.hlog");
        HistogramLog.write(new Report(a.started(), a.tool(), a.configuration(), a.measured(), null, List.of(odd, slice), List.of(), null, List.of(),
                List.of(), List.of(), List.of()), file);
        List<String> lines = Files.readAllLines(file);
        assertFalse(lines.stream().anyMatch(line -> line.contains("uncorrected")));
        assertEquals(List.of("#[Phase: a 1,1,1,x]", "Tag=interrupt,-0.500,0.250,20.005,", "Tag=first_chunk,-0.500,0.250,5.001,",
                "#[Phase: warm-up]", "Tag=interrupt,0.000,5.000,20.005,", "Tag=first_chunk,0.000,5.000,5.001,"),
                lines.subList(5, lines.size()).stream().map(line -> line.replaceFirst("HISTF.*", "")).toList());
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            assertEquals(a.started().toEpochMilli() - 500, reader.nextIntervalHistogram().getStartTimeStamp());
        }
    }
}
