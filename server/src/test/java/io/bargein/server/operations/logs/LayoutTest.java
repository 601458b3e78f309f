package io.bargein.server.operations.logs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

class LayoutTest {
    private static final long TIME = 1_795_000_000_123L;

    /** C94. */
    @Test
    void writesOneJsonObjectALineWithThePlatformsNames() throws IOException {
        assertEquals("{\"timestamp\":\"2026-11-18T11:06:40.123Z\",\"level\":\"INFO\",\"message\":\"turn \\\"ended\\\"\\nfor 日本 😀\","
                + "\"logger\":\"io.bargein.X\",\"sessionId\":\"s\",\"turn\":3,\"firstDeltaMs\":1.25}\n",
                render(new JsonLayout(), new Line(TIME, Level.INFO, "io.bargein.X", "t", "turn \"ended\"\nfor 日本 😀", List.of(
                        new KeyValuePair("sessionId", "s"), new KeyValuePair("turn", 3), new KeyValuePair("firstDeltaMs", 1.25)), null)));
    }

    @Test
    void writesAnExceptionWithItsCausesIntoTheSameLine() throws IOException {
        Exception thrown = new IllegalStateException("no", new IOException("the cause"));
        String json = render(new JsonLayout(), new Line(TIME, Level.ERROR, "l", "t", "failed", List.of(), thrown));
        assertEquals(1, json.lines().count());
        assertTrue(json.contains("\"errorType\":\"java.lang.IllegalStateException\",\"errorMessage\":\"no\",\"stackTrace\":["), json);
        assertTrue(json.contains("\"Caused by: java.io.IOException: the cause\""), json);
        assertTrue(json.contains("],\"location\":\"" + thrown.getStackTrace()[0] + "\"}"), json);
    }

    @Test
    void writesATextForEyes() throws IOException {
        String plain = render(new PlainLayout(), new Line(TIME, Level.WARN, "io.bargein.X", "main", "turn ended", List.of(
                new KeyValuePair("turn", 3), new KeyValuePair("error", "it \"failed\"\nbadly")), new IOException("no")));
        assertTrue(plain.startsWith("2026-11-18T11:06:40.123Z WARN  [main] X: turn ended turn=3 error=\"it \\\"failed\\\"\\nbadly\"\n"
                + "    java.io.IOException: no\n"), plain);
    }

    private static String render(Layout layout, Line line) throws IOException {
        StringWriter out = new StringWriter();
        layout.render(line, out);
        return out.toString();
    }
}
