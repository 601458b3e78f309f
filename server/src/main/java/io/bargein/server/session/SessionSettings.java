package io.bargein.server.session;

import java.time.Duration;

/**
 * What a session is allowed. Immutable.
 *
 * @param maxAnswerBytes the longest answer of one turn, in bytes of UTF-8, what it asks of tools included: 1 KiB to 64 MiB, default
 *     1 MiB; past it the turn ends with an error
 * @param releaseWait how long a new call to the model waits for the interrupted one to let go of its connection: 0 to 10 s,
 *     default 50 ms
 */
public record SessionSettings(int maxAnswerBytes, Duration releaseWait) {

    /** How many events may be asked of the model ahead of what was sent. */
    static final int DEMAND_WINDOW = 256;

    /** The most that an answer may be limited to. */
    public static final int MAX_ANSWER_BYTES = 1 << 26;

    /** What holds unless something else is said. */
    public static final SessionSettings DEFAULT = new SessionSettings(1 << 20, Duration.ofMillis(50));

    /**
     * Checks the ranges.
     *
     * @param maxAnswerBytes 1 KiB to 64 MiB
     * @param releaseWait 0 to 10 s
     * @throws IllegalArgumentException if one is out of range
     */
    public SessionSettings {
        if (maxAnswerBytes < 1 << 10 || maxAnswerBytes > MAX_ANSWER_BYTES) {
            throw new IllegalArgumentException("maxAnswerBytes: " + maxAnswerBytes + " (expected: 1KiB to 64MiB)");
        }
        if (releaseWait.isNegative() || releaseWait.compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException("releaseWait: " + releaseWait + " (expected: 0s to 10s)");
        }
    }
}
