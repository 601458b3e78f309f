package io.bargein.protocol;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * The text protocol: one JSON object (RFC 8259) a message. What a connection speaks until it asks for more:
 *
 * <table>
 * <caption>Messages</caption>
 * <tr><th>in</th><td>{@code {"inputText":"…"}}</td><td>{@link ClientMessage.Prompt}</td></tr>
 * <tr><th>in</th><td>one of our own shapes</td><td>an echo (contract C85), ignored</td></tr>
 * <tr><th>out</th><td>{@code {"type":"chunk","data":"…"}}</td><td>{@link ServerMessage.Chunk}</td></tr>
 * <tr><th>out</th><td>{@code {"type":"complete","fullResponse":"…"}}</td><td>{@link ServerMessage.Complete}</td></tr>
 * <tr><th>out</th><td>{@code {"type":"interrupted","partialResponse":"…"}}</td><td>{@link ServerMessage.Interrupted}</td></tr>
 * <tr><th>out</th><td>{@code {"error":"…"}}</td><td>{@link ServerMessage.Failure}</td></tr>
 * </table>
 *
 * <p>Protocol 2 is spoken from the first message on if that is {@code {"type":"hello","protocol":2}}, or if the connection was opened with
 * the subprotocol {@value #PROTOCOL_2}; a {@code hello} may then come first all the same, to ask for {@code features}. It adds fields and
 * messages:
 *
 * <table>
 * <caption>What protocol 2 adds</caption>
 * <tr><th>in</th><td>{@code hello}: {@code protocol}, {@code features}</td><td>{@link ClientMessage.Hello}</td></tr>
 * <tr><th>in</th><td>{@code inputText}: {@code turn_id}, a string of the client's own</td><td>{@link ClientMessage.Prompt}</td></tr>
 * <tr><th>in</th><td>{@code cancel}: {@code turn_id}, a number of the server's or a string of the client's</td>
 *     <td>{@link ClientMessage.Cancel}</td></tr>
 * <tr><th>out</th><td>{@code ready}: {@code session_id}, {@code protocol}, {@code vocabulary}, {@code features}, {@code limits}</td>
 *     <td>{@link ServerMessage.Ready}</td></tr>
 * <tr><th>out</th><td>{@code turn_start}: {@code cause}</td><td>{@link ServerMessage.TurnStarted}</td></tr>
 * <tr><th>out</th><td>{@code reasoning}: {@code data}</td><td>{@link ServerMessage.Reasoning}, with the feature</td></tr>
 * <tr><th>out</th><td>{@code tool_start}: {@code tool_use_id}, {@code name}, {@code input}</td>
 *     <td>{@link ServerMessage.ToolStarted}, with the feature {@code tools}</td></tr>
 * <tr><th>out</th><td>{@code tool_result}: {@code tool_use_id}, {@code name}, {@code status}, {@code content}</td>
 *     <td>{@link ServerMessage.ToolResulted}, with the feature {@code tools}</td></tr>
 * <tr><th>out</th><td>{@code complete}: {@code stop_reason}, {@code usage}</td><td>{@link ServerMessage.Complete}</td></tr>
 * <tr><th>out</th><td>{@code interrupted}: {@code reason}</td><td>{@link ServerMessage.Interrupted}</td></tr>
 * <tr><th>out</th><td>{@code error}: {@code code}, {@code retryable}</td><td>{@link ServerMessage.Failure}</td></tr>
 * <tr><th>out</th><td>{@code cancel_ack}: {@code accepted}, {@code state}</td><td>{@link ServerMessage.CancelAck}</td></tr>
 * <tr><th>out</th><td>{@code metrics}: {@code ttft_ms}, {@code interrupt_ms}, {@code upstream_abort_ms}</td>
 *     <td>{@link ServerMessage.Metrics}, with the feature</td></tr>
 * </table>
 *
 * <p>All that is of a turn has the server's {@code turn_id}, which counts from 1; {@code turn_start}, the terminals and {@code cancel_ack}
 * also have {@code client_turn_id} if the client gave one. The features are {@code turn-ids}, which is always granted, {@code metrics} and
 * {@code tools}, which are unless the client says what it wants, {@code reasoning}, and {@code seq}: with it every message has
 * {@code seq}, which counts the connection's messages from 1 without a gap.
 *
 * <p>Reading is strict, but for fields that are not known: those are skipped. A connection's first message may come wrapped as
 * {@code {"body":"<json>"}} (contract C87); then it is what the string says. Writing escapes only what JSON demands; a lone
 * surrogate is written as U+FFFD. Binary messages are refused.
 */
public final class JsonFraming implements Framing {
    /** The subprotocol of protocol 2. It cannot pass AgentCore (contract C81); {@code hello} can. */
    public static final String PROTOCOL_2 = "agent-stream.v2";

    /** Creates the framing. */
    public JsonFraming() {}

    @Override
    public List<String> subprotocols() {
        return List.of(PROTOCOL_2);
    }

    /** Accepts every connection: what is no message of the text protocol gets an error that says what is. */
    @Override
    public boolean accepts(ByteBuf first, boolean text) {
        return true;
    }

    @Override
    public Codec open(Connection connection) {
        return new JsonCodec(connection);
    }
}
