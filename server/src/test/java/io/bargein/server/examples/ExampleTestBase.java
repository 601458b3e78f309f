package io.bargein.server.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.BargeinServer;
import io.bargein.server.spi.Model;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;

/** A server with the example in it, and a client at the other end of a WebSocket. */
abstract class ExampleTestBase {
    private static final String CHUNK = "{\"type\":\"chunk\",\"data\":\"";

    BargeinServer server;
    RawPeer peer;

    void serve(Model model) throws IOException {
        server = BargeinServer.builder().model(model).host("127.0.0.1").port(0).start();
        peer = RawPeer.upgraded(server.address());
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            peer.close();
            server.close();
        }
    }

    String readChunk() throws IOException {
        String message = peer.readMessage();
        assertTrue(message != null && message.startsWith(CHUNK), message);
        return message.substring(CHUNK.length(), message.length() - 2);
    }

    /** Reads a turn to its end, which has to be what was seen of it, and nothing else. */
    void readEnd(String terminal, String seen) throws IOException {
        StringBuilder text = new StringBuilder(seen);
        String message = peer.readMessage();
        while (message != null && message.startsWith(CHUNK)) {
            text.append(message, CHUNK.length(), message.length() - 2);
            message = peer.readMessage();
        }
        String field = terminal.equals("complete") ? "fullResponse" : "partialResponse";
        assertEquals("{\"type\":\"" + terminal + "\",\"" + field + "\":\"" + text + "\"}", message);
    }

    /** Asks, and reads the whole answer. */
    String answer(String prompt) throws IOException {
        peer.prompt(prompt);
        String message = peer.readMessage();
        while (message != null && message.startsWith(CHUNK)) {
            message = peer.readMessage();
        }
        String start = "{\"type\":\"complete\",\"fullResponse\":\"";
        assertTrue(message != null && message.startsWith(start), message);
        return message.substring(start.length(), message.length() - 2);
    }

    /** Asks for one thing, cuts in on the answer with another, and reads that one to its end. */
    void cutIn(String first, String second) throws IOException {
        peer.prompt(first);
        String seen = readChunk();
        peer.prompt(second);
        readEnd("interrupted", seen);
        readEnd("complete", "");
    }
}
