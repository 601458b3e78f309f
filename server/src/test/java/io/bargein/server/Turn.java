package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.transport.RawPeer;
import java.io.IOException;

/** What a client saw of a turn to its terminal, and what that says. */
final class Turn {
    private static final String[] TYPES = {"complete", "interrupted", "error"};
    private static final String[] SHAPES =
            {"{\"type\":\"complete\",\"fullResponse\":\"", "{\"type\":\"interrupted\",\"partialResponse\":\"", "{\"error\":\""};

    final String type;
    final String seen;
    final String terminalText;

    private Turn(String type, String seen, String terminalText) {
        this.type = type;
        this.seen = seen;
        this.terminalText = terminalText;
    }

    /** @param seenBefore what the test has read of the turn itself */
    static Turn readTurn(RawPeer peer, String seenBefore) throws IOException {
        StringBuilder seen = new StringBuilder(seenBefore);
        while (true) {
            String message = peer.readMessage();
            assertTrue(message != null, "closed in the middle of a turn");
            for (int i = 0; i < SHAPES.length; i++) {
                if (message.startsWith(SHAPES[i])) {
                    return new Turn(TYPES[i], seen.toString(), unescape(message.substring(SHAPES[i].length(), message.length() - 2)));
                }
            }
            seen.append(chunk(message));
        }
    }

    static String chunk(String message) {
        assertTrue(message != null && message.startsWith("{\"type\":\"chunk\",\"data\":\""), message);
        return unescape(message.substring("{\"type\":\"chunk\",\"data\":\"".length(), message.length() - 2));
    }

    private static String unescape(String text) {
        return text.replace("\\n", "\n").replace("\\\"", "\"");
    }
}
