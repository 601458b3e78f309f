package io.bargein.loadtest.standin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A server that stands in for Amazon Bedrock: {@code POST /model/{id}/converse-stream} over HTTP/1.1, HTTP/2 with prior knowledge (h2c) on
 * the same port, and both over TLS with ALPN on another. Without a script it obeys {@code sim …} prompts and answers all others with a
 * lively text. Its methods may be called from any thread.
 */
public final class BedrockStandIn implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 8 << 20;

    private final EventLoopGroup loops;
    private final StandInState state;
    private final Channel plain;
    private final Channel tls;
    private final SelfSignedCertificate certificate;

    private BedrockStandIn(Builder builder) throws IOException {
        state = new StandInState(builder.script);
        loops = new MultiThreadIoEventLoopGroup(builder.threads, new DefaultThreadFactory("standin", true), NioIoHandler.newFactory());
        boolean started = false;
        try {
            certificate = builder.tlsPort < 0 ? null : SelfSignedCertificate.make();
            plain = bind(builder.host, builder.port, new PlainInitializer());
            tls = certificate == null ? null : bind(builder.host, builder.tlsPort, new TlsInitializer(sslContext(certificate)));
            started = true;
        } finally {
            if (!started) {
                loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            }
        }
    }

    /**
     * Begins to set a stand-in up.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns where it listens in plain text.
     *
     * @return an endpoint for HTTP/1.1 and h2c
     */
    public URI uri() {
        return uri("http", plain);
    }

    /**
     * Returns where it listens over TLS.
     *
     * @return an endpoint for HTTP/1.1 and HTTP/2 by ALPN
     * @throws IllegalStateException if it was started without TLS
     */
    public URI tlsUri() {
        if (tls == null) {
            throw new IllegalStateException("tls: off (expected: a stand-in built with tlsPort)");
        }
        return uri("https", tls);
    }

    /**
     * Returns the certificate made at start, for a client to trust.
     *
     * @return the certificate, or null without TLS
     */
    public X509Certificate certificate() {
        return certificate == null ? null : certificate.certificate();
    }

    /**
     * Replaces the script, from its first reply on.
     *
     * @param script what to answer from now on
     */
    public void script(Script script) {
        state.script(script);
    }

    /**
     * Returns what was seen so far.
     *
     * @return one record a request, oldest first; of those that have ended at most the newest 100,000
     */
    public List<RequestRecord> records() {
        return state.records().snapshot();
    }

    /**
     * Waits for a record.
     *
     * @param wanted which
     * @param timeout how long at most
     * @return the oldest that is wanted
     * @throws InterruptedException if the waiting thread is interrupted
     * @throws AssertionError if none comes in time
     */
    public RequestRecord awaitRecord(Predicate<RequestRecord> wanted, Duration timeout) throws InterruptedException {
        return state.records().await(wanted, timeout);
    }

    /** Forgets all records. */
    public void clearRecords() {
        state.records().clear();
    }

    /**
     * Returns how many connections there have been.
     *
     * @return the number, since the start
     */
    public int connectionsSeen() {
        return state.connectionsSeen();
    }

    /**
     * Returns how many connections there are.
     *
     * @return the number, as of now
     */
    public int openConnections() {
        return state.openConnections();
    }

    /**
     * Makes something go wrong now with every answer that runs, wherever it is, one that stalls for instance.
     *
     * @param kind what
     */
    public void strike(Fault.Kind kind) {
        state.handlers().forEach(handler -> handler.strike(kind));
    }

    /** Closes all connections, whatever they are at. */
    public void killConnections() {
        state.killConnections();
    }

    /** Stops, and waits until its threads are gone, 5 s at most. */
    @Override
    public void close() {
        plain.close().awaitUninterruptibly();
        if (tls != null) {
            tls.close().awaitUninterruptibly();
        }
        // Not left to the loops: those end now and then with a connection open that was busy.
        state.killConnections();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /**
     * Waits until the stand-in is closed.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitClosed() throws InterruptedException {
        plain.closeFuture().sync();
    }

    private Channel bind(String host, int port, ChannelHandler initializer) throws IOException {
        ChannelFuture bound = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1_024).option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(initializer).bind(host, port).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("listen: " + host + ":" + port + " (expected: a free port of this machine): "
                    + bound.cause().getMessage(), bound.cause());
        }
        return bound.channel();
    }

    private static URI uri(String scheme, Channel channel) {
        InetSocketAddress address = (InetSocketAddress) channel.localAddress();
        return URI.create(scheme + "://" + (scheme.equals("https") ? "localhost" : "127.0.0.1") + ":" + address.getPort());
    }

    private static SslContext sslContext(SelfSignedCertificate certificate) throws IOException {
        return SslContextBuilder.forServer(certificate.key(), certificate.certificate()).sslProvider(SslProvider.JDK)
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    private void addHttp1(ChannelPipeline pipeline, int connection) {
        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY_BYTES), new InspectionHandler(state),
                new ConverseHandler(state, false, connection));
    }

    private void addHttp2(ChannelPipeline pipeline, int connection) {
        pipeline.addLast(Http2FrameCodecBuilder.forServer()
                // Cancels are what this server is for: Netty's guard against many of them (200 in 30 s) is off.
                .decoderEnforceMaxRstFramesPerWindow(0, 0).build());
        pipeline.addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), new HttpObjectAggregator(MAX_BODY_BYTES),
                        new InspectionHandler(state), new ConverseHandler(state, true, connection));
            }
        }));
    }

    private final class PlainInitializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            int connection = state.connected(channel);
            channel.pipeline().addLast(new ByteToMessageDecoder() {
                @Override
                protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
                    if (in.readableBytes() < 3) {
                        return;
                    }
                    // "PRI", of HTTP/2's preface, is no method of HTTP/1.1 (RFC 9113, section 3.4).
                    if (in.getUnsignedMedium(in.readerIndex()) == 0x505249) {
                        addHttp2(ctx.pipeline(), connection);
                    } else {
                        addHttp1(ctx.pipeline(), connection);
                    }
                    ctx.pipeline().remove(this);
                }
            });
        }
    }

    private final class TlsInitializer extends ChannelInitializer<Channel> {
        private final SslContext context;

        TlsInitializer(SslContext context) {
            this.context = context;
        }

        @Override
        protected void initChannel(Channel channel) {
            int connection = state.connected(channel);
            channel.pipeline().addLast(context.newHandler(channel.alloc()),
                    new ApplicationProtocolNegotiationHandler(ApplicationProtocolNames.HTTP_1_1) {
                        @Override
                        protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
                            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                                addHttp2(ctx.pipeline(), connection);
                            } else {
                                addHttp1(ctx.pipeline(), connection);
                            }
                        }
                    });
        }
    }

    /** Sets a stand-in up. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port;
        private int tlsPort = -1;
        private int threads = 2;
        private Script script = Script.of();

        private Builder() {}

        /**
         * Sets the address to listen on.
         *
         * @param host default 127.0.0.1
         * @return this builder
         */
        public Builder host(String host) {
            this.host = host;
            return this;
        }

        /**
         * Sets the port for HTTP/1.1 and h2c.
         *
         * @param port 0, the default, takes a free one
         * @return this builder
         */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /**
         * Adds a port for TLS.
         *
         * @param tlsPort 0 takes a free one; by default there is none
         * @return this builder
         */
        public Builder tlsPort(int tlsPort) {
            this.tlsPort = tlsPort;
            return this;
        }

        /**
         * Sets how many threads serve connections.
         *
         * @param threads at least 1; default 2
         * @return this builder
         */
        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Sets what to answer.
         *
         * @param script default: nothing is scripted
         * @return this builder
         */
        public Builder script(Script script) {
            this.script = script;
            return this;
        }

        /**
         * Binds and begins to serve.
         *
         * @return the stand-in, to be closed
         * @throws IOException if a port cannot be bound, or no certificate made
         */
        public BedrockStandIn start() throws IOException {
            return new BedrockStandIn(this);
        }
    }
}
