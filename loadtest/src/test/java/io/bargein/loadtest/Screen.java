package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.concurrent.TimeUnit;

/** What a tool prints, to be waited for. */
final class Screen extends Writer {
    private final StringBuilder shown = new StringBuilder();

    PrintWriter writer() {
        return new PrintWriter(this, true);
    }

    @Override
    public synchronized void write(char[] chars, int from, int length) {
        shown.append(chars, from, length);
        notifyAll();
    }

    synchronized void await(String text) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (shown.indexOf(text) < 0) {
            long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            assertTrue(millis > 0, "'" + text + "' is not in: " + shown);
            wait(millis);
        }
    }

    /** All of it, with times and ids by a placeholder. */
    synchronized String text() {
        return shown.toString().replaceAll("\\d+\\.\\d ms", "N ms").replaceAll("[0-9a-f]{8}-[0-9a-f-]{27}", "UUID");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
