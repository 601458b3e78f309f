/**
 * Amazon Bedrock's ConverseStream through the AWS SDK. {@link io.bargein.server.backend.bedrock.BedrockModel} is the door.
 *
 * <p>Threads: a call is built, signed and started on the upstream thread that asks for it; from then on it belongs to one upstream event
 * loop, which is also that of its connection, and demand and cancels are posted there.
 */
package io.bargein.server.backend.bedrock;
