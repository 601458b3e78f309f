package io.bargein.loadtest.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.bargein.protocol.ErrorType;
import io.bargein.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The text protocol from the client's side. */
final class ServerMessages {
    private static final int MAX_STRING_CHARS = 64 << 20;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(MAX_STRING_CHARS).build()).build();

    private ServerMessages() {}

    static String prompt(String text) {
        return "{\"inputText\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"}";
    }

    /**
     * Reads one message.
     *
     * @return the message, or null for one that this client has no use for, which servers may send
     * @throws IOException if it is no JSON object
     */
    static ServerMessage read(ByteBuf payload) throws IOException {
        try (JsonParser parser = FACTORY.createParser((InputStream) new ByteBufInputStream(payload.duplicate()))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no object");
            }
            String type = null;
            String text = null;
            String error = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "type" -> type = parser.getValueAsString();
                    case "data", "fullResponse", "partialResponse" -> text = parser.getValueAsString();
                    case "error" -> error = value == JsonToken.VALUE_STRING ? parser.getText() : "an error that is no text";
                    default -> { }
                }
                parser.skipChildren();
            }
            return message(type, text, error);
        }
    }

    private static ServerMessage message(String type, String text, String error) {
        if (type != null && text != null) {
            switch (type) {
                case "chunk":
                    return new ServerMessage.Chunk(text);
                case "complete":
                    return new ServerMessage.Complete(text);
                case "interrupted":
                    return new ServerMessage.Interrupted(text);
                default:
                    break;
            }
        }
        return error == null ? null : new ServerMessage.Failure(isAboutInput(error) ? ErrorType.INVALID_INPUT : ErrorType.INTERNAL, error);
    }

    /** Bad input and a turn that failed look alike but for what they say. */
    private static boolean isAboutInput(String error) {
        return error.startsWith("inputText") || error.startsWith("message:");
    }
}
