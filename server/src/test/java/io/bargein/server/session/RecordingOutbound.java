package io.bargein.server.session;

import io.bargein.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A way to the client that goes as far as the test lets it. */
final class RecordingOutbound implements Outbound {
    private final Queue<ServerMessage> control = new ArrayDeque<>();
    private final Queue<ServerMessage> data = new ArrayDeque<>();
    private final List<String> sent = new ArrayList<>();
    /** What accompanies each turn, its beginning, its tools and what it took, in order. */
    final List<ServerMessage> more = new ArrayList<>();
    private Listener listener;
    private boolean stalled;
    private boolean closed;

    void listener(Listener listener) {
        this.listener = listener;
    }

    /** From now on data waits. */
    void stall() {
        stalled = true;
    }

    /** What waits is sent. */
    void unstall() {
        stalled = false;
        flush();
        listener.room();
    }

    /** What was sent since the last call. */
    List<String> taken() {
        List<String> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }

    @Override
    public void data(ServerMessage message) {
        data.add(message);
    }

    @Override
    public void purgeData() {
        data.clear();
    }

    @Override
    public void control(ServerMessage message) {
        control.add(message);
    }

    @Override
    public void flush() {
        while (!closed && !control.isEmpty()) {
            send(control.poll());
        }
        while (!closed && !stalled && !data.isEmpty()) {
            send(data.poll());
        }
    }

    @Override
    public boolean hasRoom() {
        return !stalled && !closed;
    }

    @Override
    public void close(int code, String reason) {
        if (!closed) {
            flush();
            closed = true;
            sent.add("close " + code);
            listener.closing();
        }
    }

    private void send(ServerMessage message) {
        if (message instanceof ServerMessage.Metrics || message instanceof ServerMessage.TurnStarted
                || message instanceof ServerMessage.ToolStarted || message instanceof ServerMessage.ToolResulted) {
            more.add(message);
        } else {
            sent.add(message instanceof ServerMessage.Chunk c ? "chunk(" + c.data() + ")"
                    : message instanceof ServerMessage.Complete c ? "complete(" + c.fullResponse() + ")"
                    : message instanceof ServerMessage.Interrupted i ? "interrupted(" + i.partialResponse() + ")"
                    : message instanceof ServerMessage.Failure f ? "error(" + f.error() + ")"
                    : message instanceof ServerMessage.CancelAck a ? "ack(" + a.accepted() + ")"
                    : message.toString());
        }
        listener.sent(message);
    }
}
