/**
 * The client's side of the WebSocket: of a runtime on Amazon Bedrock AgentCore, or of any server that speaks the text protocol.
 *
 * <p>{@link io.bargein.loadtest.client.RuntimeEndpoint} says where, {@link io.bargein.loadtest.client.RuntimeAuth} as whom,
 * {@link io.bargein.loadtest.client.RuntimeTarget} puts them together, and {@link io.bargein.loadtest.client.RuntimeClient} talks:
 *
 * <pre>{@code
 * RuntimeTarget target = RuntimeTarget.builder(RuntimeEndpoint.ofArn(arn)).auth(RuntimeAuth.sigV4()).build();
 * try (RuntimeClient client = RuntimeClient.builder(target).build()) {
 *     client.connect().join();
 *     client.ask("Tell me about the history of Japan", listener);
 *     client.ask("In one sentence, please", listener); // Cuts in.
 * }
 * }</pre>
 *
 * <p>{@link io.bargein.loadtest.client.WsConnection} is one connection, and all that the load generator needs.
 */
package io.bargein.loadtest.client;
