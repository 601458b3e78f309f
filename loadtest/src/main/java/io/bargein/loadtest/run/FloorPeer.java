package io.bargein.loadtest.run;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A peer in this very process that answers each prompt at once, in the way a {@code sim …} prompt says, and does no more: what is measured
 * against it is the instrument itself, two crossings of the kernel included.
 */
public final class FloorPeer implements AutoCloseable {
    private static final int BACKLOG = 4_096;

    private final EventLoopGroup loops;
    /** The socket that listens, and all connections; those that come once it is closed are closed too. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel socket;

    /** Starts on a free loopback port. */
    public FloorPeer() {
        loops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("floor", true), NioIoHandler.newFactory());
        socket = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8_192),
                                new WebSocketServerProtocolHandler("/ws"), new Answers());
                    }
                }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        channels.add(socket);
    }

    /**
     * Returns where it listens.
     *
     * @return the URL
     */
    public URI url() {
        return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) socket.localAddress()).getPort() + "/ws");
    }

    @Override
    public void close() {
        // Not left to the loops: those end now and then with a connection open that was busy.
        channels.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** One connection's answers, one at a time. Confined to its event loop. */
    private static final class Answers extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private static final byte[] HEAD = "{\"type\":\"chunk\",\"data\":\"".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] TAIL = "\"}".getBytes(StandardCharsets.US_ASCII);
        private static final int LONGEST_NUMBER = 9;
        private static final int BATCH = 64;
        private static final int BATCHES_A_RUN = 16;
        private static final long YIELD_NANOS = 20_000;
        private static final Pattern SETTING = Pattern.compile("\\s(chunks|bytes|delay_ms)=(\\d{1,8})");

        private int chunks;
        private int bytes;
        private int delayMillis;
        /** The text of one chunk, to be filled in. */
        private byte[] text;
        private int sent;
        private boolean running;
        private boolean flooding;
        private Future<?> timer;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame prompt) {
            if (running) {
                stop();
                terminal(ctx, "interrupted", "partialResponse");
            }
            begin(prompt.text());
            chunk(ctx);
            if (sent == chunks) {
                complete(ctx);
            }
            ctx.flush();
            if (running && delayMillis > 0) {
                timer = ctx.executor().scheduleAtFixedRate(() -> next(ctx), delayMillis, delayMillis, TimeUnit.MILLISECONDS);
            } else if (running) {
                flood(ctx);
            }
        }

        private void begin(String prompt) {
            chunks = 1;
            bytes = 24;
            delayMillis = 0;
            Matcher setting = SETTING.matcher(prompt);
            while (setting.find()) {
                int value = Integer.parseInt(setting.group(2));
                switch (setting.group(1)) {
                    case "chunks" -> chunks = value;
                    case "bytes" -> bytes = value;
                    default -> delayMillis = value;
                }
            }
            sent = 0;
            running = true;
            text = new byte[bytes + 1];
            Arrays.fill(text, (byte) 'a');
        }

        private void next(ChannelHandlerContext ctx) {
            if (running && ctx.channel().isWritable()) {
                chunk(ctx);
                if (sent == chunks) {
                    complete(ctx);
                }
                ctx.flush();
            }
        }

        /** Writes until the client has enough, and goes on when it wants more; a long run yields through a timer, so that prompts are read. */
        private void flood(ChannelHandlerContext ctx) {
            if (flooding || timer != null) {
                return; // A flush from within says that the channel is writable again.
            }
            flooding = true;
            for (int i = 0; running && ctx.channel().isWritable(); i++) {
                if (i == BATCHES_A_RUN) {
                    timer = ctx.executor().schedule(() -> {
                        timer = null;
                        flood(ctx);
                    }, YIELD_NANOS, TimeUnit.NANOSECONDS);
                    break;
                }
                ctx.write(frames(ctx, Math.min(BATCH, chunks - sent)), ctx.voidPromise());
                if (sent == chunks) {
                    complete(ctx);
                }
                ctx.flush();
            }
            flooding = false;
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (running && delayMillis == 0) {
                flood(ctx);
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            stop();
            ctx.fireChannelInactive();
        }

        private void complete(ChannelHandlerContext ctx) {
            stop();
            terminal(ctx, "complete", "fullResponse");
        }

        private void stop() {
            running = false;
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
        }

        private void chunk(ChannelHandlerContext ctx) {
            ByteBuf out = ctx.alloc().buffer(bytes + 64);
            out.writeBytes(HEAD);
            text(out, sent++);
            out.writeBytes(TAIL);
            ctx.write(new TextWebSocketFrame(out), ctx.voidPromise());
        }

        /** Many chunks as they go over the wire (RFC 6455, section 5.2): a flood is to cost this side little. */
        private ByteBuf frames(ChannelHandlerContext ctx, int count) {
            ByteBuf out = ctx.alloc().buffer(count * (bytes + 64));
            for (int i = 0; i < count; i++) {
                int length = HEAD.length + bytes + (isEscaped(sent) ? 1 : 0) + TAIL.length;
                if (length < 126) {
                    out.writeShort(0x8100 | length);
                } else {
                    out.writeInt(0x817E_0000 | length);
                }
                out.writeBytes(HEAD);
                text(out, sent++);
                out.writeBytes(TAIL);
            }
            return out;
        }

        private void terminal(ChannelHandlerContext ctx, String type, String field) {
            ByteBuf out = ctx.alloc().buffer(sent * (bytes + 1) + 64);
            ByteBufUtil.writeAscii(out, "{\"type\":\"" + type + "\",\"" + field + "\":\"");
            for (int i = 0; i < sent; i++) {
                text(out, i);
            }
            out.writeBytes(TAIL);
            ctx.write(new TextWebSocketFrame(out), ctx.voidPromise());
        }

        /** The text of one chunk, escaped; see {@link Numbering}. */
        private void text(ByteBuf out, int number) {
            byte[] head = (number + " ").getBytes(StandardCharsets.US_ASCII);
            Arrays.fill(text, 0, Math.min(LONGEST_NUMBER, bytes), (byte) 'a');
            System.arraycopy(head, 0, text, 0, head.length);
            if (isEscaped(number)) {
                text[bytes - 1] = '\\';
                text[bytes] = (byte) (number % 16 == 7 ? '"' : 'n');
                out.writeBytes(text, 0, bytes + 1);
            } else {
                text[bytes - 1] = 'z';
                out.writeBytes(text, 0, bytes);
            }
        }

        private static boolean isEscaped(int number) {
            return number % 8 == 7;
        }
    }
}
