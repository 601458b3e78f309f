package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;
import io.bargein.server.conversation.Conversation;

/** Where a session stands. One of these at a time; only {@link Session} moves between them. */
sealed interface State {

    /** No turn runs; a prompt begins one. */
    record Idle() implements State {}

    /** A turn runs: it has begun, and its terminal has not been handed to the channel. */
    sealed interface Active extends State {
        Turn turn();

        /** The turn is left as it stands: what the client saw of it is kept. */
        void leaveIn(Conversation history);
    }

    /** The turn waits for its history, which another connection of the same session id has yet to let go. */
    record Waiting(Turn turn) implements Active {
        @Override
        public void leaveIn(Conversation history) {
            // There is no history yet, and nothing was seen.
        }
    }

    /** The model is asked, or about to be, and answers. Events of any other call are stale. */
    record Streaming(Turn turn, Call call) implements Active {
        @Override
        public void leaveIn(Conversation history) {
            history.answered(turn.seenInRound());
        }
    }

    /** The model waits for its tools. */
    record RunningTools(Turn turn, ToolRound round) implements Active {
        @Override
        public void leaveIn(Conversation history) {
            history.toolRound(turn.thoughts, turn.seenInRound(), round.uses(), round.results());
        }
    }

    /** All is said; the terminal waits in the outbox behind the last chunks. A prompt now still interrupts. */
    record Ending(Turn turn, ServerMessage terminal) implements Active {
        @Override
        public void leaveIn(Conversation history) {
            history.answered(turn.seenInRound());
        }
    }

    /** The connection is about to be closed, for that reason: the last turn may end, no other begins. */
    record Draining(Active last, String reason) implements State {}

    /** The connection is gone or going: nothing is taken in and nothing sent. */
    record Closed() implements State {}

    Idle IDLE = new Idle();
    Closed CLOSED = new Closed();

    /** The turn that runs, or null. */
    default Active active() {
        if (this instanceof Active a) {
            return a;
        }
        return this instanceof Draining d ? d.last() : null;
    }

    /** The same, with another turn or phase of it in place of the one that ran; {@code Draining} stays what it is. */
    default State with(Active next) {
        return this instanceof Draining d ? new Draining(next, d.reason()) : next;
    }

    /** Whether this arrow exists. */
    default boolean mayBecome(State next) {
        if (this instanceof Closed) {
            return false;
        }
        if (next instanceof Closed) {
            return true;
        }
        if (this instanceof Draining) {
            return next instanceof Draining;
        }
        if (next instanceof Draining d) {
            return d.last() == this;
        }
        if (this instanceof Idle) {
            return next instanceof Waiting || next instanceof Streaming;
        }
        if (next instanceof RunningTools) {
            return this instanceof Streaming;
        }
        if (next instanceof Ending) {
            return !(this instanceof Ending);
        }
        return true;
    }
}
