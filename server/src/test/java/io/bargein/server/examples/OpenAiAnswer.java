package io.bargein.server.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Emitter;
import io.bargein.server.spi.GenerationEnd;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelException.Kind;
import io.bargein.server.spi.Usage;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Flow;

/** Reads an answer's server-sent events, line by line and no faster than the emitter is ready for them. */
final class OpenAiAnswer implements Flow.Subscriber<String> {
    private static final JsonFactory JSON = new JsonFactory();

    /** A tool call, of which the arguments come in pieces. */
    private static final class ToolCall {
        String id;
        String name;
        final StringBuilder arguments = new StringBuilder();
    }

    private final Emitter emitter;
    private final Map<Integer, ToolCall> toolCalls = new TreeMap<>();
    private Flow.Subscription lines;
    private String finishReason = "stop";
    private Usage usage;

    OpenAiAnswer(Emitter emitter) {
        this.emitter = emitter;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        lines = subscription;
        emitter.onReady(() -> lines.request(1));
    }

    @Override
    public void onNext(String line) {
        try {
            if (line.equals("data: [DONE]")) {
                toolCalls.values().forEach(call -> emitter.toolUse(new ToolUse(call.id, call.name, call.arguments.toString())));
                emitter.end(new GenerationEnd(stopReason(), usage));
                lines.request(Long.MAX_VALUE);   // what is left of the body, so that the connection can be used again
            } else if (line.startsWith("data: ")) {
                read(scalars(line.substring(6)));
            }
        } catch (IOException | ModelException | NumberFormatException e) {
            emitter.fail(e instanceof ModelException ? e : new ModelException(Kind.MODEL_FAILED, "model: sent what is no answer", e));
            lines.cancel();
        }
        if (emitter.isReady()) {
            lines.request(1);
        }
    }

    private void read(Map<String, String> event) throws ModelException {
        if (event.keySet().stream().anyMatch(path -> path.startsWith("/error"))) {
            throw new ModelException(Kind.MODEL_FAILED, "model: failed while it answered");
        }
        String text = event.getOrDefault("/choices/0/delta/content", "");
        if (!text.isEmpty()) {
            emitter.text(text);
        }
        for (int i = 0; event.containsKey("/choices/0/delta/tool_calls/" + i + "/index"); i++) {
            String path = "/choices/0/delta/tool_calls/" + i;
            ToolCall call = toolCalls.computeIfAbsent(Integer.valueOf(event.get(path + "/index")), index -> new ToolCall());
            call.id = event.getOrDefault(path + "/id", call.id);
            call.name = event.getOrDefault(path + "/function/name", call.name);
            call.arguments.append(event.getOrDefault(path + "/function/arguments", ""));
        }
        finishReason = event.getOrDefault("/choices/0/finish_reason", finishReason);
        if (event.containsKey("/usage/prompt_tokens")) {
            int cached = Integer.parseInt(event.getOrDefault("/usage/prompt_tokens_details/cached_tokens", "0"));
            usage = new Usage(Integer.parseInt(event.get("/usage/prompt_tokens")) - cached,
                    Integer.parseInt(event.getOrDefault("/usage/completion_tokens", "0")), cached, 0);
        }
    }

    private String stopReason() {
        return switch (finishReason) {
            case "stop" -> GenerationEnd.END_TURN;
            case "tool_calls" -> GenerationEnd.TOOL_USE;
            case "length" -> "max_tokens";
            case "content_filter" -> "content_filtered";
            default -> finishReason;
        };
    }

    /** All values of a JSON text that are not null, by their JSON pointers. */
    private static Map<String, String> scalars(String json) throws IOException {
        Map<String, String> scalars = new HashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
                    scalars.put(parser.getParsingContext().pathAsPointer().toString(), parser.getText());
                }
            }
        }
        return scalars;
    }

    @Override
    public void onError(Throwable failure) {
        emitter.fail(new ModelException(Kind.CONNECTION_LOST, "model: the connection broke", failure));
    }

    @Override
    public void onComplete() {
        emitter.fail(new ModelException(Kind.TRUNCATED, "model: the stream ended before the answer did"));   // ignored behind the end
    }
}
