package io.bargein.server.operations;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** What is written to standard error, where the tests' logging goes, from its creation on until it is closed. */
public final class StandardError implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    public StandardError() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    public static String during(Runnable task) {
        try (StandardError error = new StandardError()) {
            task.run();
            return error.text();
        }
    }

    /** All of it so far. */
    public String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    /** How many times this has been written. */
    public int count(String part) {
        return text().split(Pattern.quote(part), -1).length - 1;
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
