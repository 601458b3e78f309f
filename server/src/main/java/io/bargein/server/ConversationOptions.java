package io.bargein.server;

import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.session.SessionSettings;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The settings of turns and histories. What they mean is said once, at the records they become. */
final class ConversationOptions {

    @Option(names = "--max-answer-bytes", paramLabel = "SIZE", defaultValue = "1MiB", converter = IntSize.class,
            description = "Longest answer of one turn in UTF-8; past it an error")
    private int maxAnswerBytes;

    @Option(names = "--conversation-messages", paramLabel = "N", defaultValue = "" + ConversationLimits.DEFAULT_MAX_MESSAGES,
            description = "Most messages of a conversation; past it the oldest turns are forgotten")
    private int conversationMessages;

    @Option(names = "--conversation-bytes", paramLabel = "SIZE", defaultValue = "1MiB", converter = LongSize.class,
            description = "Most text of a conversation; past it the oldest turns are forgotten")
    private long conversationBytes;

    @Option(names = "--conversations-total-bytes", paramLabel = "SIZE", defaultValue = "256MiB", converter = LongSize.class,
            description = "Most text of all conversations; past it those longest without a connection are forgotten")
    private long conversationsTotalBytes;

    @Option(names = "--conversation-idle-timeout", paramLabel = "TIME", defaultValue = "1h", converter = Durations.class,
            description = "Time a conversation without a connection is remembered")
    private Duration conversationIdleTimeout;

    @Option(names = "--release-wait", paramLabel = "TIME", defaultValue = "50ms", converter = Durations.class,
            description = "Time a new call to the model waits for the interrupted one to let go of its connection")
    private Duration releaseWait;

    @Option(names = "--upstream-threads", paramLabel = "N",
            defaultValue = "" + BargeinServer.Builder.DEFAULT_UPSTREAM_THREADS,
            description = "Threads that start calls to the model and call tools")
    private int upstreamThreads;

    int upstreamThreads() {
        return upstreamThreads;
    }

    SessionSettings session() {
        return new SessionSettings(maxAnswerBytes, releaseWait);
    }

    ConversationLimits conversation() {
        return new ConversationLimits(
                conversationMessages, conversationBytes, conversationsTotalBytes, conversationIdleTimeout);
    }
}
