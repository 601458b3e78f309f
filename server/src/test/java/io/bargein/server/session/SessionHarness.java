package io.bargein.server.session;

import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Tool;
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
    final SlowTool tool = new SlowTool();
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
                new SessionServices(model, List.of(tool), Runnable::run, conversations, health, settings));
        outbound.listener(session);
        conversations.take("s", other);
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

    static final class SlowTool implements Tool {
        final List<CompletableFuture<String>> calls = new ArrayList<>();

        @Override
        public String name() {
            return "clock";
        }

        @Override
        public String description() {
            return "tells the time";
        }

        @Override
        public String inputSchema() {
            return "{\"type\":\"object\"}";
        }

        @Override
        public CompletionStage<String> call(ContentBlock.ToolUse call) {
            CompletableFuture<String> result = new CompletableFuture<>();
            calls.add(result);
            return result;
        }
    }
}
