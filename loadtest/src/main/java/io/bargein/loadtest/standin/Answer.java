package io.bargein.loadtest.standin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;

/** An answer as the bytes of its events, made one by one as they are sent. */
final class Answer implements Iterator<byte[]> {
    /** What comes before the deltas, the deltas themselves, and what comes behind them. */
    private final Iterator<byte[]> before;
    private final int deltas;
    private final IntFunction<byte[]> delta;
    private final Iterator<byte[]> after;
    private final long paceNanos;
    private final Reply.End end;
    private final Fault fault;
    private int next;

    private Answer(List<byte[]> before, int deltas, IntFunction<byte[]> delta, List<byte[]> after, int paceMillis, Reply.End end,
            Fault fault) {
        this.before = before.iterator();
        this.deltas = deltas;
        this.delta = delta;
        this.after = after.iterator();
        this.paceNanos = paceMillis * 1_000_000L;
        this.end = end;
        this.fault = fault;
    }

    /** The answer to an unscripted prompt: the {@code sim} form, or a lively text that quotes it. */
    static Answer to(String prompt) {
        Sim sim = Sim.parse(prompt);
        if (sim != null) {
            return plain(sim.chunks(), sim::chunk, sim.delayMillis());
        }
        List<String> pieces = LivelyText.to(prompt);
        return plain(pieces.size(), pieces::get, LivelyText.PACE_MILLIS);
    }

    static Answer scripted(Reply reply) {
        List<byte[]> events = new ArrayList<>();
        int block = 0;
        boolean inText = false;
        boolean failed = false;
        for (Reply.Step step : reply.steps) {
            boolean text = step instanceof Reply.Step.Text || step instanceof Reply.Step.Corrupt;
            if (inText && !text) {
                events.add(ConverseEvents.blockStop(block++));
            }
            inText = text;
            if (step instanceof Reply.Step.Text t) {
                events.add(ConverseEvents.text(block, t.text()));
            } else if (step instanceof Reply.Step.Corrupt c) {
                events.add(ConverseEvents.corrupted(ConverseEvents.text(block, c.text())));
            } else if (step instanceof Reply.Step.Reasoning r) {
                events.add(ConverseEvents.reasoning(block, r.text()));
                if (r.signature() != null) {
                    events.add(ConverseEvents.signature(block, r.signature()));
                }
                events.add(ConverseEvents.blockStop(block++));
            } else if (step instanceof Reply.Step.ToolUse use) {
                events.add(ConverseEvents.toolStart(block, use.id(), use.name()));
                for (String piece : use.inputPieces()) {
                    events.add(ConverseEvents.toolInput(block, piece));
                }
                events.add(ConverseEvents.blockStop(block++));
            } else if (step instanceof Reply.Step.Failure failure) {
                events.add(ConverseEvents.exception(failure.type(), failure.message()));
                failed = true;
                break;
            }
        }
        List<byte[]> after = failed ? List.of() : reply.fault != null ? faulty(reply.fault, reply.stopReason, block, inText)
                : ending(reply.end, reply.stopReason, block, inText, events.size());
        boolean noEvents = reply.fault != null && reply.fault.point().compareTo(Fault.Point.AFTER_HEADERS) <= 0;
        return new Answer(noEvents ? List.of() : List.of(ConverseEvents.messageStart()), noEvents ? 0 : events.size(), events::get, after,
                reply.paceMillis, reply.end, reply.fault);
    }

    private static Answer plain(int deltas, IntFunction<String> text, int paceMillis) {
        return new Answer(List.of(ConverseEvents.messageStart()), deltas, i -> ConverseEvents.text(0, text.apply(i)),
                ending(Reply.End.COMPLETE, "end_turn", 0, true, deltas), paceMillis, Reply.End.COMPLETE, null);
    }

    private static List<byte[]> ending(Reply.End end, String stopReason, int block, boolean inText, int deltas) {
        List<byte[]> after = new ArrayList<>(3);
        if (end == Reply.End.STALL || end == Reply.End.RESET) {
            return after;
        }
        if (inText) {
            after.add(ConverseEvents.blockStop(block));
        }
        if (end != Reply.End.WITHOUT_MESSAGE_STOP) {
            after.add(ConverseEvents.messageStop(stopReason));
        }
        if (end == Reply.End.COMPLETE || end == Reply.End.LINGER) {
            after.add(ConverseEvents.metadata(10, deltas));
        }
        return after;
    }

    /** What comes behind the deltas of an answer that goes wrong, to the point where it does. */
    private static List<byte[]> faulty(Fault fault, String stopReason, int block, boolean inText) {
        if (fault.point() == Fault.Point.AFTER_STOP) {
            return ending(Reply.End.WITHOUT_METADATA, stopReason, block, inText, 0);
        }
        byte[] more = ConverseEvents.text(block, "more");
        return fault.point() == Fault.Point.MID_EVENT ? List.of(Arrays.copyOf(more, more.length / 2)) : List.of();
    }

    @Override
    public boolean hasNext() {
        return before.hasNext() || next < deltas || after.hasNext();
    }

    @Override
    public byte[] next() {
        if (before.hasNext()) {
            return before.next();
        }
        if (next < deltas) {
            return delta.apply(next++);
        }
        if (after.hasNext()) {
            return after.next();
        }
        throw new NoSuchElementException();
    }

    /** When the next event is due, in nanoseconds from the first. */
    long dueNanos() {
        return before.hasNext() ? 0 : Math.min(next, Math.max(0, deltas - 1)) * paceNanos;
    }

    Reply.End end() {
        return end;
    }

    /** What goes wrong once there is no next event; null if nothing does. */
    Fault fault() {
        return fault;
    }
}
