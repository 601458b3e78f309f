package io.bargein.server.transport;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.CloseCode;
import io.bargein.protocol.Framing;
import io.bargein.protocol.InvalidMessageException;
import io.bargein.server.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where messages reach the session. Last in the pipeline. */
final class SessionHandler extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(SessionHandler.class);

    private final Framings framings;
    private final Framing.Connection connection;
    private final Outbox outbox;
    private final Session session;
    private final Consumer<ClientMessage> taker = this::take;
    /** Null before the first message. */
    private Framing.Codec codec;
    private EventExecutor loop;

    SessionHandler(Framings framings, Framing.Connection connection, Outbox outbox, Session session) {
        this.framings = framings;
        this.connection = connection;
        this.outbox = outbox;
        this.session = session;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        loop = ctx.executor();
        session.connect();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            ByteBuf message = ((WebSocketFrame) msg).content();
            boolean text = msg instanceof TextWebSocketFrame;
            if (codec == null) {
                codec = framings.open(connection, message, text);
                outbox.codec(codec);
            }
            codec.decode(message, text, taker);
        } catch (InvalidMessageException e) {
            session.onBadInput(e.getMessage());
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        outbox.flush();
    }

    /** The connection is closed, or someone took this away, who has the connection closed by that. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        try {
            outbox.release();
        } finally {
            Outbox.End end = outbox.end();
            session.ended(end.code(), end.reason(), end.by());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ServerStopping.SOON) {
            session.drain("server is stopping");
        } else if (event == ServerStopping.NOW) {
            session.close(CloseCode.GOING_AWAY, "server is stopping");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{}: connection lost", ctx.channel(), cause);
            ctx.close();
        } else {
            log.error("{}: closing the connection of session {} after a fault{}", ctx.channel(), connection.sessionId(),
                    codec == null ? "" : "; its framing is " + codec.getClass().getName(), cause);
            outbox.close(CloseCode.INTERNAL_ERROR, "internal error");
        }
    }

    /** A framing's to call. Elsewhere than on the event loop it would break the session, of which the framing would hear nothing. */
    private void take(ClientMessage message) {
        Objects.requireNonNull(message, "message: null (expected: a prompt, a cancel or a hello)");
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("decoded on " + Thread.currentThread().getName() + " (expected: the connection's event loop)");
        }
        if (message instanceof ClientMessage.Prompt prompt) {
            session.onPrompt(prompt);
        } else if (message instanceof ClientMessage.Cancel cancel) {
            session.onCancel(cancel.turn());
        } else {
            session.onHello();
        }
    }
}
