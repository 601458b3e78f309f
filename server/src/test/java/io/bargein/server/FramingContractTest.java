package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.bargein.protocol.Framing;
import io.bargein.protocol.InvalidMessageException;
import io.bargein.protocol.JsonFraming;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.protocol.TurnId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.elsewhere.CompactFraming;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Every framing there is, held to the one contract. */
class FramingContractTest {

    @Nested
    class TextProtocol extends FramingContract {
        @Override
        Framing framing() {
            return new JsonFraming();
        }

        @Override
        boolean isBinary() {
            return false;
        }

        @Override
        byte[] prompt(String text) {
            return ("{\"inputText\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
        }

        @Override
        String read(byte[] message) {
            Map<String, String> fields = fields(message);
            if (fields.containsKey("error")) {
                return "error";
            }
            return switch (fields.get("type")) {
                case "chunk" -> "chunk " + fields.get("data");
                case "complete", "interrupted" -> fields.get("type");
                default -> null;
            };
        }

        private Map<String, String> fields(byte[] message) {
            Map<String, String> fields = new HashMap<>();
            try (JsonParser parser = new JsonFactory().createParser(message)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, parser.getValueAsString());
                    parser.skipChildren();
                }
                return fields;
            } catch (IOException e) {
                throw new UncheckedIOException(new String(message, StandardCharsets.UTF_8), e);
            }
        }
    }

    @Nested
    class Protocol2ByHello extends TextProtocol {
        @Override
        byte[] opening() {
            return "{\"type\":\"hello\",\"protocol\":2,\"features\":[\"seq\",\"metrics\",\"tools\",\"reasoning\"]}"
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    @Nested
    class Protocol2BySubprotocol extends TextProtocol {
        @Override
        String subprotocol() {
            return JsonFraming.PROTOCOL_2;
        }
    }

    @Nested
    class CompactByFirstMessage extends CompactBySubprotocol {
        @Override
        String subprotocol() {
            return null;
        }

        @Override
        byte[] opening() {
            return new byte[] {'H'};
        }
    }

    @Nested
    class CompactBySubprotocol extends FramingContract {
        @Override
        Framing framing() {
            return new CompactFraming();
        }

        @Override
        String subprotocol() {
            return CompactFraming.SUBPROTOCOL;
        }

        @Override
        boolean isBinary() {
            return true;
        }

        @Test
        void saysNothingForAStopReasonThatIsMissing() throws InvalidMessageException {
            Framing.Codec codec = framing().open(new Framing.Connection("s", subprotocol(), Limits.DEFAULT, Duration.ZERO));
            ByteBuf out = Unpooled.buffer();
            codec.encode(new ServerMessage.Complete(TurnId.NONE, "whole", null, null)).writeTo(out, 1_000);
            assertEquals("Z", out.toString(StandardCharsets.UTF_8));
        }

        @Override
        byte[] prompt(String text) {
            return ("P" + text).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        String read(byte[] message) {
            String text = new String(message, StandardCharsets.UTF_8);
            return switch (text.charAt(0)) {
                case 'D' -> "chunk " + text.substring(1);
                case 'Z' -> "complete";
                case 'I' -> "interrupted";
                case 'E' -> "error";
                default -> null;
            };
        }
    }
}
