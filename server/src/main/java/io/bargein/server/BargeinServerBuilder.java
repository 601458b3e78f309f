package io.bargein.server;

import io.bargein.protocol.Framing;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.conversation.StoreAccess;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.session.ToolSettings;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.spi.Tool;
import io.bargein.server.transport.Embedding;
import io.bargein.server.transport.PipelineHook;
import io.bargein.server.transport.TransportSettings;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Sets a server up. Not safe for use by several threads at once. */
public final class BargeinServerBuilder extends ServerSettings {
    /** How many threads start calls to the model by default. */
    static final int DEFAULT_UPSTREAM_THREADS = 8;

    /** How many threads call tools by default. */
    private static final int DEFAULT_TOOL_THREADS = 8;

    /** How many threads call the conversation store by default. */
    private static final int DEFAULT_STORE_THREADS = 8;

    /** When the server is healthy though its warm-up is not done: well before the platform gives up (contract C12). */
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(20);

    /** From when closing begins: how long calls to start an answer may keep the model from being closed. */
    private static final Duration LAST_STARTS = Duration.ofSeconds(5);

    Model model;
    final List<Tool> tools = new ArrayList<>();
    /** Null for memory alone. */
    ConversationStore conversationStore;
    int storeThreads = DEFAULT_STORE_THREADS;
    Duration historyWait = StoreAccess.DEFAULT_HISTORY_WAIT;
    BargeinServer.WarmUp warmUp = BargeinServer.WarmUp.NONE;
    Duration warmUpLimit = WARM_UP_LIMIT;
    Duration lastStarts = LAST_STARTS;
    Clock clock = Clock.systemUTC();
    Ticker ticker = Ticker.systemTicker();
    boolean logContent;
    final List<SessionListener> listeners = new ArrayList<>();
    final List<Framing> framings = new ArrayList<>();
    int upstreamThreads = DEFAULT_UPSTREAM_THREADS;
    Embedding embedding = Embedding.NONE;
    ToolSettings toolSettings = ToolSettings.DEFAULT;
    int toolThreads = DEFAULT_TOOL_THREADS;

    BargeinServerBuilder() {}

    @Override
    BargeinServerBuilder self() {
        return this;
    }

    /**
     * Sets what answers. The server closes it when it is closed itself, so no two servers may share one; one that does not start leaves it
     * open.
     *
     * @param model the model; there is no default
     * @return this builder
     */
    public BargeinServerBuilder model(Model model) {
        this.model = Objects.requireNonNull(model, "model");
        return this;
    }

    /**
     * Offers a tool to the model.
     *
     * @param tool the tool; its name may not have been used before
     * @return this builder
     * @throws IllegalArgumentException if there is a tool of that name, or what it says of itself is not as {@link Tool} says, as
     *     "tool.name: my tool (expected: 1 to 64 of a-z, A-Z, 0-9, _ and -)"
     */
    public BargeinServerBuilder tool(Tool tool) {
        Tool registered = new RegisteredTool(Objects.requireNonNull(tool, "tool"));
        if (tools.stream().anyMatch(other -> other.name().equals(registered.name()))) {
            throw new IllegalArgumentException("tool.name: " + registered.name() + " (expected: a name of its own)");
        }
        tools.add(registered);
        return this;
    }

    /**
     * Sets how long a call of a tool may take, its wait for a thread included. Past it the model is told that it timed out, the call is
     * {@linkplain io.bargein.server.spi.ToolCall#cancelled cancelled}, and the turn goes on.
     *
     * @param toolTimeout 10 ms to 1 h, default 30 s
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder toolTimeout(Duration toolTimeout) {
        toolSettings = new ToolSettings(toolSettings.maxRounds(), Objects.requireNonNull(toolTimeout, "toolTimeout"), toolSettings.maxResultBytes());
        return this;
    }

    /**
     * Sets how many times in one turn the model may ask for tools. Past it the turn ends with an error.
     *
     * @param maxToolRounds 1 to 1,000, default 16
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxToolRounds(int maxToolRounds) {
        toolSettings = new ToolSettings(maxToolRounds, toolSettings.timeout(), toolSettings.maxResultBytes());
        return this;
    }

    /**
     * Sets how long a tool's result may be. Of a longer one the model is shown nothing, but told that it was too long and what the limit
     * is; the turn goes on.
     *
     * @param maxToolResultBytes in UTF-8: 1 KiB to 64 MiB, default 64 KiB
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxToolResultBytes(int maxToolResultBytes) {
        toolSettings = new ToolSettings(toolSettings.maxRounds(), toolSettings.timeout(), maxToolResultBytes);
        return this;
    }

    /**
     * Sets how many calls of tools may block at a time, over all sessions. Those beyond it wait for a thread; past 10,000 of them the model
     * is told that the server is too busy.
     *
     * @param toolThreads 1 to 1,024, default 8
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder toolThreads(int toolThreads) {
        this.toolThreads = threads("toolThreads", toolThreads);
        return this;
    }

    /**
     * Sets where to listen.
     *
     * @param host an address or name of this machine; default {@value BargeinServer#DEFAULT_HOST}
     * @return this builder
     */
    public BargeinServerBuilder host(String host) {
        transport = transport.listeningOn(Objects.requireNonNull(host, "host"), transport.port());
        return this;
    }

    /**
     * Sets which port to listen on.
     *
     * @param port 0 to 65,535, where 0 takes a free one; default {@value BargeinServer#DEFAULT_PORT}
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder port(int port) {
        transport = transport.listeningOn(transport.host(), port);
        return this;
    }

    /**
     * Sets what the server does before its first healthy ping.
     *
     * @param warmUp default {@link BargeinServer.WarmUp#NONE}
     * @return this builder
     */
    public BargeinServerBuilder warmUp(BargeinServer.WarmUp warmUp) {
        this.warmUp = Objects.requireNonNull(warmUp, "warmUp");
        return this;
    }

    /**
     * Sets whether there is a chat page at {@code /}, for trying things out by hand.
     *
     * @param page default false
     * @return this builder
     */
    public BargeinServerBuilder page(boolean page) {
        transport = transport.withPage(page);
        return this;
    }

    /**
     * Sets where histories are kept. A store that fails or is slow costs no turn that a client has seen: what the turn has added stays in
     * memory, within the limit of all conversations, and is given to the store again and again.
     *
     * @param conversationStore the store; by default they are kept in memory, an hour past their last connection
     * @return this builder
     */
    public BargeinServerBuilder conversationStore(ConversationStore conversationStore) {
        this.conversationStore = Objects.requireNonNull(conversationStore, "conversationStore");
        return this;
    }

    /**
     * Sets how many calls of the conversation store may block at a time, over all sessions. Those beyond it wait for a thread, and with them
     * the prompts that need the history: a store that keeps many histories behind one slow place is better off answering with stages.
     *
     * @param storeThreads 1 to 1,024, default 8
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder storeThreads(int storeThreads) {
        this.storeThreads = threads("storeThreads", storeThreads);
        return this;
    }

    /**
     * Adds handlers of the application's own to each connection's pipeline. May be called several times: the customizers are called in
     * this order.
     *
     * @param customizer adds the handlers
     * @return this builder
     * @throws NullPointerException if it is null
     */
    public BargeinServerBuilder pipeline(PipelineCustomizer customizer) {
        Objects.requireNonNull(customizer, "customizer");
        List<PipelineHook> hooks = new ArrayList<>(embedding.hooks());
        hooks.add(new PipelineHook(customizer.getClass().getName(), customizer::accepted, customizer::upgraded));
        embedding = new Embedding(embedding.acceptors(), embedding.workers(), embedding.serverChannel(), embedding.allocator(), hooks,
                embedding.framings());
        return this;
    }

    /**
     * Sets how long a prompt waits for its history to be loaded from the conversation store; past it the prompt gets an error, and is not
     * in the history. Without a store nothing is waited for.
     *
     * @param historyWait 10 ms to 1 min; default 2 s
     * @return this builder
     * @throws IllegalArgumentException if it is out of range, as "historyWait: PT0S (expected: 10ms to 1m)"
     */
    public BargeinServerBuilder historyWait(Duration historyWait) {
        this.historyWait = StoreAccess.checked(Objects.requireNonNull(historyWait, "historyWait"));
        return this;
    }

    /**
     * Brings the event loops along that the server is to live on, as {@link #eventLoopGroup(EventLoopGroup, EventLoopGroup)} with the same
     * group twice.
     *
     * @param group accepts and serves connections; default a group of the server's own
     * @return this builder
     * @throws NullPointerException if it is null
     */
    public BargeinServerBuilder eventLoopGroup(EventLoopGroup group) {
        return eventLoopGroup(group, group);
    }

    /**
     * Brings the event loops along that the server is to live on, beside whatever else they do. They decide what listens, be it NIO, epoll,
     * kqueue or io_uring. The server does not shut them down; when it is closed, nothing of it is left on them. {@code start}, {@code close}
     * and whatever else waits may not be called on one of them.
     *
     * @param acceptors accepts connections; default a group of the server's own
     * @param workers serves connections
     * @return this builder
     * @throws NullPointerException if one is null
     */
    public BargeinServerBuilder eventLoopGroup(EventLoopGroup acceptors, EventLoopGroup workers) {
        embedding = new Embedding(Objects.requireNonNull(acceptors, "acceptors"), Objects.requireNonNull(workers, "workers"),
                embedding.serverChannel(), embedding.allocator(), embedding.hooks(), embedding.framings());
        return this;
    }

    /**
     * Sets what listens, for event loops that are brought along and do not say themselves what they drive.
     *
     * @param serverChannel a channel's class; default what the event loops drive
     * @return this builder
     * @throws NullPointerException if it is null
     */
    public BargeinServerBuilder serverChannel(Class<? extends ServerSocketChannel> serverChannel) {
        embedding = new Embedding(embedding.acceptors(), embedding.workers(), Objects.requireNonNull(serverChannel, "serverChannel"),
                embedding.allocator(), embedding.hooks(), embedding.framings());
        return this;
    }

    /**
     * Sets what makes the connections' buffers.
     *
     * @param allocator makes buffers; default Netty's own default
     * @return this builder
     * @throws NullPointerException if it is null
     */
    public BargeinServerBuilder allocator(ByteBufAllocator allocator) {
        embedding = new Embedding(embedding.acceptors(), embedding.workers(), embedding.serverChannel(),
                Objects.requireNonNull(allocator, "allocator"), embedding.hooks(), embedding.framings());
        return this;
    }

    BargeinServerBuilder warmUpLimit(Duration warmUpLimit) {
        this.warmUpLimit = warmUpLimit;
        return this;
    }

    BargeinServerBuilder lastStarts(Duration lastStarts) {
        this.lastStarts = lastStarts;
        return this;
    }

    /** Sets what tells the time, for whoever wants to move it. */
    BargeinServerBuilder clocks(Clock clock, Ticker ticker) {
        this.clock = clock;
        this.ticker = ticker;
        return this;
    }

    BargeinServerBuilder transport(TransportSettings transport) {
        this.transport = transport;
        return this;
    }

    BargeinServerBuilder session(SessionSettings session) {
        this.session = session;
        return this;
    }

    BargeinServerBuilder conversation(ConversationLimits conversation) {
        this.conversation = conversation;
        return this;
    }

    /**
     * Sets whether the log is to have the prompt and the answer of each turn.
     *
     * @param logContent default false: nothing of what is said is logged
     * @return this builder
     */
    public BargeinServerBuilder logContent(boolean logContent) {
        this.logContent = logContent;
        return this;
    }

    /**
     * Adds one that hears of turns and connections, beside the log.
     *
     * @param listener told in the order of these calls
     * @return this builder
     */
    public BargeinServerBuilder listener(SessionListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Adds a framing for WebSocket connections. Those that no framing wants speak the text protocol; framings that are found by
     * {@link java.util.ServiceLoader} are chosen by subprotocol, and need not be given here.
     *
     * @param framing asked in the order of these calls
     * @return this builder
     */
    public BargeinServerBuilder framing(Framing framing) {
        framings.add(Objects.requireNonNull(framing, "framing"));
        return this;
    }

    /**
     * Sets how many starts of answers may block at a time, over all sessions: {@link Model#start} is called on these threads.
     *
     * @param upstreamThreads 1 to 1,024, default 8
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder upstreamThreads(int upstreamThreads) {
        this.upstreamThreads = threads("upstreamThreads", upstreamThreads);
        return this;
    }

    private static int threads(String name, int count) {
        if (count < 1 || count > 1_024) {
            throw new IllegalArgumentException(name + ": " + count + " (expected: 1 to 1024)");
        }
        return count;
    }

    /**
     * Binds the port and begins to serve.
     *
     * @return the server, to be closed
     * @throws IllegalStateException if there is no model, or if the event loops that are brought along are shut down, do not drive the
     *     channel that is to listen, or are this thread's
     * @throws IOException if the address cannot be bound
     */
    public BargeinServer start() throws IOException {
        if (model == null) {
            throw new IllegalStateException("model: missing (expected: a call of model(…))");
        }
        return new BargeinServer(this);
    }
}
