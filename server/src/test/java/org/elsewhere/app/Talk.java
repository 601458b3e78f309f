package org.elsewhere.app;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client by the JDK. Every wait is bounded, and an {@link AssertionError} tells what did not come. */
final class Talk implements AutoCloseable {
    private static final int PINGS = 2_000;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final WebSocket socket;

    Talk(InetSocketAddress server) {
        socket = HTTP.newWebSocketBuilder().buildAsync(uri("ws", server, "/ws"), new Listener()).join();
    }

    /** Waits until the server says that it is healthy, as the platform does: nothing else tells. */
    static void awaitHealthy(InetSocketAddress server) throws IOException, InterruptedException {
        int pings = 0;
        while (!ping(server)) {
            if (++pings == PINGS) {
                throw new AssertionError("not healthy after " + pings + " pings");
            }
            Thread.sleep(20);
        }
    }

    private static boolean ping(InetSocketAddress server) throws IOException, InterruptedException {
        HttpRequest ping = HttpRequest.newBuilder(uri("http", server, "/ping")).build();
        return HTTP.send(ping, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    }

    private static URI uri(String scheme, InetSocketAddress server, String path) {
        return URI.create(scheme + "://" + server.getHostString() + ":" + server.getPort() + path);
    }

    void say(String text) {
        socket.sendText("{\"inputText\":\"" + text + "\"}", true).join();
    }

    /** The next message, which must start so. */
    String hear(String start) throws InterruptedException {
        String message = heard.poll(30, TimeUnit.SECONDS);
        if (message == null || !message.startsWith(start)) {
            throw new AssertionError("heard " + message + " (expected: " + start + ")");
        }
        return message;
    }

    /** Hears chunks, and what comes after them, which must be just this. */
    void hearOut(String terminal) throws InterruptedException {
        String message = hear("{\"");
        while (message.startsWith("{\"type\":\"chunk\"")) {
            message = hear("{\"");
        }
        if (!message.equals(terminal)) {
            throw new AssertionError("heard " + message + " (expected: " + terminal + ")");
        }
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                heard.add(message.toString());
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }
}
