package io.bargein.server.session;

import io.bargein.server.backend.ClockTool;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** A session between fakes of ours: a scripted model, a recording way to the client, and tools that answer when told. */
final class SessionHarness {
    final EmbeddedChannel loop = new EmbeddedChannel();
    final ScriptedModel model = new ScriptedModel();
    final RecordingOutbound outbound = new RecordingOutbound();
    final Health health = new Health(Clock.systemUTC());
    final Conversations conversations = new Conversations(ConversationLimits.DEFAULT, Ticker.systemTicker());
    /** The calls of the tool, to be completed by the test. */
    final List<CompletableFuture<String>> toolCalls = new ArrayList<>();
    final Session session;
    /** Another connection's claim to the same session id, which came first. */
    final OtherConnection other = new OtherConnection();

    /** A newer connection that may come. */
    final OtherConnection newer = new OtherConnection();

    SessionHarness() {
        this(SessionSettings.DEFAULT);
    }

    SessionHarness(SessionSettings settings) {
        session = new Session("s", loop.eventLoop(), outbound,
                new SessionServices(model, List.of(new ClockTool(this::callTool)), Runnable::run, conversations, health, settings));
        outbound.listener(session);
        conversations.take("s", other);
    }

    private CompletionStage<String> callTool(ContentBlock.ToolUse use) {
        CompletableFuture<String> result = new CompletableFuture<>();
        toolCalls.add(result);
        return result;
    }

    /** Opens the session; its history comes with {@link #giveHistory}. */
    SessionHarness open() {
        session.open();
        return this;
    }

    SessionHarness giveHistory() {
        conversations.release("s", other);
        run();
        return this;
    }

    /** Whether a newer connection has the history, or gets it at once. Nothing can be asked of the session afterwards. */
    boolean letGo() {
        conversations.release("s", other);
        if (!newer.asked) {
            newerConnects();
        }
        return newer.conversation != null;
    }

    void newerConnects() {
        newer.asked = true;
        conversations.take("s", newer);
    }

    /** Runs what was posted to the loop. */
    void run() {
        loop.runPendingTasks();
    }

    /** The history, as in {@code u(one) a(Once) u(two)}. */
    String history() {
        String history = other.conversation.messages().stream()
                .map(m -> (m.role() == Message.Role.USER ? "u" : "a")
                        + m.content().stream().map(SessionHarness::render).collect(Collectors.joining("+", "(", ")")))
                .collect(Collectors.joining(" "));
        return history.isEmpty() ? "-" : history;
    }

    private static String render(ContentBlock block) {
        return block instanceof ContentBlock.Text t ? t.text()
                : block instanceof ContentBlock.ToolUse u ? "use " + u.id()
                : "result " + ((ContentBlock.ToolResult) block).toolUseId()
                        + (((ContentBlock.ToolResult) block).failed() ? " failed" : "");
    }

    /** Holds the conversation until it is released, and sees it ever after. */
    static final class OtherConnection implements Conversations.Holder {
        Conversation conversation;
        boolean asked;

        @Override
        public void given(Conversation given) {
            conversation = given;
        }

        @Override
        public void takenOver() {}
    }
}
