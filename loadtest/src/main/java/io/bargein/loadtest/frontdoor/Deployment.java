package io.bargein.loadtest.frontdoor;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * The runtime behind a front door, and how it is treated.
 *
 * @param arn its name
 * @param qualifiers of its endpoints
 * @param container where it listens
 * @param admission who may come in
 * @param headers what its container sees
 * @param sessions how many there may be
 * @param wsRules what a WebSocket has to keep to
 * @param oddities what is done to frames that nobody asked for
 * @param startLimit how long it may take to answer an upgrade
 * @param time the time
 */
record Deployment(RuntimeArn arn, Set<String> qualifiers, URI container, Admission admission, HeaderRules headers, SessionQuota sessions,
        WsRules wsRules, Oddities oddities, Duration startLimit, FrontDoorTime time) {

    /**
     * What a WebSocket has to keep to (C67, C69 to C71).
     *
     * @param maxAge how long it may last
     * @param maxIdle how long it may be without a frame
     * @param maxFramesPerSecond how many frames may come from one side in any second
     */
    record WsRules(Duration maxAge, Duration maxIdle, int maxFramesPerSecond) {
        /** Of one frame's payload, either way. */
        static final int MAX_FRAME_BYTES = 64 << 10;
    }

    /**
     * What the field has reported of the platform, each by some and not by others.
     *
     * @param dropsEarly what the container sends before the client's first message is lost (C84)
     * @param echoes what the container sends comes back to it (C85)
     * @param wrapsFirst the client's first message arrives as {@code {"body":"…"}} (C87)
     */
    record Oddities(boolean dropsEarly, boolean echoes, boolean wrapsFirst) {}

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** Connects to the container. */
    ChannelFuture connect(EventLoop loop, ChannelHandler handler) {
        return new Bootstrap().group(loop).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS).handler(handler)
                .connect(container.getHost(), container.getPort() < 0 ? 80 : container.getPort());
    }

    /** The request's runtime is this one, and has the endpoint that it names. */
    void requireOurs(RuntimeRequest request) throws Refusal {
        String qualifier = request.parameter("qualifier");
        String account = request.parameter("accountId");
        if (account != null && !account.matches("\\d{12}")) {
            throw Refusal.validation("accountId: " + account + " (expected: 12 digits)");
        }
        boolean isOurs = request.runtime().equals(arn.text()) && (account == null || account.equals(arn.account()))
                || request.runtime().equals(arn.id()) && arn.account().equals(account);
        if (!isOurs || qualifier != null && !qualifiers.contains(qualifier)) {
            throw Refusal.notFound("ResourceNotFoundException", "No endpoint or agent found with qualifier '"
                    + (qualifier == null ? "DEFAULT" : qualifier) + "' for agent '" + request.runtime() + "'");
        }
    }
}
