package io.bargein.loadtest.standin;

import java.nio.charset.StandardCharsets;

/**
 * A prompt that says how it is to be answered: {@code sim chunks=N bytes=S delay_ms=D #tag}.
 *
 * @param chunks how many deltas; 1 to 10,000,000, default 200
 * @param bytes how long each, in ASCII; 16 to 65,536, default 24
 * @param delayMillis how far apart; 0 to 600,000 ms, default 5
 */
record Sim(int chunks, int bytes, int delayMillis) {

    /**
     * Reads a prompt; null if it is none of this form.
     *
     * @throws IllegalArgumentException if it is, but a value is bad
     */
    static Sim parse(String prompt) {
        if (!prompt.matches("sim(\\s*|\\s+#.*|\\s+\\S*=.*)")) {
            return null;
        }
        int[] values = {200, 24, 5};
        for (String word : prompt.substring(3).strip().split("\\s+")) {
            if (word.isEmpty() || word.startsWith("#")) {
                break;
            }
            String[] pair = word.split("=", 2);
            int which = switch (pair[0]) {
                case "chunks" -> 0;
                case "bytes" -> 1;
                case "delay_ms" -> 2;
                default -> throw new IllegalArgumentException("sim: " + pair[0] + " (expected: chunks=N, bytes=S, delay_ms=D)");
            };
            int min = new int[] {1, 16, 0}[which];
            int max = new int[] {10_000_000, 65_536, 600_000}[which];
            if (pair.length < 2 || !pair[1].matches("\\d{1,9}") || Integer.parseInt(pair[1]) < min || Integer.parseInt(pair[1]) > max) {
                throw new IllegalArgumentException(pair[0] + ": " + (pair.length < 2 ? "missing" : pair[1]) + " (expected: " + min
                        + " to " + max + ")");
            }
            values[which] = Integer.parseInt(pair[1]);
        }
        return new Sim(values[0], values[1], values[2]);
    }

    String chunk(int i) {
        byte[] text = new byte[bytes];
        byte[] number = (i + " ").getBytes(StandardCharsets.US_ASCII);
        for (int k = 0; k < bytes; k++) {
            text[k] = k < number.length ? number[k] : (byte) ('a' + (i + k) % 26);
        }
        if (i % 16 == 7) {
            text[bytes - 1] = '"';
        } else if (i % 16 == 15) {
            text[bytes - 1] = '\n';
        }
        return new String(text, StandardCharsets.US_ASCII);
    }
}
