package io.bargein.protocol;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

/**
 * The text protocol: one JSON object (RFC 8259) a message.
 *
 * <table>
 * <caption>Messages</caption>
 * <tr><th>in</th><td>{@code {"inputText":"…"}}</td><td>{@link ClientMessage.Prompt}</td></tr>
 * <tr><th>in</th><td>one of our own shapes</td><td>{@link ClientMessage.Echo}</td></tr>
 * <tr><th>out</th><td>{@code {"type":"chunk","data":"…"}}</td><td>{@link ServerMessage.Chunk}</td></tr>
 * <tr><th>out</th><td>{@code {"type":"complete","fullResponse":"…"}}</td><td>{@link ServerMessage.Complete}</td></tr>
 * <tr><th>out</th><td>{@code {"type":"interrupted","partialResponse":"…"}}</td><td>{@link ServerMessage.Interrupted}</td></tr>
 * <tr><th>out</th><td>{@code {"error":"…"}}</td><td>{@link ServerMessage.Failure}</td></tr>
 * </table>
 *
 * <p>Reading is strict, but for fields that are not known: those are skipped. A connection's first message may come wrapped as
 * {@code {"body":"<json>"}} (contract C87); then it is what the string says. Writing escapes only what JSON demands; a lone
 * surrogate is written as U+FFFD.
 */
public final class JsonFraming implements Framing {
    private final JsonDecoder decoder;
    /** Whether the next message is the connection's first. */
    private boolean first = true;

    /**
     * Creates the framing of one connection.
     *
     * @param limits how large a message and a text may be
     */
    public JsonFraming(Limits limits) {
        this.decoder = new JsonDecoder(requireNonNull(limits, "limits"), JsonDecoder.MESSAGE);
    }

    @Override
    public ClientMessage decode(ByteBuf message) throws InvalidMessageException {
        boolean mayBeWrapped = first;
        first = false;
        return decoder.message(message, mayBeWrapped);
    }

    @Override
    public Encoding encode(ServerMessage message) {
        if (message instanceof ServerMessage.Chunk chunk) {
            return new JsonEncoding(JsonEncoding.CHUNK, chunk.data());
        }
        if (message instanceof ServerMessage.Complete complete) {
            return new JsonEncoding(JsonEncoding.COMPLETE, complete.fullResponse());
        }
        if (message instanceof ServerMessage.Interrupted interrupted) {
            return new JsonEncoding(JsonEncoding.INTERRUPTED, interrupted.partialResponse());
        }
        return new JsonEncoding(JsonEncoding.FAILURE, ((ServerMessage.Failure) message).error());
    }
}
