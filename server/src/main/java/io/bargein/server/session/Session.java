package io.bargein.server.session;

import io.bargein.protocol.CloseCode;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.conversation.Conversation;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.session.State.Active;
import io.bargein.server.session.State.Draining;
import io.bargein.server.session.State.Ending;
import io.bargein.server.session.State.RunningTools;
import io.bargein.server.session.State.Streaming;
import io.bargein.server.session.State.Waiting;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One connection's turns. Confined to {@code loop}: nothing here is volatile and nothing locks. Model events come in through
 * {@link Call}, the conversation through {@link #holder}; both post to the loop.
 *
 * <p>At an interrupt the order is: purge the outbox, hand over and flush {@code interrupted}, and only then cancel the call
 * and start the next. From the moment the state names another call, or none, the old one's events are stale.
 */
public final class Session implements Outbound.Listener {
    private final String id;
    private final EventExecutor loop;
    private final Outbound outbound;
    private final SessionServices services;
    private final Upstream upstream;
    private final SessionLog report;
    private final Conversations.Holder holder;

    private State state = State.IDLE;
    /** Number of the last turn begun; the first is 1. */
    private int lastTurn;
    /** The history; null until it is given to this session, and after it was given back. */
    private Conversation conversation;
    /** What was last handed to the channel. */
    private ServerMessage lastSent;
    /** Prompts that came before the history. */
    private List<String> early = new ArrayList<>(1);

    /**
     * Creates a session without a turn. {@link #open} must follow.
     *
     * @param id the session id
     * @param loop the connection's event loop
     * @param outbound the way to the client
     * @param services what all sessions share
     */
    public Session(String id, EventExecutor loop, Outbound outbound, SessionServices services) {
        this.id = id;
        this.loop = loop;
        this.outbound = outbound;
        this.services = services;
        this.upstream = new Upstream(services.model(), services.upstream(), services.settings().releaseWait());
        this.holder = new HistoryHolder(this, loop);
        this.report = new SessionLog(id, services.logs(), loop.ticker());
    }

    /** Asks for the session's history; prompts may come from now on. */
    public void open() {
        assert loop.inEventLoop();
        services.conversations().take(id, holder);
    }

    /**
     * The user said something: a turn begins, and the one that runs is interrupted first.
     *
     * @param text what was said: not blank, without lone surrogates
     */
    public void onPrompt(String text) {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            return;
        }
        if (state instanceof Draining) {
            refuse("server: draining (expected: a new connection, with the same session id)");
            return;
        }
        if (!services.conversations().hasRoom(id, text.length())) {
            refuse("conversations: full (expected: fewer or shorter conversations; try again later)");
            return;
        }
        Active interrupted = state.active();
        if (interrupted != null) {
            sendInterrupted(interrupted);
            leave(interrupted);
        }
        Turn turn = new Turn(++lastTurn, text, loop.ticker());
        if (conversation == null) {
            early.add(text);
            transition(new Waiting(turn), "prompt");
        } else {
            conversation.prompt(text);
            ask(turn, "prompt");
        }
        outbound.flush();
    }

    /** The user wants the running turn stopped, and no other begun. Does nothing when none runs. */
    public void onCancel() {
        assert loop.inEventLoop();
        Active running = state.active();
        if (running != null) {
            sendInterrupted(running);
            leave(running);
            afterTurn("cancel");
        }
    }

    /**
     * The client sent something that is no message. The running turn goes on.
     *
     * @param error what was wrong and what was expected
     */
    public void onBadInput(String error) {
        assert loop.inEventLoop();
        if (!(state instanceof State.Closed)) {
            refuse(error);
        }
    }

    /**
     * The running turn may end, no other begins, and then the connection is closed with 1001.
     *
     * @param reason why, for the client: at most 123 bytes of UTF-8
     */
    public void drain(String reason) {
        assert loop.inEventLoop();
        if (state instanceof State.Idle) {
            close(CloseCode.GOING_AWAY, reason);
        } else if (state instanceof Active running) {
            transition(new Draining(running, reason), "drain");
        }
    }

    /**
     * Ends the running turn with {@code interrupted} and closes the connection.
     *
     * @param code the close code
     * @param reason the reason, at most 123 bytes of UTF-8
     */
    public void close(int code, String reason) {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            return;
        }
        Active running = state.active();
        if (running != null) {
            sendInterrupted(running);
        }
        outbound.close(code, reason);
    }

    /** The connection is closed or being closed: stops the running turn at its source and gives the history back. */
    @Override
    public void closing() {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            return;
        }
        Active running = state.active();
        if (running != null) {
            leave(running);
        }
        transition(State.CLOSED, "connection closed");
        conversation = null;
        services.conversations().release(id, holder);
    }

    /**
     * Says whether a turn runs.
     *
     * @return true from a prompt to its terminal
     */
    public boolean isBusy() {
        return state.active() != null;
    }

    /**
     * The connection is gone: the last that is heard of it.
     *
     * @param code the close code; 1006 where there was none
     * @param reason the reason, or ""
     * @param by who closed it
     */
    public void ended(int code, String reason, String by) {
        report.connectionEnded(code, reason, by);
    }

    @Override
    public void sent(ServerMessage message) {
        assert loop.inEventLoop();
        lastSent = message;
        Active running = state.active();
        if (running != null && message instanceof ServerMessage.Chunk chunk) {
            running.turn().sent(chunk.data());
        } else if (running instanceof Ending ending && ending.terminal() == message) {
            keep(ending);
            afterTurn("terminal sent");
        }
    }

    @Override
    public void room() {
        assert loop.inEventLoop();
        if (state.active() instanceof Streaming streaming) {
            demand(streaming);
        }
    }

    void onText(Call of, String text) {
        assert loop.inEventLoop();
        if (!(state.active() instanceof Streaming streaming) || streaming.call() != of) {
            return;
        }
        Turn turn = streaming.turn();
        turn.outstanding--;
        String whole = turn.add(text);
        if (turn.bytes() > services.settings().maxAnswerBytes()) {
            upstream.cancel(of);
            end(turn, new ServerMessage.Failure("answer: over " + services.settings().maxAnswerBytes()
                    + " bytes (expected: a shorter one; ask for less, or raise --max-answer-bytes)"));
        } else if (!whole.isEmpty()) {
            outbound.data(new ServerMessage.Chunk(whole));
        }
    }

    void onToolUse(Call of, ContentBlock.ToolUse use) {
        assert loop.inEventLoop();
        if (state.active() instanceof Streaming streaming && streaming.call() == of) {
            streaming.turn().outstanding--;
            streaming.turn().uses.add(use);
        }
    }

    void onEnd(Call of, GenerationEnd end) {
        assert loop.inEventLoop();
        if (!(state.active() instanceof Streaming streaming) || streaming.call() != of) {
            return;
        }
        Turn turn = streaming.turn();
        String rest = turn.endOfText();
        if (!rest.isEmpty()) {
            outbound.data(new ServerMessage.Chunk(rest));
        }
        turn.ended(end);
        if (turn.uses.isEmpty()) {
            end(turn, new ServerMessage.Complete(turn.full()));
        } else if (turn.rounds == SessionSettings.MAX_TOOL_ROUNDS) {
            end(turn, new ServerMessage.Failure("tools: asked for in more than " + SessionSettings.MAX_TOOL_ROUNDS
                    + " rounds (expected: an answer by then)"));
        } else {
            ToolRound round = new ToolRound(turn.uses);
            transition(state.with(new RunningTools(turn, round)), "tools asked for");
            round.call(services.tools(), services.upstream(), loop, this);
        }
    }

    void onError(Call of, ModelException error) {
        assert loop.inEventLoop();
        if (state.active() instanceof Streaming streaming && streaming.call() == of) {
            streaming.turn().failure = error;
            String rest = streaming.turn().endOfText();
            if (!rest.isEmpty()) {
                outbound.data(new ServerMessage.Chunk(rest));
            }
            end(streaming.turn(), new ServerMessage.Failure(error.getMessage()));
        }
    }

    /** All events that had come by now have been told. */
    void onBatchEnd(Call of) {
        assert loop.inEventLoop();
        outbound.flush();
        if (state.active() instanceof Streaming streaming && streaming.call() == of) {
            demand(streaming);
        }
    }

    void onToolResult(ToolRound round, int index, ContentBlock.ToolResult result) {
        assert loop.inEventLoop();
        if (state.active() instanceof RunningTools running && running.round() == round && round.complete(index, result)) {
            Turn turn = running.turn();
            conversation.toolRound(turn.saidInRound(), round.uses(), round.results());
            turn.nextRound();
            ask(turn, "tools done");
        }
    }

    /** The history is here: what was said before it came is added, and the turn that waited for it begins. */
    void onConversation(Conversation given) {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            services.conversations().release(id, holder);
            return;
        }
        conversation = given;
        early.forEach(given::prompt);
        early = null;
        if (state.active() instanceof Waiting waiting) {
            ask(waiting.turn(), "history given");
        }
    }

    private void ask(Turn turn, String why) {
        Call call = new Call(this, loop, new ModelRequest(id, conversation.messages(), services.tools()));
        Streaming next = new Streaming(turn, call);
        transition(state.with(next), why);
        demand(next);
        upstream.start(call);
    }

    /** Asks for more of the answer while there is room for it, in gulps rather than sips. */
    private void demand(Streaming streaming) {
        Turn turn = streaming.turn();
        long more = SessionSettings.DEMAND_WINDOW - turn.outstanding;
        if (more >= SessionSettings.DEMAND_WINDOW / 2 && outbound.hasRoom()) {
            turn.outstanding += more;
            streaming.call().request(more);
        }
    }

    private void end(Turn turn, ServerMessage terminal) {
        transition(state.with(new Ending(turn, terminal)), terminal instanceof ServerMessage.Complete ? "complete" : "failed");
        outbound.data(terminal);
        outbound.flush();
    }

    private void refuse(String error) {
        outbound.control(new ServerMessage.Failure(error));
        outbound.flush();
    }

    private void sendInterrupted(Active running) {
        Turn turn = running.turn();
        long began = loop.ticker().nanoTime();
        ServerMessage interrupted = new ServerMessage.Interrupted(turn.seen());
        outbound.purgeData();
        outbound.control(interrupted);
        outbound.flush();
        turn.interrupted = true;
        turn.interruptNanos = lastSent == interrupted ? loop.ticker().nanoTime() - began : -1;
    }

    /** Stops what the turn had going and keeps what the client saw of it. */
    private void leave(Active running) {
        CompletionStage<Void> letGo = running instanceof Streaming streaming ? upstream.cancel(streaming.call()) : null;
        running.leaveIn(conversation);
        report.left(running.turn(), letGo);
    }

    /** Keeps a turn whose terminal was sent. */
    private void keep(Ending ending) {
        Turn turn = ending.turn();
        if (ending.terminal() instanceof ServerMessage.Complete) {
            conversation.answered(turn.seenInRound());
        } else {
            conversation.failed(!turn.seen().isBlank(), turn.seenInRound());
        }
        report.ended(turn, ending.terminal());
    }

    private void afterTurn(String why) {
        if (state instanceof Draining draining) {
            transition(State.CLOSED, why);
            conversation = null;
            services.conversations().release(id, holder);
            outbound.close(CloseCode.GOING_AWAY, draining.reason());
        } else {
            transition(State.IDLE, why);
        }
    }

    /** The only assignment to {@code state}. */
    private void transition(State next, String why) {
        assert loop.inEventLoop() : "off the loop: " + Thread.currentThread().getName();
        assert state.mayBecome(next) : state + " -> " + next + ": " + why;
        State left = state;
        state = next;
        if (left.active() == null && next.active() != null) {
            services.health().turnStarted();
        } else if (left.active() != null && next.active() == null) {
            services.health().turnEnded();
        }
        report.moved(left, next, why);
    }

    /** For the state table's test. */
    State state() {
        return state;
    }
}
