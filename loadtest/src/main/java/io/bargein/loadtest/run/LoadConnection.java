package io.bargein.loadtest.run;

import io.bargein.loadtest.client.WsConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** One connection's part of a run. Confined to its event loop. */
final class LoadConnection implements WsConnection.Listener {

    /** Hears when connections come and go. */
    interface Owner {
        void opened(LoadConnection connection);

        void failed(LoadConnection connection, Throwable cause);

        void closed(LoadConnection connection);
    }

    private enum Phase {
        CONNECTING,
        OPEN,
        /** No more prompts are sent; what runs may end. */
        ENDING,
        CLOSED
    }

    /** A prompt that has no terminal yet. */
    private static final class Turn {
        final long dueNanos;
        final long sentNanos;
        /** Whether another turn ran when this one's prompt was sent. */
        final boolean interrupting;
        boolean counted;
        boolean chunkSeen;

        Turn(long dueNanos, long sentNanos, boolean interrupting, boolean counted) {
            this.dueNanos = dueNanos;
            this.sentNanos = sentNanos;
            this.interrupting = interrupting;
            this.counted = counted;
        }
    }

    private final Plan plan;
    private final int number;
    private final EventLoop loop;
    private final LoopRecorder recorder;
    private final Owner owner;
    private final TurnChecker checker;
    private final Deque<Turn> turns = new ArrayDeque<>();

    private WsConnection connection;
    private Phase phase = Phase.CONNECTING;
    private Arrivals arrivals;
    private int sent;
    private long countFromNanos;
    private long countToNanos;

    LoadConnection(Plan plan, int number, EventLoop loop, LoopRecorder recorder, Owner owner) {
        this.plan = plan;
        this.number = number;
        this.loop = loop;
        this.recorder = recorder;
        this.owner = owner;
        this.checker = new TurnChecker(plan.script().startsWith("sim"));
    }

    EventLoop loop() {
        return loop;
    }

    /** Begins to send prompts. What is due from {@code countFromNanos} to {@code countToNanos} counts. */
    void start(long startNanos, long countFrom, long countTo) {
        countFromNanos = countFrom;
        countToNanos = countTo;
        if (plan.kind() == Plan.Kind.INTERRUPT) {
            arrivals = new Arrivals(startNanos, plan.rate() / plan.connections(), plan.poisson(), plan.seed() * 31 + number);
            prompt(System.nanoTime());
            scheduleNext();
        } else {
            prompt(System.nanoTime());
        }
    }

    /** Sends no more, and closes. */
    void end() {
        if (phase == Phase.OPEN) {
            phase = Phase.ENDING;
            connection.close();
        }
    }

    private void scheduleNext() {
        loop.schedule(this::sendDue, Math.max(0, arrivals.dueNanos() - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void sendDue() {
        if (phase != Phase.OPEN) {
            return;
        }
        long now = System.nanoTime();
        while (arrivals.dueNanos() <= now) {
            prompt(arrivals.dueNanos());
            arrivals.advance();
        }
        scheduleNext();
    }

    private void prompt(long dueNanos) {
        long now = System.nanoTime();
        boolean counted = dueNanos >= countFromNanos && dueNanos < countToNanos;
        turns.add(new Turn(dueNanos, now, !turns.isEmpty(), counted));
        checker.prompted();
        if (counted) {
            recorder.prompts++;
            LoopRecorder.record(recorder.ownLateness, now - dueNanos);
        }
        connection.sendText("{\"inputText\":\"" + plan.script() + " #" + number + "-" + ++sent + "\"}");
    }

    @Override
    public void opened(WsConnection opened) {
        connection = opened;
        phase = Phase.OPEN;
        owner.opened(this);
    }

    @Override
    public void text(ByteBuf payload) {
        long now = System.nanoTime();
        TurnChecker.Kind kind = checker.received(payload);
        String violation = checker.takeViolation();
        if (violation != null) {
            recorder.violations++;
            recorder.example("connection " + number + ": " + violation);
        }
        boolean counted = now >= countFromNanos && now < countToNanos;
        switch (kind) {
            case CHUNK -> chunk(now, payload.readableBytes(), counted);
            case INTERRUPTED -> {
                recorder.interrupted += counted ? 1 : 0;
                turns.poll();
                interruptedBy(turns.peek(), now);
            }
            case COMPLETE -> {
                recorder.completed += counted ? 1 : 0;
                turns.poll();
                next();
            }
            default -> {
                recorder.errors++;
                recorder.example("connection " + number + ": " + payload.toString(StandardCharsets.UTF_8));
                turns.poll();
                next();
            }
        }
    }

    private void chunk(long now, int bytes, boolean counted) {
        if (counted) {
            recorder.chunks++;
            recorder.bytes += bytes;
        }
        Turn turn = turns.peek();
        if (turn != null && !turn.chunkSeen) {
            turn.chunkSeen = true;
            if (turn.counted) {
                LoopRecorder.record(turn.interrupting ? recorder.redirect : recorder.firstChunk, now - turn.dueNanos);
            }
        }
    }

    private void interruptedBy(Turn next, long now) {
        if (next == null) {
            recorder.violations++;
            recorder.example("connection " + number + ": interrupted, though no prompt had cut in");
        } else if (next.counted) {
            LoopRecorder.record(recorder.interrupt, now - next.dueNanos);
            LoopRecorder.record(recorder.interruptUncorrected, now - next.sentNanos);
        }
    }

    private void next() {
        if (plan.kind() == Plan.Kind.THROUGHPUT && phase == Phase.OPEN) {
            prompt(System.nanoTime());
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
        if (before == Phase.OPEN) {
            recorder.unexpectedCloses++;
            recorder.example("connection " + number + ": closed with " + code + " " + reason + (cause == null ? "" : ": " + cause));
        }
        owner.closed(this);
    }
}
