package io.bargein.server.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A tool that looks an order up, in a place that takes its time, and stops looking when nobody waits any more. */
public final class OrderLookup implements Tool {

    /** Where the orders are. */
    public interface Orders {
        CompletableFuture<String> statusOf(String order);
    }

    private static final JsonFactory JSON = new JsonFactory();

    private final Orders orders;

    public OrderLookup(Orders orders) {
        this.orders = orders;
    }

    // snippet: tool
    @Override
    public String name() {
        return "order_lookup";
    }

    @Override
    public String description() {
        return "Looks up where an order is, by its number.";
    }

    @Override
    public String inputSchema() {
        return """
                {"type":"object","properties":{"order":{"type":"string"}},"required":["order"]}""";
    }

    @Override
    public CompletionStage<ToolResult> call(ToolCall call) {
        String order = order(call.use().input());
        if (order == null) {
            return CompletableFuture.completedStage(ToolResult.failed("order: missing (expected: an order's number)"));
        }
        CompletableFuture<String> status = orders.statusOf(order);  // may block as well: tools have threads of their own
        call.cancelled().thenRun(() -> status.cancel(true));        // the user has cut in, the client is gone, or the time is up
        return status.thenApply(ToolResult::of);                    // if it fails, the model is told that the tool failed
    }
    // end

    /** The order's number, or null. */
    private static String order(String input) {
        try (JsonParser parser = JSON.createParser(input)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals("order")) {
                    return parser.nextTextValue();
                }
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }
}
