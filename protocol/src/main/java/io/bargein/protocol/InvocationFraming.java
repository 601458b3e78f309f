package io.bargein.protocol;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * What is said over {@code POST /invocations} (contract C20 to C29): the body, and the answer in its two forms.
 *
 * <table>
 * <caption>Bodies</caption>
 * <tr><th>in</th><td>{@code {"inputText":"…"}} or {@code {"prompt":"…"}}</td><td>a prompt</td></tr>
 * <tr><th>out, JSON</th><td>{@code {"response":"…","stop_reason":"…","usage":…}}</td><td>the whole answer, or, with
 *     {@code "stop_reason":"interrupted"}, the part of it there was</td></tr>
 * <tr><th>out, JSON</th><td>{@code {"error":"…"}}</td><td>none</td></tr>
 * <tr><th>out, events</th><td>{@code data: }, an object as on the WebSocket, two line feeds</td><td>a piece, or the end</td></tr>
 * <tr><th>out, events</th><td>{@code {"error":"…","error_type":"…","message":"…"}} likewise</td><td>the turn failed (C29)</td></tr>
 * </table>
 *
 * <p>Immutable; the methods may be called from any thread.
 */
public final class InvocationFraming {
    /** The stop reason of an answer that was cut in on. */
    public static final String INTERRUPTED = "interrupted";

    private static final byte[] ANSWER = JsonEncoding.ascii("{\"response\":\"");
    private static final byte[] EVENT_TAIL = JsonEncoding.ascii("\"}\n\n");
    private static final byte[] CHUNK_EVENT = event(JsonEncoding.CHUNK);
    private static final byte[] COMPLETE_EVENT = event(JsonEncoding.COMPLETE);
    private static final byte[] INTERRUPTED_EVENT = event(JsonEncoding.INTERRUPTED);
    private static final byte[] FAILURE_EVENT = event(JsonEncoding.FAILURE);

    private final JsonDecoder decoder;

    /**
     * Creates the framing.
     *
     * @param limits how large a body and a text may be: {@link Limits#maxMessageBytes} and {@link Limits#maxTextBytes}
     */
    public InvocationFraming(Limits limits) {
        this.decoder = new JsonDecoder(requireNonNull(limits, "limits"), JsonDecoder.INVOCATION);
    }

    /**
     * Decodes a whole body.
     *
     * @param body read from {@code readerIndex} to {@code writerIndex}; the caller keeps and releases it
     * @return the prompt, never null
     * @throws InvalidMessageException if it is none
     */
    public ClientMessage.Prompt decode(ByteBuf body) throws InvalidMessageException {
        return decoder.prompt(body);
    }

    /**
     * Begins to encode the JSON answer.
     *
     * @param terminal what ended the turn: any message but a chunk
     * @return the encoding, used once
     */
    public static Body answer(ServerMessage terminal) {
        if (terminal instanceof ServerMessage.Complete complete) {
            return body(ANSWER, complete.fullResponse(), answerTail(complete.stopReason(), complete.usage()));
        }
        if (terminal instanceof ServerMessage.Interrupted interrupted) {
            return body(ANSWER, interrupted.partialResponse(), answerTail(INTERRUPTED, null));
        }
        return body(JsonEncoding.FAILURE, ((ServerMessage.Failure) terminal).error(), JsonEncoding.TAIL);
    }

    /**
     * Begins to encode one item of the event stream.
     *
     * @param message what to send
     * @return the encoding, used once
     */
    public static Framing.Encoding event(ServerMessage message) {
        if (message instanceof ServerMessage.Chunk chunk) {
            return new JsonEncoding(CHUNK_EVENT, chunk.data(), EVENT_TAIL);
        }
        if (message instanceof ServerMessage.Complete complete) {
            return new JsonEncoding(COMPLETE_EVENT, complete.fullResponse(), EVENT_TAIL);
        }
        if (message instanceof ServerMessage.Interrupted interrupted) {
            return new JsonEncoding(INTERRUPTED_EVENT, interrupted.partialResponse(), EVENT_TAIL);
        }
        ServerMessage.Failure failure = (ServerMessage.Failure) message;
        return new JsonEncoding(FAILURE_EVENT, failure.error(), JsonEncoding.ascii("\",\"error_type\":\"" + failure.type().word()
                + "\",\"message\":\"An error occurred during streaming\"}\n\n"));
    }

    /**
     * An encoding that knows its length.
     *
     * @param length in bytes
     * @param encoding writes that many; a fragment of it may end within its last fields
     */
    public record Body(long length, Framing.Encoding encoding) {}

    private static Body body(byte[] head, String text, byte[] tail) {
        JsonEncoding encoding = new JsonEncoding(head, text, tail);
        return new Body(encoding.length(), encoding);
    }

    private static byte[] answerTail(String stopReason, ServerMessage.Usage usage) {
        return JsonEncoding.ascii("\",\"stop_reason\":" + JsonEncoding.quotedOrNull(stopReason) + ",\"usage\":" + JsonEncoding.usage(usage) + "}");
    }

    private static byte[] event(byte[] head) {
        return JsonEncoding.ascii("data: " + new String(head, StandardCharsets.US_ASCII));
    }
}
