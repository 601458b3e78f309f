package io.bargein.loadtest.run;

import io.bargein.loadtest.client.WsConnection;
import io.bargein.loadtest.report.Metric;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongConsumer;

/** One connection's part of a run: sends prompts when it is told to, and judges and times what comes. Confined to its event loop. */
final class LoadConnection implements WsConnection.Listener {

    /** Hears when connections come and go. Called on their event loops. */
    interface Owner {
        void opened(LoadConnection connection);

        /** It was never open. */
        void failed(LoadConnection connection, Throwable cause);

        void closed(LoadConnection connection);
    }

    private enum Phase {
        /** No handshake yet. */
        CONNECTING,
        /** Prompts may be sent. */
        OPEN,
        /** No more prompts are sent; what was cut in on has yet to say so. */
        ENDING,
        /** The closing handshake is begun. */
        CLOSING,
        /** Gone. */
        CLOSED
    }

    /** A prompt that has no terminal yet. */
    private static final class Turn {
        final int number;
        final long dueNanos;
        final long sentNanos;
        final boolean counted;
        /** What the time to {@code interrupted} of the turn before this one is recorded as; null if this one cuts in on none. */
        Metric cutsIn;
        boolean chunkSeen;

        Turn(int number, long dueNanos, long sentNanos, boolean counted, Metric cutsIn) {
            this.number = number;
            this.dueNanos = dueNanos;
            this.sentNanos = sentNanos;
            this.counted = counted;
            this.cutsIn = cutsIn;
        }
    }

    private final int number;
    private final EventLoop loop;
    private final LoopRecorder recorder;
    private final Owner owner;
    private final TurnChecker checker;
    private final Deque<Turn> turns = new ArrayDeque<>(4);

    private WsConnection connection;
    private Phase phase = Phase.CONNECTING;
    private Metric interruptMetric = Metric.INTERRUPT;
    private Runnable firstChunk = () -> {};
    private Runnable turnOver = () -> {};
    private int sent;

    LoadConnection(int number, EventLoop loop, LoopRecorder recorder, Owner owner) {
        this.number = number;
        this.loop = loop;
        this.recorder = recorder;
        this.owner = owner;
        this.checker = new TurnChecker(recorder);
    }

    int number() {
        return number;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /** From now on interrupts are recorded as this. */
    void interruptsAs(Metric metric) {
        interruptMetric = metric;
    }

    /** Is run when an answer's first chunk has come. */
    void onFirstChunk(Runnable action) {
        firstChunk = action;
    }

    /** Is run when a turn has ended with no other behind it. */
    void onTurnOver(Runnable action) {
        turnOver = action;
    }

    void reading(boolean reading) {
        if (phase == Phase.OPEN) {
            connection.reading(reading);
        }
    }

    /** Sends a prompt that is due now. */
    void prompt(Prompt prompt) {
        prompt(prompt, recorder.ticker().nanoTime());
    }

    /** Runs when it is due for as long as the connection is open. */
    void whenDue(Arrivals arrivals, LongConsumer action) {
        new OpenLoop(loop, recorder.ticker(), arrivals, due -> {
            if (isOpen()) {
                action.accept(due);
            }
            return isOpen();
        }).start();
    }

    /** Sends a prompt that was due at a moment; nothing once the end has begun. */
    void prompt(Prompt prompt, long dueNanos) {
        if (phase != Phase.OPEN) {
            return;
        }
        long now = recorder.ticker().nanoTime();
        boolean counted = recorder.counts(dueNanos);
        Turn turn = new Turn(++sent, dueNanos, now, counted, turns.isEmpty() ? null : interruptMetric);
        turns.add(turn);
        checker.prompted(prompt.numbering());
        recorder.add(counted, tally -> tally.prompts++);
        recorder.time(counted, Metric.CLIENT_LATENESS, now - dueNanos);
        connection.sendText("{\"inputText\":\"" + prompt.script() + " #" + number + "-" + turn.number + "\"}");
    }

    /** Sends no more prompts, and closes once all but the newest have their terminals. */
    void end() {
        if (phase == Phase.OPEN) {
            phase = Phase.ENDING;
            connection.reading(true);
            endIfSettled();
        }
    }

    /** Closes whatever is still owed: each terminal that has not come breaks a rule. */
    void cut() {
        if (phase == Phase.ENDING) {
            recorder.fault(tally -> tally.violations += turns.size() - 1, named((turns.size() - 1) + " prompts got no terminal; the first is #"
                    + number + "-" + turns.peek().number));
            close();
        }
    }

    /** Closes at once, whatever runs. */
    void close() {
        if (phase == Phase.OPEN || phase == Phase.ENDING) {
            phase = Phase.CLOSING;
            connection.close();
        }
    }

    private void endIfSettled() {
        if (turns.size() <= 1) {
            close();
        }
    }

    @Override
    public void opened(WsConnection opened) {
        connection = opened;
        phase = Phase.OPEN;
        owner.opened(this);
    }

    @Override
    public void text(ByteBuf payload) {
        long now = recorder.ticker().nanoTime();
        TurnChecker.Kind kind = checker.received(payload);
        String violation = checker.takeViolation();
        if (violation != null) {
            recorder.fault(tally -> tally.violations++, named(violation));
        }
        switch (kind) {
            case CHUNK -> chunk(now, payload.readableBytes());
            case INTERRUPTED -> {
                recorder.add(recorder.counts(now), tally -> tally.interrupted++);
                interrupted(turns.poll(), turns.peek(), now);
            }
            case COMPLETE -> {
                recorder.add(recorder.counts(now), tally -> tally.completed++);
                over();
            }
            default -> {
                recorder.fault(tally -> tally.errors++, named(payload.toString(StandardCharsets.UTF_8)));
                over();
            }
        }
        if (phase == Phase.ENDING) {
            endIfSettled();
        }
    }

    private void chunk(long now, int bytes) {
        recorder.chunk(now, bytes);
        Turn turn = turns.peek();
        if (turn != null && !turn.chunkSeen) {
            turn.chunkSeen = true;
            if (turn.cutsIn == null) {
                recorder.time(turn.counted, Metric.FIRST_CHUNK, now - turn.dueNanos);
                recorder.time(turn.counted, Metric.FIRST_CHUNK_UNCORRECTED, now - turn.sentNanos);
            } else if (turn.cutsIn == Metric.INTERRUPT) {
                recorder.time(turn.counted, Metric.REDIRECT, now - turn.dueNanos);
                recorder.time(turn.counted, Metric.REDIRECT_UNCORRECTED, now - turn.sentNanos);
            }
            firstChunk.run();
        }
    }

    private void interrupted(Turn old, Turn by, long now) {
        if (by == null) {
            recorder.fault(tally -> tally.violations++, named("interrupted, though no prompt had cut in"));
            return;
        }
        if (by.cutsIn != null) {
            recorder.time(by.counted, by.cutsIn, now - by.dueNanos);
            if (by.cutsIn == Metric.INTERRUPT) {
                recorder.time(by.counted, Metric.INTERRUPT_UNCORRECTED, now - by.sentNanos);
            }
        }
        if (by.counted) {
            recorder.interrupted(number, old.number, by.dueNanos);
        }
    }

    /** A turn has ended by itself: a prompt that was on its way to cut in did not. */
    private void over() {
        turns.poll();
        Turn next = turns.peek();
        if (next == null) {
            turnOver.run();
        } else {
            next.cutsIn = null;
        }
    }

    @Override
    public void closed(int code, String reason, Throwable cause) {
        Phase before = phase;
        phase = Phase.CLOSED;
        if (before == Phase.CONNECTING) {
            owner.failed(this, cause);
            return;
        }
        if (before != Phase.CLOSING) {
            recorder.fault(tally -> tally.unexpectedCloses++,
                    named("closed with " + code + (reason.isEmpty() ? "" : " " + reason) + (cause == null ? "" : ": " + cause)));
        }
        owner.closed(this);
    }

    private String named(String what) {
        return "connection " + number + ": " + what;
    }
}
