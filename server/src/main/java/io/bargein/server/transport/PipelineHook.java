package io.bargein.server.transport;

import io.netty.channel.ChannelPipeline;
import java.util.function.Consumer;

/**
 * What an embedder does to each connection's pipeline, on its event loop.
 *
 * @param name whom to name when it fails
 * @param accepted called when the handlers for HTTP are in place
 * @param upgraded called when the handlers for WebSocket are in place, before the first frame is read
 */
public record PipelineHook(String name, Consumer<ChannelPipeline> accepted, Consumer<ChannelPipeline> upgraded) {}
