package io.bargein.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the server says in protocol 2, to one connection. */
final class Protocol2 {
    static final String SEQ = "seq";
    static final String METRICS = "metrics";
    static final String TOOLS = "tools";
    static final String REASONING = "reasoning";
    /** What is granted, if it was asked for, beside {@code turn-ids}. */
    private static final Set<String> OPTIONAL = Set.of(SEQ, METRICS, TOOLS, REASONING);
    /** What a client gets that does not say what it wants. */
    static final Set<String> DEFAULT_FEATURES = Set.of(METRICS, TOOLS);

    private static final JsonFactory INPUTS = JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final byte[] NOTHING = {};

    private final Framing.Connection connection;
    private final Set<String> features;
    private long seq;
    /** The last chunk's turn, and what follows its text; as many have the same. */
    private TurnId chunksOf;
    private byte[] chunkTail;

    Protocol2(Framing.Connection connection, Set<String> wanted) {
        this.connection = connection;
        this.features = OPTIONAL.stream().filter(wanted::contains).collect(Collectors.toUnmodifiableSet());
    }

    /** Null for what was not asked for. */
    JsonEncoding encode(ServerMessage message) {
        if (message instanceof ServerMessage.Chunk chunk) {
            return new JsonEncoding(JsonEncoding.CHUNK, chunk.data(), chunkTail(chunk.turn()));
        }
        if (message instanceof ServerMessage.Complete complete) {
            return new JsonEncoding(JsonEncoding.COMPLETE, complete.fullResponse(), tail(",\"stop_reason\":"
                    + JsonEncoding.quotedOrNull(complete.stopReason()) + ",\"usage\":" + JsonEncoding.usage(complete.usage()) + named(complete.turn())));
        }
        if (message instanceof ServerMessage.Interrupted interrupted) {
            return new JsonEncoding(JsonEncoding.INTERRUPTED, interrupted.partialResponse(),
                    tail(quotedField("reason", interrupted.reason().word()) + named(interrupted.turn())));
        }
        if (message instanceof ServerMessage.Failure failure) {
            return new JsonEncoding(JsonEncoding.FAILURE, failure.error(), tail(quotedField("code", failure.type().word())
                    + ",\"retryable\":" + failure.type().retryable() + named(failure.turn())));
        }
        return encodeMore(message);
    }

    private JsonEncoding encodeMore(ServerMessage message) {
        if (message instanceof ServerMessage.Ready) {
            return whole("ready", ready());
        }
        if (message instanceof ServerMessage.TurnStarted started) {
            return whole("turn_start", ",\"cause\":\"text\"" + named(started.turn()));
        }
        if (message instanceof ServerMessage.CancelAck ack) {
            return whole("cancel_ack", ",\"accepted\":" + ack.accepted() + quotedField("state", ack.answering() ? "answering" : "idle")
                    + named(ack.turn()));
        }
        if (message instanceof ServerMessage.Reasoning reasoning && features.contains(REASONING)) {
            return new JsonEncoding(JsonEncoding.ascii("{\"type\":\"reasoning\",\"data\":\""), reasoning.data(), tail(numbered(reasoning.turn())));
        }
        if (message instanceof ServerMessage.ToolStarted started && features.contains(TOOLS)) {
            return whole("tool_start", tool(started.toolUseId(), started.name()) + ",\"input\":" + input(started.input())
                    + numbered(started.turn()));
        }
        if (message instanceof ServerMessage.ToolResulted resulted && features.contains(TOOLS)) {
            return new JsonEncoding(JsonEncoding.ascii("{\"type\":\"tool_result\"" + tool(resulted.toolUseId(), resulted.name())
                    + quotedField("status", resulted.failed() ? "error" : "success") + ",\"content\":\""),
                    resulted.content(), tail(numbered(resulted.turn())));
        }
        if (message instanceof ServerMessage.Metrics metrics && features.contains(METRICS)) {
            return whole("metrics", millis("ttft_ms", metrics.firstDeltaNanos()) + millis("interrupt_ms", metrics.interruptNanos())
                    + millis("upstream_abort_ms", metrics.upstreamAbortNanos()) + numbered(metrics.turn()));
        }
        return null;
    }

    private String ready() {
        String granted = Stream.concat(Stream.of("turn-ids"), features.stream().sorted()).collect(Collectors.joining("\",\"", "[\"", "\"]"));
        long idleMillis = connection.idleTimeout().toMillis();
        return quotedField("session_id", connection.sessionId()) + ",\"protocol\":2,\"vocabulary\":\"v2\",\"features\":" + granted
                + ",\"limits\":{\"max_frame\":" + connection.limits().maxFrameBytes() + ",\"max_message\":" + connection.limits().maxMessageBytes()
                + (idleMillis == 0 ? "" : ",\"idle_ms\":" + idleMillis) + "}";
    }

    private byte[] chunkTail(TurnId turn) {
        if (turn != chunksOf || features.contains(SEQ)) {
            chunksOf = turn;
            chunkTail = tail(numbered(turn));
        }
        return chunkTail;
    }

    private JsonEncoding whole(String type, String fields) {
        return new JsonEncoding(JsonEncoding.ascii("{\"type\":\"" + type + "\"" + fields + counted() + "}"), "", NOTHING);
    }

    /** What follows a text. */
    private byte[] tail(String fields) {
        return JsonEncoding.ascii("\"" + fields + counted() + "}");
    }

    private String counted() {
        return features.contains(SEQ) ? ",\"seq\":" + ++seq : "";
    }

    private static String numbered(TurnId turn) {
        return turn.number() == 0 ? "" : ",\"turn_id\":" + turn.number();
    }

    private static String named(TurnId turn) {
        return numbered(turn) + (turn.ofClient() == null ? "" : quotedField("client_turn_id", turn.ofClient()));
    }

    private static String tool(String toolUseId, String name) {
        return quotedField("tool_use_id", toolUseId) + quotedField("name", name);
    }

    private static String quotedField(String name, String value) {
        return ",\"" + name + "\":\"" + JsonEncoding.quoted(value) + "\"";
    }

    private static String millis(String name, long nanos) {
        return nanos < 0 ? "" : String.format(Locale.ROOT, ",\"%s\":%.3f", name, nanos / 1e6);
    }

    /** The input as it is, if it is a JSON object; a model of anyone's may have made it. */
    private static String input(String json) {
        StringWriter ascii = new StringWriter(json.length());
        try (JsonParser parser = INPUTS.createParser(json); JsonGenerator generator = INPUTS.createGenerator(ascii)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                generator.copyCurrentStructure(parser);
                if (parser.nextToken() == null) {
                    generator.flush();
                    return ascii.toString();
                }
            }
        } catch (IOException e) {
            // No JSON: it is shown as text.
        }
        return "\"" + JsonEncoding.quoted(json) + "\"";
    }
}
