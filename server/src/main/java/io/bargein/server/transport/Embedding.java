package io.bargein.server.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import java.util.List;

/**
 * What an application brings along that the server is to live in. Immutable.
 *
 * @param acceptors accept connections; null where the server makes event loops of its own
 * @param workers serve connections; null together with {@code acceptors}
 * @param serverChannel what listens; null for what the event loops drive
 * @param allocator makes the connections' buffers; null for Netty's default
 * @param hooks what is done to each pipeline, in this order
 * @param framings how messages are framed
 */
public record Embedding(EventLoopGroup acceptors, EventLoopGroup workers, Class<? extends ServerSocketChannel> serverChannel,
        ByteBufAllocator allocator, List<PipelineHook> hooks, Framings framings) {

    /** Nothing: the server is on its own. */
    public static final Embedding NONE = new Embedding(null, null, null, null, List.of(), Framings.DEFAULT);

    /**
     * Copies the list.
     *
     * @param acceptors accept connections, or null
     * @param workers serve connections, or null
     * @param serverChannel what listens, or null
     * @param allocator makes buffers, or null
     * @param hooks what is done to each pipeline
     * @param framings how messages are framed
     */
    public Embedding {
        hooks = List.copyOf(hooks);
    }

    /**
     * Returns the same with other framings.
     *
     * @param newFramings how messages are framed
     * @return the embedding
     */
    public Embedding speaking(Framings newFramings) {
        return new Embedding(acceptors, workers, serverChannel, allocator, hooks, newFramings);
    }
}
