package io.bargein.server.operations.logs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

class LogWriterTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Test
    void writesLinesInOrderFromManyThreads() throws Exception {
        LogWriter writer = new LogWriter(written, new PlainLayout());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int number = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 1_000; i++) {
                    writer.add(line(number + "-" + i));
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(writer.flush(LIMIT));
        List<String> lines = lines();
        assertEquals(4_000, lines.size());
        for (int t = 0; t < 4; t++) {
            int number = t;
            List<String> own = lines.stream().filter(line -> line.contains(": " + number + "-")).toList();
            for (int i = 0; i < 1_000; i++) {
                assertTrue(own.get(i).endsWith(": " + number + "-" + i), own.get(i));
            }
        }
    }

    /** Nobody who logs waits for an output that nobody reads; what is lost is counted, and said when there is room again. */
    @Test
    void neverMakesAnyoneWaitAndSaysHowManyLinesItDropped() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch reader = new CountDownLatch(1);
        LogWriter writer = new LogWriter(new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("a byte at a time");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                stuck.countDown();
                try {
                    reader.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                written.write(bytes, offset, length);
            }
        }, new PlainLayout());
        writer.add(line("first"));
        stuck.await();
        int lines = 100_000;
        for (int i = 0; i < lines; i++) {
            writer.add(line("line " + i));
        }
        assertFalse(writer.flush(Duration.ofMillis(1)));
        reader.countDown();
        assertTrue(writer.flush(LIMIT));

        Matcher notice = Pattern.compile("WARN .* log: lines dropped .* dropped=(\\d+)").matcher(written.toString(StandardCharsets.UTF_8));
        assertTrue(notice.find());
        int dropped = Integer.parseInt(notice.group(1));
        assertFalse(notice.find());
        assertEquals(1 + lines - dropped, lines().stream().filter(line -> line.contains("INFO")).count());
        assertTrue(dropped > lines / 2, dropped + " dropped: the queue is not bounded");
    }

    @Test
    void losesALineThatCannotBeRenderedAndNoOther() {
        LogWriter writer = new LogWriter(written, new JsonLayout());
        writer.add(line("before"));
        writer.add(new Line(0, Level.INFO, "l", "t", "bad", List.of(new KeyValuePair("k", new Object() {
            @Override
            public String toString() {
                throw new IllegalStateException("no");
            }
        })), null));
        writer.add(line("after"));
        assertTrue(writer.flush(LIMIT));
        assertEquals(List.of("before", "after"), lines().stream().filter(line -> line.contains("INFO"))
                .map(line -> line.replaceAll(".*\"message\":\"(\\w+)\".*", "$1")).toList());
    }

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static Line line(String message) {
        return new Line(0, Level.INFO, "io.bargein.Test", "main", message, List.of(), null);
    }
}
