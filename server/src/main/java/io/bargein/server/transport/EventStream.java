package io.bargein.server.transport;

import io.bargein.protocol.InvocationFraming;
import io.bargein.protocol.ServerMessage;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Queue;

/** The answer as server-sent events, the same objects as on the WebSocket (contract C27 to C29). */
final class EventStream extends AnswerOutbound {

    /** At how many waiting chars no more is asked of the model. */
    private static final int ROOM_CHARS = 16 << 10;

    private final OutputSettings.Merging merging;
    private final Queue<ServerMessage> data = new ArrayDeque<>(2);
    private int dataChars;

    EventStream(Channel channel, Exchange exchange, int pieceBytes, OutputSettings.Merging merging, Runnable whenDone) {
        super(channel, exchange, pieceBytes, whenDone);
        this.merging = merging;
    }

    @Override
    public void data(ServerMessage message) {
        data.add(message);
        dataChars += chars(message);
    }

    @Override
    public void purgeData() {
        data.clear();
        dataChars = 0;
    }

    @Override
    ServerMessage next() {
        ServerMessage first = data.poll();
        if (!(first instanceof ServerMessage.Chunk chunk)) {
            return first;
        }
        dataChars -= chars(first);
        if (merging == OutputSettings.Merging.NEVER || !(data.peek() instanceof ServerMessage.Chunk)) {
            return first;
        }
        StringBuilder merged = new StringBuilder(chunk.data());
        while (data.peek() instanceof ServerMessage.Chunk more) {
            merged.append(more.data());
            dataChars -= chars(more);
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

    @Override
    boolean isShort() {
        return dataChars < ROOM_CHARS;
    }

    private static int chars(ServerMessage message) {
        return message instanceof ServerMessage.Chunk chunk ? chunk.data().length() : 0;
    }
}
