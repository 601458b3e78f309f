package io.bargein.server.transport;

import io.bargein.protocol.ServerMessage;
import io.netty.channel.Channel;

/**
 * The answer as one JSON object (contract C24 to C26). Its text is collected, and counts as sent only once it is known that the
 * response will carry it: a turn that fails, or whose client hangs up, has shown none.
 */
final class JsonAnswer extends AnswerOutbound {
    /** The pieces so far, as long as they do not count as sent. */
    private final StringBuilder collected = new StringBuilder();
    private ServerMessage terminal;

    JsonAnswer(Channel channel, Exchange exchange, int pieceBytes, Runnable whenDone) {
        super(channel, exchange, pieceBytes, whenDone);
    }

    @Override
    void add(ServerMessage message) {
        if (message instanceof ServerMessage.Chunk chunk) {
            collected.append(chunk.data());
        } else {
            terminal = message;
        }
    }

    /** What comes next is {@code interrupted}, and the text so far is part of it. */
    @Override
    public void purgeData() {
        terminal = null;
        countAsSent();
    }

    @Override
    ServerMessage next() {
        return terminal;
    }

    @Override
    void begin(ServerMessage message) {
        if (message instanceof ServerMessage.Complete) {
            countAsSent();
        }
        beginJson(message);
    }

    private void countAsSent() {
        String text = collected.toString();
        collected.setLength(0);
        if (!text.isEmpty()) {
            listener.sent(new ServerMessage.Chunk(text));
        }
    }
}
