package io.bargein.loadtest.frontdoor;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for AgentCore Runtime's front door: takes {@code GET /runtimes/{ARN}/ws} and {@code POST /runtimes/{ARN}/invocations}, and has
 * them answered by one container. Speaks HTTP/1.1 in plain text. Its methods may be called from any thread.
 */
public final class FrontDoor implements AutoCloseable {
    /** Told to every channel before the end. */
    static final Object STOP = new Object();

    /** Of a request's body (C20). */
    private static final int MAX_BODY_BYTES = 100 << 20;
    /** A presigned URL with a session's token is long. */
    private static final int MAX_REQUEST_LINE_BYTES = 32 << 10;
    private static final int MAX_HEADERS_BYTES = 64 << 10;
    private static final long STOP_MILLIS = 3_000;

    private final EventLoopGroup loops;
    private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel listener;
    private final RuntimeArn arn;

    private FrontDoor(FrontDoorBuilder builder, Deployment deployment) throws IOException {
        arn = deployment.arn();
        loops = new MultiThreadIoEventLoopGroup(builder.threads, new DefaultThreadFactory("front-door", true), NioIoHandler.newFactory());
        ChannelFuture bound = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1_024).option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        clients.add(channel);
                        channel.pipeline().addLast(new HttpServerCodec(new HttpDecoderConfig()
                                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES).setMaxHeaderSize(MAX_HEADERS_BYTES)),
                                new WholeRequests(), new FrontDoorHandler(deployment));
                    }
                }).bind(builder.host, builder.port).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("listen: " + builder.host + ":" + builder.port + " (expected: a free port of this machine): "
                    + bound.cause().getMessage(), bound.cause());
        }
        listener = bound.channel();
    }

    /**
     * Begins to set a front door up.
     *
     * @param container where the container listens, {@code http://host:port}
     * @return a builder with the defaults
     */
    public static FrontDoorBuilder before(URI container) {
        return new FrontDoorBuilder(container);
    }

    static FrontDoor open(FrontDoorBuilder builder, Deployment deployment) throws IOException {
        return new FrontDoor(builder, deployment);
    }

    /**
     * Returns where it listens, in place of {@code https://bedrock-agentcore.REGION.amazonaws.com}.
     *
     * @return an endpoint, without a path
     */
    public URI uri() {
        InetSocketAddress address = (InetSocketAddress) listener.localAddress();
        String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /**
     * Returns the runtime's name.
     *
     * @return its ARN
     */
    public String runtimeArn() {
        return arn.text();
    }

    /**
     * Returns where to upgrade.
     *
     * @return the URL of the runtime's WebSocket, with nothing signed
     */
    public URI wsUri() {
        return URI.create(uri().toString().replaceFirst("^http", "ws") + path("/ws"));
    }

    /**
     * Returns where to invoke.
     *
     * @return the URL of the runtime's invocations
     */
    public URI invocationsUri() {
        return uri().resolve(path("/invocations"));
    }

    private String path(String operation) {
        return "/runtimes/" + URLEncoder.encode(arn.text(), StandardCharsets.UTF_8) + operation;
    }

    /** Closes WebSockets with 1001 and cuts what is left after 3 s; then waits until its threads are gone, 5 s at most. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        clients.forEach(client -> client.pipeline().fireUserEventTriggered(STOP));
        clients.newCloseFuture().awaitUninterruptibly(STOP_MILLIS);
        clients.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /**
     * Waits until the front door is closed.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitClosed() throws InterruptedException {
        listener.closeFuture().sync();
    }

    /** Requests come whole: a signature covers the body. */
    private static final class WholeRequests extends HttpObjectAggregator {
        WholeRequests() {
            super(MAX_BODY_BYTES);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
            FrontDoorHandler.refuse(ctx, Refusal.tooLarge("payload: more than " + MAX_BODY_BYTES + " bytes"), UUID.randomUUID().toString(), false);
        }
    }
}
