package io.bargein.server;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.session.SessionSettings;
import java.time.Duration;

/** The settings of turns and histories. What they mean is said once, at the records they become. */
final class ConversationOptions extends Options {

    private final Setting<Integer> maxAnswerBytes = size("--max-answer-bytes", "1MiB", "Longest answer of one turn in UTF-8; past it an error");
    private final Setting<Integer> conversationMessages = number("--conversation-messages", ConversationLimits.DEFAULT_MAX_MESSAGES,
            "Most messages of a conversation; past it the oldest turns are forgotten");
    private final Setting<Long> conversationBytes = longSize("--conversation-bytes", "1MiB",
            "Most text of a conversation; past it the oldest turns are forgotten");
    private final Setting<Long> conversationsTotalBytes = longSize("--conversations-total-bytes", "256MiB",
            "Most text of all conversations; past it those longest without a connection are forgotten");
    private final Setting<Duration> conversationIdleTimeout = time("--conversation-idle-timeout", "1h",
            "Time a conversation without a connection is remembered");
    private final Setting<Duration> releaseWait = time("--release-wait", "50ms",
            "Time a new call to the model waits for the interrupted one to let go of its connection");
    private final Setting<Integer> upstreamThreads = number("--upstream-threads", BargeinServerBuilder.DEFAULT_UPSTREAM_THREADS,
            "Threads that start calls to the model");

    int upstreamThreads() {
        return upstreamThreads.value();
    }

    SessionSettings session() {
        return new SessionSettings(maxAnswerBytes.value(), releaseWait.value());
    }

    ConversationLimits conversation() {
        return new ConversationLimits(
                conversationMessages.value(), conversationBytes.value(), conversationsTotalBytes.value(), conversationIdleTimeout.value());
    }
}
