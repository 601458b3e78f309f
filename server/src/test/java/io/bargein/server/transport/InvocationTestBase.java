package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the tests of {@code POST /invocations} have in common: a server with few places, and how it is spoken to. */
abstract class InvocationTestBase {
    static final String EVENTS = "Accept: text/event-stream\r\n";
    /** So few connections that one which is not given back is missed. */
    static final int PLACES = 3;

    TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(TestServer.with(http(InvocationSettings.DEFAULT), PLACES));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    final void restart(HttpSettings settings) throws IOException {
        server.close();
        server = new TestServer(TestServer.with(settings, PLACES));
    }

    /** A connection may be opened long before it is used. */
    static HttpSettings http(InvocationSettings settings) {
        return new HttpSettings(4_096, 8_192, Duration.ofMinutes(5), Duration.ofSeconds(60), false, settings);
    }

    final ScriptedModel.Answer answer(int number) {
        await(() -> server.model.started() >= number);
        return server.model.answer(number);
    }

    /** An event, put together from the chunks that a long one comes in. */
    static String readEvent(RawPeer peer) throws IOException {
        StringBuilder event = new StringBuilder(peer.readChunk());
        while (!event.toString().endsWith("\n\n")) {
            event.append(peer.readChunk());
        }
        return event.toString();
    }

    static String text(Message message) {
        return ((ContentBlock.Text) message.content().get(0)).text();
    }

    static String session(String id) {
        return UpgradeHandler.SESSION_ID + ": " + id + "\r\n";
    }

    static String post(String moreHeaders, String body) {
        return "POST /invocations HTTP/1.1\r\nHost: x\r\n" + moreHeaders + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    final String send(String request) throws IOException {
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send(request);
            return peer.readResponse();
        }
    }

    static void assertServes(RawPeer peer) throws IOException {
        peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(peer.readResponse().startsWith("HTTP/1.1 200 "));
    }

    /** Nothing holds a place any more: as many connections as may be are let in. */
    final void assertPlacesAreFree() {
        await(() -> {
            List<RawPeer> peers = new ArrayList<>();
            try {
                for (int i = 0; i < PLACES; i++) {
                    peers.add(RawPeer.upgraded(server.address()));
                }
                return true;
            } catch (IOException e) {
                return false;
            } finally {
                for (RawPeer peer : peers) {
                    peer.close();
                }
            }
        });
    }

    static boolean grows(Callable<Long> value, long from) {
        try {
            Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(1)).until(() -> value.call() > from);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(condition);
    }
}
