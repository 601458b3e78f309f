package io.bargein.loadtest.report;

import static io.bargein.loadtest.report.RandomReports.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.json.Json;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReportJsonTest {
    private static final String EXPECTED = " (expected: a report of bargein-loadtest, version 1)";

    @TempDir
    Path directory;

    @Test
    void readsBackAllThatWasWritten() throws IOException {
        RandomReports reports = new RandomReports(20_261_124);
        Path file = directory.resolve("report.json");
        for (int i = 0; i < 30; i++) {
            Report report = reports.next();
            ReportJson.write(report, file);
            Report read = ReportJson.read(file);
            assertSame(report, read, "report " + i);
            assertTrue(written(report).equals(written(read)), "the same text again");
            assertTrue(written(report).equals(Files.readString(file)), "the same text in a file");
            assertSame(report, ReportJson.read(new StringReader(written(report)), "text"), "report " + i);
        }
    }

    @Test
    void isPlainJsonWithPercentilesForReadersAndNoNumberThatIsNone() throws IOException {
        Map<String, Object> json = Json.object(Json.read(written(Reports.a())));
        assertEquals(List.of("format", "version", "started", "tool", "configuration", "verdict", "measured", "floor", "timeline", "server",
                "cpu_seconds_per_million_chunks", "upstream", "slopes", "objectives", "warnings", "examples"), List.copyOf(json.keySet()));
        assertEquals("PASS", json.get("verdict"));
        Map<String, Object> interrupt = Json.object(Json.object(Json.object(json.get("measured")).get("latencies")).get("interrupt"));
        assertEquals(2_000, interrupt.get("count"));
        assertEquals(10.0, (double) interrupt.get("p50_ms"), 0.01);
        assertEquals(19.8, (double) interrupt.get("p99_ms"), 0.02);
        assertTrue(interrupt.get("histogram").toString().startsWith("HISTF"), interrupt.toString());
        assertFalse(Json.object(Json.object(json.get("measured")).get("latencies")).containsKey("connect"));
        assertEquals(4.0, json.get("cpu_seconds_per_million_chunks"));
        Map<String, Object> slice = Json.object(Json.array(json.get("timeline")).get(1));
        assertEquals(Set.of("interrupt", "first_chunk"), Json.object(slice.get("latencies")).keySet());
        String nothingKnown = written(Reports.empty());
        assertTrue(nothingKnown.contains("\"cpu_seconds_per_million_chunks\":null") && !nothingKnown.contains("NaN"), nothingKnown);
    }

    @Test
    void ignoresFieldsItDoesNotKnow() throws IOException {
        String more = written(Reports.a()).replace("{\"phase\":", "{\"new\":{\"a\":[1,{}]},\"phase\":")
                .replace("\"latencies\":{", "\"latencies\":{\"new_metric\":{\"a\":1},")
                .replace("\"verdict\":", "\"new\":[[1,2],{\"b\":null}],\"verdict\":");
        assertSame(Reports.a(), read(more), "report");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "\"format\":\"bargein-loadtest-report\"; \"format\":\"other\"; format is other, not bargein-loadtest-report",
        "\"format\":\"bargein-loadtest-report\",; ''; format is missing",
        "\"version\":1; \"version\":2; version is 2, not 1",
        "\"version\":1; \"version\":\"1 \\n\\u001b[2J\"; version is 1   [2J, not 1",
        "\"started\":\"2026; \"started\":\"x2026; started is x2026-11-24T20:00:00Z, not a time",
        "\"seed\":1; \"seed\":[1]; configuration.seed is an array, not a string, a number, true or false",
        "\"prompts\":2000,; ''; measured.counts.prompts is missing",
        "\"prompts\":2000,; '\"prompts\":-1,'; measured.counts.prompts is -1, not a whole number from 0 to 9007199254740992",
        "\"prompts\":2000,; '\"prompts\":1e3,'; measured.counts.prompts is 1000.0, not a whole number from 0 to 9007199254740992",
        "\"prompts\":2000,; '\"prompts\":9007199254740993,'; measured.counts.prompts is 9007199254740993, not a whole number from 0 to "
            + "9007199254740992",
        "\"seconds\":10.0; \"seconds\":1e999; measured.seconds is Infinity, not a number",
        "\"seconds\":10.0; \"seconds\":NaN; Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow at line 2, "
            + "column 27",
        "\"timeline\":; \"time_line\":; timeline is missing",
        "\"server\":{; \"server\":7,\"x\":{; timeline[0].server is 7, not an object",
        "\"histogram\":\"HISTF; \"histogram\":\"+ISTF; measured.latencies.interrupt.histogram: not a histogram",
        "\"histogram\":\"HISTF; \"histogram\":\"*ISTF; measured.latencies.interrupt.histogram: Illegal base64 character 2a",
        "\"met\":true; \"met\":1; 'objectives[0].met is 1, not true or false'",
        "\"warnings\":[; \"warnings\":[7,; 'warnings[0] is 7, not a string'"})
    void refusesWhatIsNoReport(String from, String to, String why) throws IOException {
        String broken = written(Reports.a()).replaceFirst(Pattern.quote(from), Matcher.quoteReplacement(to));
        assertEquals("name: " + why + EXPECTED, refusal(broken));
    }

    @Test
    void refusesWhatIsNoJson() throws IOException {
        String whole = written(Reports.a());
        assertEquals("name: no JSON object" + EXPECTED, refusal(""));
        assertEquals("name: no JSON object" + EXPECTED, refusal("[]"));
        assertEquals("name: format is missing" + EXPECTED, refusal("{}"));
        assertEquals("name: more after the report" + EXPECTED, refusal(whole + "{}"));
        assertTrue(refusal(whole.replace("\"version\":1", "\"version\":1,\"version\":1")).startsWith("name: Duplicate field 'version'"));
        for (int end = 1; end < whole.stripTrailing().length(); end += 97) {
            assertTrue(refusal(whole.substring(0, end)).endsWith(EXPECTED));
        }
    }

    @Test
    void namesTheFileThatIsNone() throws IOException {
        Path none = directory.resolve("none.json");
        assertEquals(none + ": no such file or folder" + EXPECTED, assertThrows(IOException.class, () -> ReportJson.read(none)).getMessage());
        assertEquals(directory + ": Is a directory" + EXPECTED, assertThrows(IOException.class, () -> ReportJson.read(directory)).getMessage());
        Path binary = Files.write(directory.resolve("binary"), new byte[] {'{', '"', (byte) 0xC3, (byte) 0x28, '"'});
        String message = assertThrows(IOException.class, () -> ReportJson.read(binary)).getMessage();
        assertTrue(message.startsWith(binary + ": Invalid UTF-8") && message.endsWith(EXPECTED), message);
    }

    static Stream<Arguments> hostile() {
        return Stream.of(
                Arguments.of("100 times the layout", encoded(new Histogram(1, Long.MAX_VALUE / 2, 5), h -> {}), "from 1 ns to 1 h with 3 digits"),
                Arguments.of("an index offset", encoded(Latencies.empty(), h -> h.putInt(8, 1 << 30)), "from 1 ns to 1 h with 3 digits"),
                Arguments.of("a payload of -1 bytes", encoded(Latencies.empty(), h -> h.putInt(4, -1)), "not a histogram"),
                Arguments.of("a payload it has not", encoded(Latencies.empty(), h -> h.putInt(4, 30_000)), "not a histogram"),
                Arguments.of("a payload of 2 GB", encoded(Latencies.empty(), h -> h.putInt(4, Integer.MAX_VALUE)), "more than 67108864 bytes"),
                Arguments.of("counts beyond its end", encoded(Latencies.empty(), h -> {}, -2_000_000_000, 1), "not a histogram"),
                Arguments.of("counts that overflow", encoded(Latencies.empty(), h -> {}, Long.MAX_VALUE, Long.MAX_VALUE, 3), "impossible counts"),
                Arguments.of("a negative count", encoded(Latencies.empty(), h -> {}, Long.MIN_VALUE, 3), "impossible counts"),
                Arguments.of("a double histogram's cookie", base64(new byte[] {0x0c, 0x72, 0x12, 0x4f, 0, 0, 0, 0}), "not a histogram"),
                Arguments.of("three bytes", base64(new byte[3]), "not a histogram"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void refusesAHistogramBeforeHdrHistogramMakesArraysByIt(String name, String histogram, String why) throws IOException {
        String report = written(Reports.a()).replaceFirst("HISTF[A-Za-z0-9+/=]*", histogram);
        String message = refusal(report);
        assertTrue(message.startsWith("name: measured.latencies.interrupt.histogram: ") && message.endsWith(why + EXPECTED), message);
    }

    @Test
    void refusesMoreHistogramsThanFitWhateverTheyCompressTo() throws IOException {
        HistogramCoder coder = new HistogramCoder();
        long[] ones = new long[30_000];
        Arrays.fill(ones, 1);
        String dense = encoded(Latencies.empty(), h -> {}, ones);
        assertTrue(dense.length() < 200, "a small text");
        long fit = HistogramCoder.MAX_PAYLOAD_BYTES / ones.length;
        for (int i = 0; i < fit; i++) {
            coder.decode(dense);
        }
        assertThrows(IllegalArgumentException.class, () -> coder.decode(dense));
    }

    @Test
    void refusesMoreThanItsBounds() {
        assertTrue(refusal("{\"tool\":" + "[".repeat(30) + "]".repeat(30) + "}").contains("nesting depth"));
        assertTrue(refusal("{\"tool\":{\"a\":\"" + "x".repeat(1_100_000) + "\"}}").contains("String value length"));
        assertTrue(refusal("{\"tool\":{\"a\":" + "9".repeat(101) + "}}").contains("Number value length"));
        assertTrue(refusal("{\"new\":[" + "1,".repeat(10_000_000) + "1]}").contains("oken count"));
        String slice = "{\"phase\":\"\",\"at_seconds\":0,\"seconds\":1,\"connections\":0,\"counts\":{\"prompts\":0,\"chunks\":0,\"bytes\":0,"
                + "\"completed\":0,\"interrupted\":0,\"errors\":0,\"violations\":0,\"unexpected_closes\":0,\"connects\":0},\"latencies\":{},"
                + "\"server\":null}";
        assertEquals("name: timeline has more than 100000 slices" + EXPECTED,
                refusal("{\"timeline\":[" + (slice + ",").repeat(100_001) + slice + "]}"));
    }

    @Test
    void leavesTheOldFileWhereTheNewOneFails() throws IOException {
        Path file = Files.writeString(directory.resolve("report.json"), "old");
        IOException failed = assertThrows(IOException.class, () -> SafeFile.write(file, out -> {
            out.write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));
        assertEquals(file + " (expected: a file that can be written): No space left on device", failed.getMessage());
        assertEquals("old", Files.readString(file));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void writesThroughALink() throws IOException {
        Path file = Files.writeString(directory.resolve("report.json"), "old");
        Path link = Files.createSymbolicLink(directory.resolve("link.json"), file);
        ReportJson.write(Reports.a(), link);
        assertTrue(Files.isSymbolicLink(link));
        assertSame(Reports.a(), ReportJson.read(file), "report");
    }

    /** In the test's own folder, never at a device of the machine: were the look at its kind broken, it would be replaced. */
    @Test
    void writesIntoAPipeAndDoesNotReplaceIt() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        FutureTask<Report> reader = new FutureTask<>(() -> ReportJson.read(pipe));
        Thread thread = new Thread(reader, "pipe-reader");
        thread.setDaemon(true);
        thread.start();
        ReportJson.write(Reports.a(), pipe);
        assertFalse(Files.isRegularFile(pipe));
        assertSame(Reports.a(), reader.get(30, TimeUnit.SECONDS), "report");
    }

    @Test
    void saysWhereItCannotWrite() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        Path below = file.resolve("report.json");
        assertEquals(below + " (expected: a file that can be written): Not a directory",
                assertThrows(IOException.class, () -> ReportJson.write(Reports.a(), below)).getMessage());
    }

    @Test
    void tellsOfAFullDiskInEachForm() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertEquals("No space left on device", assertThrows(IOException.class,
                () -> ReportJson.write(Reports.a(), new OutputStreamWriter(full, StandardCharsets.UTF_8))).getMessage());
        assertEquals("No space left on device", assertThrows(IOException.class, () -> HistogramLog.write(Reports.a(), full)).getMessage());
        // What fails only once a buffer is flushed must be told of too.
        assertEquals("No space left on device", assertThrows(IOException.class,
                () -> HistogramLog.write(Reports.empty(), new BufferedOutputStream(full))).getMessage());
    }

    private static String written(Report report) throws IOException {
        StringWriter out = new StringWriter();
        ReportJson.write(report, out);
        return out.toString();
    }

    private static Report read(String json) throws IOException {
        return ReportJson.read(new StringReader(json), "name");
    }

    private static String refusal(String json) {
        return assertThrows(IOException.class, () -> read(json)).getMessage();
    }

    /** A histogram's header, spoilt, and counts in HdrHistogram's encoding: a negative one is so many zeros. */
    private static String encoded(Histogram empty, Consumer<ByteBuffer> spoil, long... counts) {
        ByteBuffer buffer = ByteBuffer.allocate(100 + 9 * counts.length);
        ByteBuffer header = ByteBuffer.allocate(empty.getNeededByteBufferCapacity());
        empty.encodeIntoByteBuffer(header);
        buffer.put(header.array(), 0, 40);
        for (long count : counts) {
            long left = count << 1 ^ count >> 63;
            for (int i = 0; i < 8 && (left & ~0x7F) != 0; i++) {
                buffer.put((byte) (left | 0x80));
                left >>>= 7;
            }
            buffer.put((byte) left);
        }
        buffer.putInt(4, buffer.position() - 40);
        spoil.accept(buffer);
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(compressed)) {
            deflater.write(buffer.array(), 0, buffer.position());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return base64(ByteBuffer.allocate(8 + compressed.size()).putInt(0x1c849314).putInt(compressed.size()).put(compressed.toByteArray()).array());
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
