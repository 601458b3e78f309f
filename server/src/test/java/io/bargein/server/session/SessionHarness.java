package io.bargein.server.session;

import io.bargein.server.backend.ScriptedTool;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.conversation.Conversations.WhenBusy;
import io.bargein.server.conversation.StoreAccess;
import io.bargein.server.operations.Health;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A session between fakes of ours: a scripted model, a recording way to the client, and tools that answer when told. */
final class SessionHarness {
    final ScriptedModel model = new ScriptedModel();
    final RecordingOutbound outbound = new RecordingOutbound();
    final Health health = new Health(Clock.systemUTC());
    private final MockTicker ticker = Ticker.newMockTicker();
    final EmbeddedChannel loop = EmbeddedChannel.builder().ticker(ticker).build();
    final Conversations conversations;
    /** The calls of the tools, to be completed by the test. */
    final List<MadeCall> toolCalls = new ArrayList<>();
    /** The ids of the calls that were told to stop. */
    final List<String> signals = new ArrayList<>();
    /** Runs when a call is told to stop. */
    Runnable onSignal = () -> {};
    /** What waits for a thread to call tools on; null to have it run at once. */
    Queue<Runnable> toolQueue;
    final Session session;
    /** Another turn of the same session id, which came first. */
    final OtherTurn other = new OtherTurn();
    /** A turn that may cut in on the session's. */
    private final OtherTurn cutter = new OtherTurn();
    /** A turn that may come after the session's. */
    private final OtherTurn next = new OtherTurn();

    SessionHarness() {
        this(SessionSettings.DEFAULT);
    }

    SessionHarness(SessionSettings settings) {
        this(settings, ToolSettings.DEFAULT);
    }

    SessionHarness(SessionSettings settings, ToolSettings toolSettings) {
        this(settings, toolSettings, null, BusyPolicy.CUT_IN);
        other.takes(WhenBusy.WAIT);
    }

    /** With a store, which is called on the loop and waited for 2 s; or null. There is no other turn. */
    SessionHarness(SessionSettings settings, ConversationStore store, BusyPolicy busyPolicy) {
        this(settings, ToolSettings.DEFAULT, store, busyPolicy);
    }

    private SessionHarness(SessionSettings settings, ToolSettings toolSettings, ConversationStore store, BusyPolicy busyPolicy) {
        conversations = new Conversations(ConversationLimits.DEFAULT, ticker,
                store == null ? null : new StoreAccess(store, Duration.ofSeconds(2), loop.eventLoop(), loop.eventLoop()));
        Toolbox toolbox = new Toolbox(List.of(new ScriptedTool("clock", this::callTool), new ScriptedTool("mail", true, this::callTool)),
                this::onToolThread, Runnable::run, toolSettings);
        session = new Session(RequestContext.of(RequestContext.Kind.WS, "s", "r"), loop.eventLoop(), outbound,
                new SessionServices(model, toolbox, Runnable::run, conversations, health, settings,
                        new SessionListener() {}), busyPolicy);
        outbound.listener(session);
    }

    /** One call of a tool, from the tool's side. */
    record MadeCall(ToolCall call, CompletableFuture<ToolResult> result) {
        void answers(String content) {
            result.complete(ToolResult.of(content));
        }
    }

    private CompletionStage<ToolResult> callTool(ToolCall call) {
        MadeCall made = new MadeCall(call, new CompletableFuture<>());
        toolCalls.add(made);
        call.cancelled().thenRun(() -> {
            signals.add(call.use().id());
            onSignal.run();
        });
        return made.result();
    }

    private void onToolThread(Runnable task) {
        if (toolQueue == null) {
            task.run();
        } else if (!toolQueue.offer(task)) {
            throw new RejectedExecutionException("planted: full");
        }
    }

    /** Lets so much time pass. */
    void pass(Duration time) {
        ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
        run();
    }

    /** Opens the session; its history comes with {@link #giveHistory}. */
    SessionHarness open() {
        session.connect();
        return this;
    }

    SessionHarness giveHistory() {
        conversations.release("s", other);
        run();
        return this;
    }

    /** Whether another turn has the history, or gets it at once. Nothing can be asked of the session afterwards. */
    boolean letGo() {
        giveHistory();
        return cutter.conversation != null || next.takes(WhenBusy.REJECT);
    }

    /** Whether nothing keeps the history from being forgotten in time. Nothing can be asked of the session afterwards. */
    boolean left() {
        giveHistory();
        conversations.release("s", cutter);
        conversations.release("s", next);
        ticker.advance(1, TimeUnit.HOURS);
        conversations.forgetIdle();
        return conversations.size() == 0;
    }

    void newerConnects() {
        conversations.connect("s", () -> {});
    }

    void anotherTurnCutsIn() {
        cutter.takes(WhenBusy.INTERRUPT);
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
    final class OtherTurn implements Conversations.Holder {
        Conversation conversation;

        boolean takes(WhenBusy whenBusy) {
            if (conversations.take("s", this, whenBusy, 10) instanceof Conversations.Taken.Given now) {
                conversation = now.conversation();
            }
            return conversation != null;
        }

        @Override
        public void given(Conversation given) {
            conversation = given;
        }

        @Override
        public void unreadable() {}

        @Override
        public void wanted() {}
    }
}
