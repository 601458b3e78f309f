package io.bargein.server.examples;

import io.bargein.server.spi.Emitter;
import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelException.Kind;
import io.bargein.server.spi.ModelRequest;
import io.bargein.server.spi.Models;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A model behind an endpoint that speaks OpenAI's chat completions, read with the JDK's own HTTP client. */
public final class OpenAiModel implements Model {
    private final URI endpoint;
    private final String apiKey;
    private final String modelName;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "openai");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).executor(threads).build();
    private final Model answers = Models.fromCallback(this::ask);

    /** @param base the part of the address before {@code /chat/completions}, such as {@code https://api.openai.com/v1} */
    public OpenAiModel(String base, String apiKey, String modelName) {
        this.endpoint = URI.create(base + "/chat/completions");
        this.apiKey = apiKey;
        this.modelName = modelName;
    }

    // snippet: openai
    private void ask(ModelRequest request, Emitter emitter) throws IOException {
        HttpRequest post = HttpRequest.newBuilder(endpoint)
                .header("Authorization", "Bearer " + apiKey)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(OpenAiRequests.json(modelName, request)))
                .build();
        CompletableFuture<?> call = http.sendAsync(post, head -> head.statusCode() == 200
                ? BodySubscribers.fromLineSubscriber(new OpenAiAnswer(emitter))   // reads on while emitter.isReady()
                : refused(head.statusCode(), emitter));
        emitter.onCancel(() -> call.cancel(true));                                // closes the stream
        call.whenComplete((done, failure) -> {
            if (failure != null) {
                emitter.fail(new ModelException(Kind.CONNECTION_LOST, "model: no connection, or it broke", failure));
            }
        });
    }
    // end

    private static BodySubscriber<Void> refused(int status, Emitter emitter) {
        Kind kind = switch (status) {
            case 401, 403 -> Kind.ACCESS_DENIED;
            case 429 -> Kind.THROTTLED;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.INVALID_REQUEST;
        };
        emitter.fail(new ModelException(kind, "model: refused with HTTP status " + status));
        return BodySubscribers.discarding();
    }

    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        return answers.start(request, listener);
    }

    /** The client's own thread ends when the client is garbage: JDK 17 has no other way. */
    @Override
    public void close() {
        answers.close();
        threads.shutdown();
    }
}
