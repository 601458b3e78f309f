package io.bargein.server.session;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.CloseCode;
import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.ServerMessage.Interrupted.Reason;
import io.bargein.protocol.TurnId;
import io.bargein.server.conversation.Conversations;
import io.bargein.server.session.State.Active;
import io.bargein.server.session.State.Draining;
import io.bargein.server.session.State.Ending;
import io.bargein.server.session.State.RunningTools;
import io.bargein.server.session.State.Streaming;
import io.bargein.server.session.State.Waiting;
import io.bargein.server.spi.RequestContext;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletionStage;

/**
 * The turns of one connection, or the one turn of an invocation. Confined to {@code loop}: nothing here is volatile and nothing
 * locks. What the model says comes in through {@link Answering}, the conversation through a {@link Claim}; both post to the loop.
 *
 * <p>At an interrupt the order is: purge the outbox, hand over and flush {@code interrupted}, and only then cancel the call,
 * or tell the tools to stop, and start the next. From the moment the state names another call, or none, the old one's events are stale.
 */
public final class Session implements Outbound.Listener {
    private final String id;
    private final EventExecutor loop;
    private final Outbound outbound;
    private final SessionServices services;
    private final BusyPolicy busyPolicy;
    private final Answering answering;
    private final SessionReport report;
    /** Always posted: the newer connection may be on this very loop, in the middle of its own opening. */
    private final Conversations.Connection connection;

    private State state = State.IDLE;
    /** Number of the last turn begun; the first is 1. */
    private int lastTurn;
    /** What was last handed to the channel. */
    private ServerMessage lastSent;
    /** The running turn's claim to the history; null while no turn runs. */
    private Claim claim;

    /**
     * Creates a session without a turn.
     *
     * @param context where its prompts come from
     * @param loop the connection's event loop
     * @param outbound the way to the client
     * @param services what all sessions share
     * @param busyPolicy what a prompt does that meets another session's turn
     */
    public Session(RequestContext context, EventExecutor loop, Outbound outbound, SessionServices services, BusyPolicy busyPolicy) {
        this.id = context.sessionId();
        this.loop = loop;
        this.outbound = outbound;
        this.services = services;
        this.busyPolicy = busyPolicy;
        this.connection = () -> loop.execute(() -> close(CloseCode.TAKEN_OVER, "taken over"));
        this.answering = new Answering(this, context, loop, outbound, services);
        this.report = new SessionReport(context, services.listener(), loop, SessionReport.LET_GO_LIMIT);
    }

    /** Makes this the one connection of its conversation; an older one is closed. */
    public void connect() {
        assert loop.inEventLoop();
        services.conversations().connect(id, connection);
    }

    /**
     * The user said something: a turn begins, and the one that runs is interrupted first.
     *
     * @param prompt what was said
     */
    public void onPrompt(ClientMessage.Prompt prompt) {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            return;
        }
        String text = prompt.text();
        // It has no number as long as it has not begun.
        TurnId refused = prompt.turnId() == null ? TurnId.NONE : new TurnId(0, prompt.turnId());
        if (state instanceof Draining) {
            refuse(refused, ErrorType.DRAINING, "server: draining (expected: a new connection, with the same session id)");
            return;
        }
        if (!services.conversations().hasRoom(id, claim, text.length())) {
            refuse(refused, ErrorType.CONVERSATIONS_FULL, "conversations: full (expected: fewer or shorter conversations; try again later)");
            return;
        }
        Active interrupted = state.active();
        if (interrupted != null) {
            interrupt(interrupted, Reason.NEW_INPUT);
            if (claim.isAbandoned()) {
                // It has waited for its history in vain, and its error was still to be sent.
                afterTurn("prompt");
            }
        }
        if (claim == null) {
            Claim made = new Claim(this, id, loop, services.conversations());
            ServerMessage.Failure refusal = made.take(busyPolicy, refused);
            if (refusal != null) {
                refuse(refusal);
                return;
            }
            claim = made;
        }
        claim.prompt(text);
        Turn turn = new Turn(new TurnId(++lastTurn, prompt.turnId()), text, loop.ticker());
        outbound.control(new ServerMessage.TurnStarted(turn.id));
        report.started(turn);
        if (claim.isGiven()) {
            answering.ask(turn, "prompt");
        } else {
            transition(new Waiting(turn), "prompt");
        }
        outbound.flush();
    }

    /**
     * The user wants a turn stopped, and no other begun. Does nothing but answer where that turn does not run.
     *
     * @param which the turn that is meant
     */
    public void onCancel(TurnId which) {
        assert loop.inEventLoop();
        if (state instanceof State.Closed) {
            return;
        }
        Active running = state.active();
        boolean accepted = running != null && running.turn().id.isMeantBy(which);
        if (accepted) {
            interrupt(running, Reason.CANCEL);
        }
        outbound.control(new ServerMessage.CancelAck(accepted ? running.turn().id : which, accepted, running != null && !accepted));
        outbound.flush();
        if (accepted) {
            afterTurn("cancel");
        }
    }

    /** The client has said what it speaks. */
    public void onHello() {
        assert loop.inEventLoop();
        outbound.control(new ServerMessage.Ready());
        outbound.flush();
    }

    /**
     * The client sent something that is no message. The running turn goes on.
     *
     * @param error what was wrong and what was expected
     */
    public void onBadInput(String error) {
        assert loop.inEventLoop();
        if (!(state instanceof State.Closed)) {
            refuse(TurnId.NONE, ErrorType.INVALID_INPUT, error);
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
            sendInterrupted(running, code == CloseCode.TAKEN_OVER ? Reason.DISCONNECT : Reason.SHUTDOWN);
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
        if (claim != null) {
            claim.abandon();
            claim = null;
        }
        services.conversations().disconnect(id, connection);
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
            claim.keep(ending);
            outbound.data(report.ended(ending.turn(), ending.terminal()));
            afterTurn("terminal sent");
        }
    }

    @Override
    public void room() {
        assert loop.inEventLoop();
        if (state.active() instanceof Streaming streaming) {
            answering.demand(streaming);
        }
    }

    /** The history is here, with what was said before it came; says whether a turn has waited for it, which then begins. */
    boolean onConversation(Claim of) {
        assert loop.inEventLoop();
        if (claim == of && state.active() instanceof Waiting waiting) {
            answering.ask(waiting.turn(), "history given");
            return true;
        }
        return false;
    }

    /** Another session's prompt cuts in on this one's turn. */
    void onWanted(Claim of) {
        assert loop.inEventLoop();
        Active running = state.active();
        if (claim == of && running != null) {
            interrupt(running, Reason.NEW_INPUT);
            afterTurn("wanted");
        }
    }

    /** The history has not come in the time that its turn may wait. */
    void onWaitOver(Claim of, ErrorType type, String error) {
        assert loop.inEventLoop();
        if (claim == of && state.active() instanceof Waiting waiting) {
            claim.fail();
            end(waiting.turn(), new ServerMessage.Failure(waiting.turn().id, type, error));
        }
    }

    /** The model has said something. */
    void heard(Turn turn) {
        if (turn.firstDeltaNanos < 0) {
            turn.firstDeltaNanos = loop.ticker().nanoTime() - turn.startNanos;
            report.firstDelta(turn);
        }
    }

    /** All is said: the terminal queues behind what waits to be sent. */
    void end(Turn turn, ServerMessage terminal) {
        transition(state.with(new Ending(turn, terminal)), terminal instanceof ServerMessage.Complete ? "complete" : "failed");
        outbound.data(terminal);
        outbound.flush();
    }

    private void refuse(TurnId turn, ErrorType type, String error) {
        refuse(new ServerMessage.Failure(turn, type, error));
    }

    private void refuse(ServerMessage.Failure failure) {
        outbound.control(failure);
        outbound.flush();
    }

    private void interrupt(Active running, Reason reason) {
        sendInterrupted(running, reason);
        leave(running);
    }

    private void sendInterrupted(Active running, Reason reason) {
        Turn turn = running.turn();
        long began = loop.ticker().nanoTime();
        outbound.purgeData();
        // Only now is it known what was seen: text that was collected for a JSON answer counts from here on.
        ServerMessage.Interrupted interrupted = new ServerMessage.Interrupted(turn.id, reason, turn.seen());
        outbound.control(interrupted);
        outbound.flush();
        turn.partialResponse = interrupted.partialResponse();
        turn.interruptNanos = lastSent == interrupted ? loop.ticker().nanoTime() - began : -1;
    }

    /** Stops what the turn had going and keeps what the client saw of it. */
    private void leave(Active running) {
        CompletionStage<Void> letGo = running instanceof Streaming streaming ? answering.cancel(streaming.call()) : null;
        if (running instanceof RunningTools tools) {
            tools.round().drop();
        }
        claim.keepPartOf(running);
        report.left(running.turn(), letGo, metrics -> {
            outbound.control(metrics);
            outbound.flush();
        });
    }

    private void afterTurn(String why) {
        State left = state;
        transition(left instanceof Draining ? State.CLOSED : State.IDLE, why);
        claim.drop();
        claim = null;
        if (left instanceof Draining draining) {
            services.conversations().disconnect(id, connection);
            outbound.close(CloseCode.GOING_AWAY, draining.reason());
        }
    }

    /** The only assignment to {@code state}. */
    void transition(State next, String why) {
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

    State state() {
        return state;
    }

    Claim claim() {
        return claim;
    }

    Answering answering() {
        return answering;
    }
}
