/**
 * One connection's conversation: the state machine, and its two neighbours, the way to the client
 * ({@link io.bargein.server.session.Outbound}) and the way to the model. Knows no channel.
 */
package io.bargein.server.session;
