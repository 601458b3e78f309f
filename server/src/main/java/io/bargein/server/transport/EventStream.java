package io.bargein.server.transport;

import io.bargein.protocol.InvocationFraming;
import io.bargein.protocol.ServerMessage;
import io.netty.channel.Channel;

/** The answer as server-sent events, the same objects as on the WebSocket (contract C27 to C29). */
final class EventStream extends AnswerOutbound {

    private final OutputSettings.Merging merging;
    private final DataLane data = new DataLane();

    EventStream(Channel channel, Exchange exchange, int pieceBytes, OutputSettings.Merging merging, Runnable whenDone) {
        super(channel, exchange, pieceBytes, whenDone);
        this.merging = merging;
    }

    @Override
    void add(ServerMessage message) {
        data.add(message);
    }

    @Override
    public void purgeData() {
        data.clear();
    }

    @Override
    ServerMessage next() {
        return data.next(merging == OutputSettings.Merging.WHEN_WAITING);
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
