/**
 * The wire, as both ends speak it: messages, limits, close codes and the {@link io.bargein.protocol.Framing} between
 * bytes and messages. Knows {@code ByteBuf} and no channel; decoded messages hold no buffer.
 */
package io.bargein.protocol;
