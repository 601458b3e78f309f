package io.bargein.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A page of a {@link Chromium} that stays open: typed into, and asked about, by way of the browser's own debugging protocol. */
public final class ChromiumTab implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 60;
    private static final JsonFactory JSON = new JsonFactory();
    /** Counts what the page has heard: the browser says that it passed a key on, which may be before the page has it. */
    private static final String LISTEN = "globalThis.heard = {input: 0, keyup: 0};"
            + " for (const type of ['input', 'keyup']) { addEventListener(type, () => heard[type]++, true); }";

    private final Runnable endBrowser;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger typed = new AtomicInteger();
    private final AtomicInteger pressed = new AtomicInteger();
    private final Map<Integer, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    /** Those that have loaded or are waited for, by the browser's ids of their loaders: about:blank is one as well. */
    private final Map<String, CompletableFuture<Void>> documents = new ConcurrentHashMap<>();
    private final WebSocket socket;

    /**
     * Opens a page, and returns when it has loaded.
     *
     * @param devTools where the browser's debugging protocol is served, as http://host:port
     * @param page what to open
     * @param endBrowser run when this is closed
     */
    ChromiumTab(URI devTools, URI page, Runnable endBrowser) throws IOException, InterruptedException {
        this.endBrowser = endBrowser;
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest newTab = HttpRequest.newBuilder(devTools.resolve("/json/new?about:blank")).PUT(HttpRequest.BodyPublishers.noBody()).build();
        String tab = http.send(newTab, HttpResponse.BodyHandlers.ofString()).body();
        socket = await(http.newWebSocketBuilder().buildAsync(URI.create(text(tab, "webSocketDebuggerUrl")), new Listener()), "a connection");
        call("Page.enable", "{}");
        call("Runtime.enable", "{}");
        call("Log.enable", "{}");
        call("Page.addScriptToEvaluateOnNewDocument", "{\"source\":" + quoted(LISTEN) + "}");
        call("Page.setLifecycleEventsEnabled", "{\"enabled\":true}");
        String loader = text(call("Page.navigate", "{\"url\":" + quoted(page.toString()) + "}"), "loaderId");
        await(document(loader), "a loaded page");
    }

    /**
     * Writes into whatever has the focus, as a keyboard would, and returns when the page has heard it.
     *
     * @param text what to type
     */
    public void type(String text) throws IOException, InterruptedException {
        call("Input.insertText", "{\"text\":" + quoted(text) + "}");
        await("heard.input === " + typed.incrementAndGet());
    }

    /**
     * Presses and lets go of a key, and returns when the page has heard both.
     *
     * @param key its name as the page hears it, such as {@code Enter}
     * @param code its number as the page hears it
     */
    public void press(String key, int code) throws IOException, InterruptedException {
        String event = "\"key\":" + quoted(key) + ",\"code\":" + quoted(key) + ",\"windowsVirtualKeyCode\":" + code + "}";
        call("Input.dispatchKeyEvent", "{\"type\":\"keyDown\"," + event);
        call("Input.dispatchKeyEvent", "{\"type\":\"keyUp\"," + event);
        await("heard.keyup === " + pressed.incrementAndGet());
    }

    /**
     * Runs a script.
     *
     * @param expression of a string or anything that can be made one
     * @return its value
     */
    public String evaluate(String expression) throws IOException, InterruptedException {
        String answer = call("Runtime.evaluate", "{\"awaitPromise\":true,\"returnByValue\":true,\"expression\":"
                + quoted("Promise.resolve(" + expression + ").then(String)") + "}");
        if (answer.contains("\"exceptionDetails\"")) {
            throw new IOException(expression + ": " + answer);
        }
        return text(answer, "value");
    }

    /**
     * Waits until something is so in the page.
     *
     * @param condition a script's expression
     */
    public void await(String condition) throws IOException, InterruptedException {
        evaluate("new Promise(done => { const look = () => { if (" + condition + ") { done(); } else { setTimeout(look, 5); } }; look(); })");
    }

    /**
     * Calls a method of the debugging protocol.
     *
     * @param method its name
     * @param parameters a JSON object
     * @return the answer, as it came
     */
    public String call(String method, String parameters) throws IOException, InterruptedException {
        int id = calls.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        answers.put(id, answer);
        await(socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true), method);
        return await(answer, "an answer to " + method + " " + parameters);
    }

    /**
     * What the page's scripts threw, and what the browser had to say about it, such as what its policy refused.
     *
     * @return the messages, as they came
     */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        socket.abort();
        endBrowser.run();
    }

    private static <T> T await(CompletionStage<T> stage, String what) throws IOException, InterruptedException {
        try {
            return stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("chromium: not there in " + TIMEOUT_SECONDS + " s: " + what, e);
        }
    }

    private static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    private CompletableFuture<Void> document(String loader) {
        return documents.computeIfAbsent(loader, id -> new CompletableFuture<>());
    }

    /** The first value of this name, however deep; null if there is none. */
    static String text(String json, String name) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME && parser.currentName().equals(name)) {
                    parser.nextToken();
                    return parser.getText();
                }
            }
            return null;
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                String whole = message.toString();
                message.setLength(0);
                try {
                    received(whole);
                } catch (IOException e) {
                    throw new IllegalStateException(whole, e); // Is told to onError.
                }
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            answers.values().forEach(answer -> answer.completeExceptionally(error));
        }

        private void received(String whole) throws IOException {
            if (whole.startsWith("{\"id\":")) {
                int id = Integer.parseInt(whole.substring(6, whole.indexOf(',')));
                answers.remove(id).complete(whole);
            } else if (whole.startsWith("{\"method\":\"Page.lifecycleEvent\"")) {
                if (text(whole, "name").equals("load")) {
                    document(text(whole, "loaderId")).complete(null);
                }
            } else if (whole.startsWith("{\"method\":\"Runtime.exceptionThrown\"") || whole.startsWith("{\"method\":\"Log.entryAdded\"")) {
                complaints.add(whole);
            }
        }
    }
}
