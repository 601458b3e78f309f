package io.bargein.server.session;

import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.session.State.RunningTools;
import io.bargein.server.session.State.Streaming;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.RequestContext;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletionStage;

/**
 * The model's side of a session's turns: asks, hears the answer out, calls the tools and asks again, and hands what comes of it to
 * the client. Only the call, and only the round of tools, that the session's state names is heard; what comes of any other is stale.
 * Confined to the session's event loop.
 */
final class Answering {
    private final Session session;
    private final RequestContext context;
    private final EventExecutor loop;
    private final Outbound outbound;
    private final SessionServices services;
    private final Upstream upstream;

    Answering(Session session, RequestContext context, EventExecutor loop, Outbound outbound, SessionServices services) {
        this.session = session;
        this.context = context;
        this.loop = loop;
        this.outbound = outbound;
        this.services = services;
        this.upstream = new Upstream(services.model(), services.upstream(), services.settings().releaseWait());
    }

    /** Asks the model for an answer, or for the next part of one, to the history as it stands. */
    void ask(Turn turn, String why) {
        Call call = new Call(this, loop, new ModelRequest(context, session.claim().conversation().messages(), services.tools()));
        Streaming next = new Streaming(turn, call);
        session.transition(session.state().with(next), why);
        demand(next);
        upstream.start(call);
    }

    /** Asks for more of the answer while there is room for it, in gulps rather than sips. */
    void demand(Streaming streaming) {
        Turn turn = streaming.turn();
        long more = SessionSettings.DEMAND_WINDOW - turn.outstanding;
        if (more >= SessionSettings.DEMAND_WINDOW / 2 && outbound.hasRoom()) {
            turn.outstanding += more;
            streaming.call().request(more);
        }
    }

    /** The model has told something after the end. On any thread. */
    void ignored() {
        services.listener().eventIgnored(context);
    }

    /** Stops a call; completes when the model has let go of it. Null if it never came to the model. */
    CompletionStage<Void> cancel(Call call) {
        return upstream.cancel(call);
    }

    void onText(Call of, String text) {
        assert loop.inEventLoop();
        if (!(session.state().active() instanceof Streaming streaming) || streaming.call() != of) {
            return;
        }
        Turn turn = streaming.turn();
        turn.outstanding--;
        session.heard(turn);
        String whole = turn.add(text);
        if (turn.bytes() > services.settings().maxAnswerBytes()) {
            upstream.cancel(of);
            session.end(turn, new ServerMessage.Failure(turn.id, ErrorType.ANSWER_TOO_LONG, "answer: over " + services.settings().maxAnswerBytes()
                    + " bytes (expected: a shorter one; ask for less, or raise --max-answer-bytes)"));
        } else if (!whole.isEmpty()) {
            outbound.data(new ServerMessage.Chunk(turn.id, whole));
        }
    }

    void onReasoning(Call of, String text) {
        assert loop.inEventLoop();
        if (session.state().active() instanceof Streaming streaming && streaming.call() == of) {
            streaming.turn().outstanding--;
            String whole = streaming.turn().addReasoning(text);
            if (!whole.isEmpty()) {
                outbound.data(new ServerMessage.Reasoning(streaming.turn().id, whole));
            }
        }
    }

    void onToolUse(Call of, ContentBlock.ToolUse use) {
        assert loop.inEventLoop();
        if (session.state().active() instanceof Streaming streaming && streaming.call() == of) {
            streaming.turn().outstanding--;
            streaming.turn().uses.add(use);
        }
    }

    void onEnd(Call of, GenerationEnd end) {
        assert loop.inEventLoop();
        if (!(session.state().active() instanceof Streaming streaming) || streaming.call() != of) {
            return;
        }
        Turn turn = streaming.turn();
        String rest = turn.endOfText();
        if (!rest.isEmpty()) {
            outbound.data(new ServerMessage.Chunk(turn.id, rest));
        }
        turn.ended(end);
        if (turn.uses.isEmpty()) {
            session.end(turn, new ServerMessage.Complete(turn.id, turn.full(), end.stopReason(), turn.usage()));
        } else if (turn.rounds == SessionSettings.MAX_TOOL_ROUNDS) {
            session.end(turn, new ServerMessage.Failure(turn.id, ErrorType.TOO_MANY_TOOL_ROUNDS, "tools: asked for in more than "
                    + SessionSettings.MAX_TOOL_ROUNDS + " rounds (expected: an answer by then)"));
        } else {
            ToolRound round = new ToolRound(turn.uses);
            session.transition(session.state().with(new RunningTools(turn, round)), "tools asked for");
            round.call(services.tools(), services.upstream(), loop, this);
        }
    }

    void onError(Call of, ModelException error) {
        assert loop.inEventLoop();
        if (session.state().active() instanceof Streaming streaming && streaming.call() == of) {
            Turn turn = streaming.turn();
            turn.failure = error;
            String rest = turn.endOfText();
            if (!rest.isEmpty()) {
                outbound.data(new ServerMessage.Chunk(turn.id, rest));
            }
            session.end(turn, new ServerMessage.Failure(turn.id, ErrorType.valueOf(error.kind().name()), error.getMessage()));
        }
    }

    /** All events that had come by now have been told. */
    void onBatchEnd(Call of) {
        assert loop.inEventLoop();
        outbound.flush();
        if (session.state().active() instanceof Streaming streaming && streaming.call() == of) {
            demand(streaming);
        }
    }

    void onToolResult(ToolRound round, int index, ContentBlock.ToolResult result) {
        assert loop.inEventLoop();
        if (session.state().active() instanceof RunningTools running && running.round() == round && round.complete(index, result)) {
            Turn turn = running.turn();
            session.claim().conversation().toolRound(turn.saidInRound(), round.uses(), round.results());
            turn.nextRound();
            ask(turn, "tools done");
        }
    }
}
