package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.Deployment.Oddities;
import io.bargein.loadtest.frontdoor.Deployment.WsRules;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An open WebSocket: frames go through one by one as they are, as long as both sides keep to the rules. Confined to one loop, both sides'. */
final class WsRelay {
    private static final String TOO_BIG = "Policy violated: message size limit of 64 KB for a message frame is exceeded";
    private static final String TOO_MANY = "Policy violated: frame rate limit of %d frames per second is exceeded";
    /** The platform's words, whatever the limit here: clients look for them. */
    private static final String TOO_OLD = "Policy violated: Max connection duration of 1 hour is exceeded";
    /** For a peer to end a connection that has been closed; then it is cut. */
    private static final long LINGER_MILLIS = 1_000;

    private final Exchange exchange;
    private final FrontDoorTime time;
    private final WsRules rules;
    private final Oddities oddities;
    private final Side client;
    private final Side container;
    private final BodyWrap wrap = new BodyWrap();
    /** Whether the client has begun a message at all. */
    private boolean clientSpoke;
    /** Whether it has begun one that it has not ended. */
    private boolean isClientMidMessage;
    private long lastFrameNanos;
    private Runnable ageTimer = () -> {};
    private Runnable idleTimer = () -> {};
    /** Nothing more goes through. */
    private boolean isOver;

    WsRelay(Exchange exchange, Channel client, Channel container) {
        this.exchange = exchange;
        time = exchange.deployment().time();
        rules = exchange.deployment().wsRules();
        oddities = exchange.deployment().oddities();
        this.client = new Side(client);
        this.container = new Side(container);
    }

    ChannelHandler clientSide() {
        return client;
    }

    ChannelHandler containerSide() {
        return container;
    }

    void begin() {
        lastFrameNanos = time.nanos();
        ageTimer = time.after(client.channel.eventLoop(), rules.maxAge(), () -> violated(WebSocketCloseStatus.POLICY_VIOLATION.code(), TOO_OLD));
        watchIdle(rules.maxIdle());
    }

    private void watchIdle(Duration left) {
        idleTimer = time.after(client.channel.eventLoop(), left, () -> {
            Duration rest = rules.maxIdle().minusNanos(time.nanos() - lastFrameNanos);
            if (isOver) {
                return;
            }
            if (rest.isZero() || rest.isNegative()) {
                over();
                client.channel.close(); // Without a word: the client sees 1006 (C71).
                container.channel.close();
            } else {
                watchIdle(rest);
            }
        });
    }

    private void frame(Side from, Side to, WebSocketFrame frame) {
        lastFrameNanos = time.nanos();
        if (!from.rate.admits(lastFrameNanos)) {
            frame.release();
            violated(WebSocketCloseStatus.POLICY_VIOLATION.code(), String.format(TOO_MANY, rules.maxFramesPerSecond()));
        } else if (frame instanceof CloseWebSocketFrame) {
            from.saidClose = true;
            to.heardClose = true;
            to.channel.write(frame, to.channel.voidPromise());
            if (to.saidClose) {
                over();
                client.end();
                container.end();
            }
        } else if (isData(frame)) {
            data(from, frame);
        } else {
            to.channel.write(frame, to.channel.voidPromise());
        }
    }

    private void data(Side from, WebSocketFrame frame) {
        if (from == client) {
            boolean isFirst = !clientSpoke || wrap.isMidMessage();
            clientSpoke = true;
            isClientMidMessage = !frame.isFinalFragment();
            container.channel.write(oddities.wrapsFirst() && isFirst ? wrap.wrap(frame) : frame, container.channel.voidPromise());
        } else if (oddities.dropsEarly() && !clientSpoke) {
            frame.release();
        } else {
            // A message in fragments, or in the middle of the client's own, cannot come back without breaking that one.
            if (oddities.echoes() && frame.isFinalFragment() && !(frame instanceof ContinuationWebSocketFrame) && !isClientMidMessage) {
                container.channel.write(frame.copy(), container.channel.voidPromise());
            }
            client.channel.write(frame, client.channel.voidPromise());
        }
    }

    private static boolean isData(WebSocketFrame frame) {
        return frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame || frame instanceof ContinuationWebSocketFrame;
    }

    /** Both sides are told, and the connection ends. */
    private void violated(int code, String reason) {
        if (isOver) {
            return;
        }
        over();
        for (Side side : new Side[] {client, container}) {
            if (!side.heardClose) {
                side.channel.write(new CloseWebSocketFrame(code, reason), side.channel.voidPromise());
            }
            side.end();
        }
    }

    private void over() {
        isOver = true;
        ageTimer.run();
        idleTimer.run();
        exchange.end();
    }

    /** One side's channel, and what came from it. */
    private final class Side extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final FrameRate rate = new FrameRate(rules.maxFramesPerSecond());
        /** It has sent a Close frame. */
        private boolean saidClose;
        /** It has been sent one. */
        private boolean heardClose;

        Side(Channel channel) {
            this.channel = channel;
        }

        private Side other() {
            return this == client ? container : client;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof WebSocketFrame frame && !isOver && !saidClose) {
                frame(this, other(), frame);
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            channel.flush();
            other().channel.flush();
            throttle();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            other().throttle();
            throttle(); // An echo goes back to where it came from.
        }

        /** It is read from while the other side takes what comes. */
        private void throttle() {
            channel.config().setAutoRead(isOver || other().channel.isWritable() && (!oddities.echoes() || channel.isWritable()));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!isOver) {
                over();
                other().end();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == FrontDoor.STOP) {
                violated(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE.code(), "");
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
            if (thrown instanceof CorruptedWebSocketFrameException corrupted) {
                boolean isTooBig = corrupted.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG);
                violated(corrupted.closeStatus().code(), isTooBig ? TOO_BIG : corrupted.getMessage());
            } else {
                ctx.close();
            }
        }

        /** What has been written goes out, then nothing more; a peer that has read it to its end ends the connection, or it is cut. */
        private void end() {
            channel.config().setAutoRead(true);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) written -> {
                if (channel instanceof SocketChannel socket && channel.isActive()) {
                    socket.shutdownOutput();
                }
            });
            channel.eventLoop().schedule((Runnable) channel::close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** How many frames came in the last second; the window slides. */
    private static final class FrameRate {
        private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

        private final long[] times;
        private long count;

        FrameRate(int maxPerSecond) {
            times = new long[maxPerSecond];
        }

        boolean admits(long nowNanos) {
            int slot = (int) (count % times.length);
            boolean admitted = count < times.length || nowNanos - times[slot] >= SECOND;
            times[slot] = nowNanos;
            count++;
            return admitted;
        }
    }
}
