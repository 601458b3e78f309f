package io.bargein.server.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bargein.server.backend.SimAnswer;
import io.bargein.server.spi.ModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** An endpoint for chat completions on this machine. It says what the prompt tells it to, and notes who hangs up on it. */
final class FakeOpenAi implements AutoCloseable {
    private static final JsonFactory JSON = new JsonFactory();

    /** An answer of these pieces, line by line. */
    private static final class Deltas implements Iterator<String> {
        private static final String END = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":5,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\ndata: [DONE]";

        private final Iterator<String> pieces;
        private boolean ended;

        Deltas(Iterator<String> pieces) {
            this.pieces = pieces;
        }

        @Override
        public boolean hasNext() {
            return !ended;
        }

        @Override
        public String next() {
            ended = !pieces.hasNext();
            return ended ? END
                    : "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":" + quoted(pieces.next()) + "},\"finish_reason\":null}]}";
        }
    }

    /** The bodies of all requests, and their keys. */
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<String> authorizations = new CopyOnWriteArrayList<>();
    /** One for each answer that was cut off by the client. */
    final Semaphore cuts = new Semaphore(0);
    /** The ports that requests came from. */
    final List<Integer> ports = new CopyOnWriteArrayList<>();
    final AtomicLong bytesSent = new AtomicLong();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    FakeOpenAi() throws IOException {
        server.createContext("/v1/chat/completions", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(body);
        authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
        ports.add(exchange.getRemoteAddress().getPort());
        String prompt = lastContent(body);
        if (prompt.startsWith("status ")) {
            refuse(exchange, Integer.parseInt(prompt.substring(7)));
        } else if (prompt.startsWith("say ")) {
            // Event lines as they are, by "|".
            stream(exchange, List.of(prompt.substring(4).split("\\|")).iterator());
        } else {
            try {
                stream(exchange, new Deltas(SimAnswer.to(prompt)));
            } catch (ModelException e) {
                refuse(exchange, 400);
            }
        }
    }

    private void stream(HttpExchange exchange, Iterator<String> lines) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        try {
            send(out, ": hello\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
            while (lines.hasNext()) {
                send(out, lines.next() + "\n\n");
            }
            out.close();
        } catch (IOException e) {
            cuts.release();
            throw e;
        }
    }

    private void send(OutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(bytes);
        out.flush();
        bytesSent.addAndGet(bytes.length);
    }

    private static void refuse(HttpExchange exchange, int status) throws IOException {
        byte[] body = "{\"error\":{\"message\":\"refused: secret\"}}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The content of the last message. */
    private static String lastContent(String body) throws IOException {
        String content = null;
        try (JsonParser parser = JSON.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && "content".equals(parser.currentName())) {
                    content = parser.getText();
                }
            }
        }
        return content;
    }

    private static String quoted(String text) {
        StringWriter json = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(json)) {
            generator.writeString(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return json.toString();
    }
}
