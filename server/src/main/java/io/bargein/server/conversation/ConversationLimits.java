package io.bargein.server.conversation;

import java.time.Duration;

/**
 * How much is remembered (promise P7). Immutable.
 *
 * @param maxMessages the most messages of one conversation sent to the model: 2 to 10,000, default
 *     {@value #DEFAULT_MAX_MESSAGES}; past it the oldest turns are forgotten
 * @param maxBytes the most text of one conversation, as {@link Conversation#bytes} counts it: 1 KiB to 1 GiB, default 1 MiB;
 *     past it the oldest turns are forgotten, the newest never
 * @param maxTotalBytes the most text of all conversations: {@code maxBytes} to 1 TiB, default 256 MiB; past it the
 *     conversations longest without a connection are forgotten, and if all have one, a prompt gets an error
 * @param idleTimeout how long a conversation without a connection is remembered: 1 s to 30 days, default 1 h
 */
public record ConversationLimits(int maxMessages, long maxBytes, long maxTotalBytes, Duration idleTimeout) {

    /** 40 messages. */
    public static final int DEFAULT_MAX_MESSAGES = 40;

    /** The limits that hold unless something else is said. */
    public static final ConversationLimits DEFAULT =
            new ConversationLimits(DEFAULT_MAX_MESSAGES, 1 << 20, 256L << 20, Duration.ofHours(1));

    /**
     * Checks the ranges.
     *
     * @param maxMessages 2 to 10,000
     * @param maxBytes 1 KiB to 1 GiB
     * @param maxTotalBytes {@code maxBytes} to 1 TiB
     * @param idleTimeout 1 s to 30 days
     * @throws IllegalArgumentException if one is out of range, as "conversationMessages: 1 (expected: 2 to 10000)"
     */
    public ConversationLimits {
        check(maxMessages >= 2 && maxMessages <= 10_000, "conversationMessages", maxMessages, "2 to 10000");
        check(maxBytes >= 1 << 10 && maxBytes <= 1 << 30, "conversationBytes", maxBytes, "1KiB to 1GiB");
        check(maxTotalBytes >= maxBytes && maxTotalBytes <= 1L << 40,
                "conversationsTotalBytes", maxTotalBytes, "conversationBytes to 1TiB");
        check(idleTimeout.compareTo(Duration.ofSeconds(1)) >= 0 && idleTimeout.compareTo(Duration.ofDays(30)) <= 0,
                "conversationIdleTimeout", idleTimeout, "1s to 30d");
    }

    private static void check(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
