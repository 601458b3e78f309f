package io.bargein.protocol;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** One connection's side of {@link JsonFraming}: which of the two protocols it speaks, and how that is read. */
final class JsonCodec implements Framing.Codec {
    private static final String HELLO = "hello";
    private static final String CANCEL = "cancel";

    private final Framing.Connection connection;
    private final JsonDecoder decoder;
    /** Whether the next message is the connection's first. */
    private boolean first = true;
    /** Null as long as the client has not asked for it. */
    private Protocol2 protocol2;

    JsonCodec(Framing.Connection connection) {
        this.connection = connection;
        this.decoder = new JsonDecoder(connection.limits(), JsonDecoder.MESSAGE);
        if (JsonFraming.PROTOCOL_2.equals(connection.subprotocol())) {
            protocol2 = new Protocol2(connection, Protocol2.DEFAULT_FEATURES);
        }
    }

    @Override
    public void decode(ByteBuf message, boolean text, Consumer<? super ClientMessage> out) throws InvalidMessageException {
        boolean wasFirst = first;
        first = false;
        if (!text) {
            throw JsonDecoder.invalid("frame: binary (expected: a text frame with a JSON object)");
        }
        JsonDecoder.Fields fields = decoder.message(message, wasFirst);
        if (fields.isEcho()) {
            return;
        }
        if (fields.text == null && HELLO.equals(fields.type)) {
            hello(fields, wasFirst);
            out.accept(new ClientMessage.Hello());
        } else if (protocol2 == null) {
            out.accept(decoder.prompt(fields, null));
        } else if (fields.text == null && CANCEL.equals(fields.type)) {
            out.accept(new ClientMessage.Cancel(turnId(fields)));
        } else {
            if (fields.text == null && fields.type != null) {
                throw JsonDecoder.invalid("type: unknown (expected: cancel, or inputText and no type)");
            }
            TurnId turn = turnId(fields);
            if (turn.number() != 0) {
                throw JsonDecoder.invalid("turn_id: a number (expected: a string, the client's own name for the turn)");
            }
            out.accept(decoder.prompt(fields, turn.ofClient()));
        }
    }

    private void hello(JsonDecoder.Fields fields, boolean wasFirst) throws InvalidMessageException {
        if (!wasFirst) {
            throw JsonDecoder.invalid("hello: late (expected: as the first message)");
        }
        if (fields.protocol < 2) {
            throw JsonDecoder.invalid("protocol: " + (fields.protocol == 1 ? "1" : "missing or none") + " (expected: 2)");
        }
        protocol2 = new Protocol2(connection, fields.features == null ? Protocol2.DEFAULT_FEATURES : fields.features);
    }

    private static TurnId turnId(JsonDecoder.Fields fields) throws InvalidMessageException {
        if (fields.turnNumber < 0) {
            throw JsonDecoder.invalid("turn_id: out of range (expected: a number that the server gave)");
        }
        String ofClient = fields.turnOfClient;
        if (ofClient != null) {
            if (ofClient.isEmpty() || ofClient.length() > TurnId.MAX_OF_CLIENT_CHARS) {
                throw JsonDecoder.invalid("turn_id: " + ofClient.length() + " characters (expected: 1 to " + TurnId.MAX_OF_CLIENT_CHARS + ")");
            }
            JsonDecoder.checkSurrogates("turn_id", ofClient);
        }
        return fields.turnNumber == 0 && ofClient == null ? TurnId.NONE : new TurnId(fields.turnNumber, ofClient);
    }

    @Override
    public Framing.Encoding encode(ServerMessage message) {
        if (protocol2 != null) {
            return protocol2.encode(message);
        }
        if (message instanceof ServerMessage.Chunk chunk) {
            return new JsonEncoding(JsonEncoding.CHUNK, chunk.data());
        }
        if (message instanceof ServerMessage.Complete complete) {
            return new JsonEncoding(JsonEncoding.COMPLETE, complete.fullResponse());
        }
        if (message instanceof ServerMessage.Interrupted interrupted) {
            return new JsonEncoding(JsonEncoding.INTERRUPTED, interrupted.partialResponse());
        }
        if (message instanceof ServerMessage.Failure failure) {
            return new JsonEncoding(JsonEncoding.FAILURE, failure.error());
        }
        return null;
    }
}
