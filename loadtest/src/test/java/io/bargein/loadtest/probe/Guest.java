package io.bargein.loadtest.probe;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A process to look at: does what each line that it reads says, and answers when that is done. Ends with its input. */
final class Guest {
    private static final List<Object> HELD = new ArrayList<>();

    private Guest() {}

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            int n = Integer.parseInt(words[1]);
            for (int i = 0; i < n; i++) {
                switch (words[0]) {
                    case "hold-mib" -> hold(1 << 20);
                    case "litter-mib" -> HELD.add(new byte[1 << 20].length);
                    case "threads" -> startThread();
                    case "files" -> HELD.add(new FileInputStream("/dev/null"));
                    case "burn-ms" -> burnMillis();
                    default -> throw new IllegalArgumentException(line);
                }
            }
            System.out.println("done");
        }
    }

    /** In small arrays: G1 gives a large one whole regions. */
    private static void hold(int bytes) {
        for (int i = 0; i < bytes; i += 32 << 10) {
            HELD.add(new byte[32 << 10]);
        }
    }

    private static void startThread() {
        Thread thread = new Thread(() -> {
            synchronized (HELD) {
                try {
                    HELD.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void burnMillis() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        while (threads.getCurrentThreadCpuTime() - start < 1_000_000) {
            Thread.onSpinWait();
        }
    }
}
