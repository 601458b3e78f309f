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
import io.bargein.server.spi.ToolResult;
import io.bargein.server.spi.Usage;
import io.netty.util.concurrent.EventExecutor;
import java.util.BitSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model's side of a session's turns: asks, hears the answer out, calls the tools and asks again, and hands what comes of it to
 * the client. Only the call, and only the round of tools, that the session's state names is heard; what comes of any other is stale.
 * Confined to the session's event loop.
 */
final class Answering {
    private static final Logger log = LoggerFactory.getLogger(Answering.class);

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
        Call call = new Call(this, loop, new ModelRequest(context, session.claim().conversation().messages(),
                services.toolbox().tools()));
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
        Turn turn = taking(of);
        if (turn != null) {
            session.heard(turn);
            String whole = turn.add(text);
            if (checkLength(of, turn)) {
                send(turn, whole);
            }
        }
    }

    void onReasoning(Call of, String text) {
        Turn turn = taking(of);
        if (turn != null) {
            String whole = turn.addReasoning(text);
            if (!whole.isEmpty()) {
                outbound.data(new ServerMessage.Reasoning(turn.id, whole));
            }
        }
    }

    void onReasoningEnd(Call of, ContentBlock.Reasoning reasoning) {
        Turn turn = taking(of);
        if (turn != null) {
            turn.thought(reasoning);
            checkLength(of, turn);
        }
    }

    void onToolUse(Call of, ContentBlock.ToolUse use) {
        Turn turn = taking(of);
        if (turn != null) {
            turn.asksFor(use);
            checkLength(of, turn);
        }
    }

    void onEnd(Call of, GenerationEnd end) {
        Turn turn = hearing(of);
        if (turn == null) {
            return;
        }
        send(turn, turn.endOfText());
        turn.ended(end);
        if (turn.uses.isEmpty()) {
            session.end(turn, new ServerMessage.Complete(turn.id, turn.full(), end.stopReason(), usage(turn)));
        } else if (turn.rounds == services.toolbox().settings().maxRounds()) {
            session.end(turn, new ServerMessage.Failure(turn.id, ErrorType.TOO_MANY_TOOL_ROUNDS, "tools: asked for in more than "
                    + turn.rounds + " rounds (expected: an answer by then)"));
        } else {
            callTools(turn);
        }
    }

    void onError(Call of, ModelException error) {
        Turn turn = hearing(of);
        if (turn != null) {
            turn.failure = error;
            send(turn, turn.endOfText());
            session.end(turn, new ServerMessage.Failure(turn.id, ErrorType.valueOf(error.kind().name()), error.getMessage()));
        }
    }

    /** The turn that is heard in a call; null if what comes of that is stale. */
    private Turn hearing(Call of) {
        assert loop.inEventLoop();
        return session.state().active() instanceof Streaming streaming && streaming.call() == of ? streaming.turn() : null;
    }

    /**
     * The turn that an event of a call is of, off whose demand it is taken. Null if it is stale, or more than was asked for: then the turn
     * ends, as nothing else would bound what comes.
     */
    private Turn taking(Call of) {
        Turn turn = hearing(of);
        if (turn == null || --turn.outstanding >= 0) {
            return turn;
        }
        log.warn("{}: the model told more than it was asked for (expected: no more events than Generation.request allows)", context);
        breakOff(of, turn, ErrorType.INTERNAL, "model: told more than it was asked for");
        return null;
    }

    /** Ends an answer that has grown too long, and says whether it goes on. */
    private boolean checkLength(Call of, Turn turn) {
        int limit = services.settings().maxAnswerBytes();
        if (turn.bytes() + turn.usesBytes() <= limit) {
            return true;
        }
        breakOff(of, turn, ErrorType.ANSWER_TOO_LONG, "answer: over " + limit
                + " bytes (expected: a shorter one; ask for less, or raise --max-answer-bytes)");
        return false;
    }

    private void breakOff(Call of, Turn turn, ErrorType type, String error) {
        upstream.cancel(of);
        session.end(turn, new ServerMessage.Failure(turn.id, type, error));
    }

    private void send(Turn turn, String text) {
        if (!text.isEmpty()) {
            outbound.data(new ServerMessage.Chunk(turn.id, text));
        }
    }

    private static ServerMessage.Usage usage(Turn turn) {
        Usage usage = turn.usage();
        return usage == null ? null : new ServerMessage.Usage(usage.inputTokens(), usage.outputTokens(), usage.cacheReadInputTokens(),
                usage.cacheWriteInputTokens());
    }

    /** All events that had come by now have been told. */
    void onBatchEnd(Call of) {
        assert loop.inEventLoop();
        outbound.flush();
        if (session.state().active() instanceof Streaming streaming && streaming.call() == of) {
            demand(streaming);
        }
    }

    private void callTools(Turn turn) {
        ToolRound round = new ToolRound(turn.uses, session.claim().conversation().room() - turn.roundBytes(), loop.ticker().nanoTime());
        session.transition(session.state().with(new RunningTools(turn, round)), "tools asked for");
        round.endsBy(loop.schedule(() -> onToolsLate(round), services.toolbox().settings().timeout().toNanos(), TimeUnit.NANOSECONDS));
        for (int i = 0; i < round.uses().size(); i++) {
            callTool(turn, round, i);
        }
        outbound.flush();
    }

    /** Where each call of a tool begins. */
    private void callTool(Turn turn, ToolRound round, int index) {
        ContentBlock.ToolUse use = round.uses().get(index);
        outbound.data(new ServerMessage.ToolStarted(turn.id, use.id(), use.name(), use.input()));
        String refusal = round.start(index, services.toolbox(), context, result -> {
            try {
                loop.execute(() -> onToolResult(round, index, result));
            } catch (RejectedExecutionException e) {
                // The event loop has been shut down, and the session with it.
            }
        });
        if (refusal != null) {
            onToolResult(round, index, ToolResult.failed(refusal));
        }
    }

    /** Where each call of a tool ends, unless the turn does before it. */
    private void onToolResult(ToolRound round, int index, ToolResult result) {
        assert loop.inEventLoop();
        if (!(session.state().active() instanceof RunningTools running) || running.round() != round || !round.isOpen(index)) {
            return;
        }
        Turn turn = running.turn();
        ContentBlock.ToolResult booked = round.book(index, result);
        outbound.data(new ServerMessage.ToolResulted(turn.id, booked.toolUseId(), round.uses().get(index).name(), booked.failed(), booked.content()));
        log.debug("{}: tool call {} of {} {} after {} ms", context, index + 1, round.uses().size(), booked.failed() ? "failed" : "answered",
                TimeUnit.NANOSECONDS.toMillis(loop.ticker().nanoTime() - round.startNanos()));
        if (round.isDone()) {
            session.claim().conversation().toolRound(turn.thoughts, turn.saidInRound(), round.uses(), round.results());
            turn.nextRound();
            ask(turn, "tools done");
        }
        outbound.flush();
    }

    /** The tools have had their time. */
    private void onToolsLate(ToolRound round) {
        long millis = services.toolbox().settings().timeout().toMillis();
        // Before any is told to stop: one that does makes room for another to begin.
        BitSet waiting = round.waiting();
        for (int i = 0; i < round.uses().size(); i++) {
            String why = waiting.get(i) ? "server: too busy to call the tool within " + millis + " ms (expected: a free thread for it; try again)"
                    : "timed out after " + millis + " ms";
            round.drop(i);
            if (round.isOpen(i)) {
                log.warn("{}: tool {}: {}", context, round.uses().get(i).name(), why);
                onToolResult(round, i, ToolResult.failed(why));
            }
        }
    }
}
