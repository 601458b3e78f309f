package io.bargein.server.transport;

import io.bargein.protocol.InvocationFraming;
import io.bargein.protocol.ServerMessage;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Queue;

/** The answer as server-sent events, the same objects as on the WebSocket (contract C27 to C29). */
final class EventStream extends AnswerOutbound {

    private final OutputSettings.Merging merging;
    private final Queue<ServerMessage> data = new ArrayDeque<>(2);

    EventStream(Channel channel, Exchange exchange, int pieceBytes, OutputSettings.Merging merging, Runnable whenDone) {
        super(channel, exchange, pieceBytes, whenDone);
        this.merging = merging;
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
    ServerMessage next() {
        ServerMessage first = data.poll();
        if (!(first instanceof ServerMessage.Chunk chunk)) {
            return first;
        }
        if (merging == OutputSettings.Merging.NEVER || !(data.peek() instanceof ServerMessage.Chunk)) {
            return first;
        }
        StringBuilder merged = new StringBuilder(chunk.data());
        while (data.peek() instanceof ServerMessage.Chunk more) {
            merged.append(more.data());
            data.poll();
        }
        return new ServerMessage.Chunk(merged.toString());
    }

    /** A turn that fails before its first event is told by the status (C26). */
    @Override
    void begin(ServerMessage message) {
        if (isBeforeHead()) {
            if (message instanceof ServerMessage.Failure) {
                beginJson(message);
                return;
            }
            beginEvents();
        }
        rest(InvocationFraming.event(message));
    }
}
