package io.bargein.server.transport;

import io.bargein.protocol.ServerMessage;
import java.util.ArrayDeque;

/** What waits to be sent of a connection's turns, in order, but for what overtakes it. Confined to the connection's event loop. */
final class DataLane {
    private final ArrayDeque<ServerMessage> messages = new ArrayDeque<>(2);
    private int chars;

    void add(ServerMessage message) {
        messages.add(message);
        chars += chars(message);
    }

    void clear() {
        messages.clear();
        chars = 0;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    int size() {
        return messages.size();
    }

    /** How much text waits. */
    int chars() {
        return chars;
    }

    /** Whether nothing is to come behind what waits, for now. */
    boolean endsTurn() {
        ServerMessage last = messages.peekLast();
        return last != null && (last.isTerminal() || last instanceof ServerMessage.Metrics);
    }

    /** Takes the oldest, with the chunks behind it if they are to be merged; null if there is none. */
    ServerMessage next(boolean merge) {
        ServerMessage first = poll();
        if (!merge || !(first instanceof ServerMessage.Chunk chunk) || !(messages.peek() instanceof ServerMessage.Chunk)) {
            return first;
        }
        StringBuilder merged = new StringBuilder(chunk.data());
        while (messages.peek() instanceof ServerMessage.Chunk next) {
            merged.append(next.data());
            poll();
        }
        return new ServerMessage.Chunk(chunk.turn(), merged.toString());
    }

    private ServerMessage poll() {
        ServerMessage first = messages.poll();
        chars -= first == null ? 0 : chars(first);
        return first;
    }

    /** How long a message's text is. */
    static int chars(ServerMessage message) {
        if (message instanceof ServerMessage.Chunk m) {
            return m.data().length();
        }
        if (message instanceof ServerMessage.Complete m) {
            return m.fullResponse().length();
        }
        if (message instanceof ServerMessage.Interrupted m) {
            return m.partialResponse().length();
        }
        if (message instanceof ServerMessage.Failure m) {
            return m.error().length();
        }
        if (message instanceof ServerMessage.Reasoning m) {
            return m.data().length();
        }
        return message instanceof ServerMessage.ToolResulted m ? m.content().length() : 0;
    }
}
