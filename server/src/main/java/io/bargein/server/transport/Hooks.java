package io.bargein.server.transport;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls what an embedder hung into the pipeline. What fails there, or breaks the pipeline, costs its own connection and nothing else. */
final class Hooks {
    private static final Logger log = LoggerFactory.getLogger(Hooks.class);

    private final List<PipelineHook> hooks;

    Hooks(List<PipelineHook> hooks) {
        this.hooks = hooks;
    }

    /** Says whether the connection may go on; if not, it is being closed. */
    boolean accepted(ChannelPipeline pipeline, List<String> ours) {
        return call(pipeline, ours, PipelineHook::accepted);
    }

    /** Says whether the connection may go on; if not, it is being closed. */
    boolean upgraded(ChannelPipeline pipeline, List<String> ours) {
        return call(pipeline, ours, PipelineHook::upgraded);
    }

    private boolean call(ChannelPipeline pipeline, List<String> ours, Function<PipelineHook, Consumer<ChannelPipeline>> moment) {
        for (PipelineHook hook : hooks) {
            try {
                moment.apply(hook).accept(pipeline);
                check(pipeline, ours);
            } catch (Throwable e) {
                log.error("{}: closing the connection, as pipeline customizer {} failed"
                        + " (expected: handlers under names of their own, and the server's left in place)", pipeline.channel(), hook.name(), e);
                pipeline.channel().close();
                return false;
            }
        }
        return true;
    }

    private static void check(ChannelPipeline pipeline, List<String> ours) {
        for (String name : ours) {
            if (pipeline.context(name) == null) {
                throw new IllegalStateException("pipeline: " + name + " is missing (expected: all of " + ours + ")");
            }
        }
        // It would promise the client a compression that the frame decoder takes for a violation (RFC 6455, section 5.2).
        WebSocketServerExtensionHandler extensions = pipeline.get(WebSocketServerExtensionHandler.class);
        if (extensions != null) {
            throw new IllegalStateException("pipeline: " + extensions.getClass().getName() + " (expected: no WebSocket extensions)");
        }
    }
}
