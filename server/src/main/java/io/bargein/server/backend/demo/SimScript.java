package io.bargein.server.backend.demo;

import io.bargein.server.spi.ModelException;

/**
 * A prompt that says how to answer it: {@code sim chunks=N bytes=S delay_ms=D #tag}. N chunks of exactly S bytes of ASCII, the first at
 * once and the others D ms apart; with D=0 as fast as they are asked for. Keys may be left out, and the tag is for whoever sent it.
 *
 * @param chunks how many chunks: 1 to 10,000,000, default 200
 * @param bytes how long each: 16 to 65,536, default 24
 * @param delayMillis how far apart: 0 to 600,000 ms, default 5
 */
record SimScript(int chunks, int bytes, int delayMillis) {
    private static final String FILLER = "abcdefghijklmnopqrstuvwxyz ".repeat(4);

    /** Reads a prompt; null if it is none of this form. */
    static SimScript parse(String prompt) throws ModelException {
        String[] words = prompt.strip().split("\\s+");
        if (!words[0].equals("sim") || words.length > 1 && !words[1].contains("=") && !words[1].startsWith("#")) {
            return null;
        }
        int chunks = 200;
        int bytes = 24;
        int delayMillis = 5;
        for (int i = 1; i < words.length && !words[i].startsWith("#"); i++) {
            int equals = words[i].indexOf('=');
            String key = equals < 0 ? words[i] : words[i].substring(0, equals);
            String value = words[i].substring(equals + 1);
            switch (key) {
                case "chunks" -> chunks = number(key, value, 1, 10_000_000);
                case "bytes" -> bytes = number(key, value, 16, 65_536);
                case "delay_ms" -> delayMillis = number(key, value, 0, 600_000);
                default -> throw invalid("sim: " + shown(key) + " (expected: chunks=N, bytes=S, delay_ms=D)");
            }
        }
        return new SimScript(chunks, bytes, delayMillis);
    }

    /** The text of one chunk: its number, a blank, filler; now and then a last byte that JSON has to escape. */
    String chunk(int number) {
        StringBuilder text = new StringBuilder(bytes).append(number).append(' ');
        while (text.length() < bytes) {
            text.append(FILLER, 0, Math.min(FILLER.length(), bytes - text.length()));
        }
        if (number % 16 == 7) {
            text.setCharAt(bytes - 1, '"');
        } else if (number % 16 == 15) {
            text.setCharAt(bytes - 1, '\n');
        }
        return text.toString();
    }

    private static int number(String key, String value, int min, int max) throws ModelException {
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as a number out of range is.
        }
        throw invalid(key + ": " + shown(value) + " (expected: " + min + " to " + max + ")");
    }

    static String shown(String value) {
        return value.length() <= 20 ? value : value.substring(0, 20) + "…";
    }

    private static ModelException invalid(String message) {
        return new ModelException(ModelException.Kind.INVALID_REQUEST, message);
    }
}
