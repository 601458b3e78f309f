/**
 * From bytes to the session and back: the pipeline, admission, ping, upgrade, frames and messages. Names the handlers and their
 * order in {@link io.bargein.server.transport.ServerPipeline}.
 */
package io.bargein.server.transport;
