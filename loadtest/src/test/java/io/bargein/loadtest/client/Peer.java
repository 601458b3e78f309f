package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server that does what a test tells it, byte by byte: it knows RFC 6455 by itself, so that what it sees and sends is what is on the
 * socket, and not what a codec makes of it.
 */
public final class Peer implements AutoCloseable {
    private static final long WAIT_SECONDS = 20;
    private static final Pattern KEY = Pattern.compile("(?i)\r\nsec-websocket-key: (.*)\r\n");

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<Link> links = new LinkedBlockingQueue<>();
    /** The socket that listens, and all connections; those that come once it is closed are closed too. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel socket;
    private final String scheme;

    public Peer() {
        this(null);
    }

    Peer(SslContext tls) {
        scheme = tls == null ? "ws" : "wss";
        socket = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channels.add(channel);
                if (tls != null) {
                    channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                }
                channel.pipeline().addLast(new Reader());
            }
        }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        channels.add(socket);
    }

    public int port() {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    public URI url() {
        return URI.create(scheme + "://localhost:" + port() + "/ws");
    }

    /** The next connection, once its handshake's request is whole; not answered yet. */
    public Link accept() throws InterruptedException {
        Link link = links.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(link, "no connection came");
        return link;
    }

    /** The next connection, upgraded. */
    public Link open() throws InterruptedException {
        Link link = accept();
        link.upgrade("");
        return link;
    }

    public boolean isQuiet() {
        return links.isEmpty();
    }

    @Override
    public void close() {
        // Not left to the loops: those end now and then with a connection open that was busy.
        channels.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** One frame as it came, unmasked. */
    public record Frame(int first, byte[] payload) {
        public int opcode() {
            return first & 0x0F;
        }

        boolean isLast() {
            return (first & 0x80) != 0;
        }

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }

    /** One connection. */
    public static final class Link {
        private final Channel channel;
        private final String head;
        private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();

        Link(Channel channel, String head) {
            this.channel = channel;
            this.head = head;
        }

        /** The handshake's request, as it came. */
        public String head() {
            return head;
        }

        public void upgrade(String moreHeaders) {
            raw(upgradeHead(moreHeaders));
        }

        /** Upgrades, with more behind it in the same piece. */
        void upgradeWith(byte[] more) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(upgradeHead("").getBytes(StandardCharsets.US_ASCII), more));
        }

        private String upgradeHead(String moreHeaders) {
            Matcher key = KEY.matcher(head);
            if (!key.find()) {
                throw new AssertionError("no key: " + head);
            }
            try {
                byte[] digest = MessageDigest.getInstance("SHA-1")
                        .digest((key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
                return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                        + Base64.getEncoder().encodeToString(digest) + "\r\n" + moreHeaders + "\r\n";
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        public void refuse(int status, String moreHeaders, String body) {
            raw("HTTP/1.1 " + status + " No\r\nContent-Length: " + body.length() + "\r\n" + moreHeaders + "\r\n" + body);
        }

        void raw(String bytes) {
            channel.writeAndFlush(Unpooled.copiedBuffer(bytes, StandardCharsets.UTF_8));
        }

        public void send(String text) {
            frame(0x81, text.getBytes(StandardCharsets.UTF_8));
        }

        void frame(int first, byte[] payload) {
            ByteBuf out = Unpooled.buffer();
            out.writeByte(first);
            if (payload.length < 126) {
                out.writeByte(payload.length);
            } else if (payload.length < 65_536) {
                out.writeByte(126).writeShort(payload.length);
            } else {
                out.writeByte(127).writeLong(payload.length);
            }
            channel.writeAndFlush(out.writeBytes(payload));
        }

        /** Says goodbye and, as a server does, ends the connection. */
        public void close(int code, String reason) {
            byte[] text = reason.getBytes(StandardCharsets.UTF_8);
            byte[] payload = new byte[2 + text.length];
            payload[0] = (byte) (code >> 8);
            payload[1] = (byte) code;
            System.arraycopy(text, 0, payload, 2, text.length);
            frame(0x88, payload);
            cut();
        }

        /** Ends the connection without a word. */
        public void cut() {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        public Frame frame() throws InterruptedException {
            Frame frame = frames.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            assertNotNull(frame, "no frame came");
            return frame;
        }

        /** Takes the next prompt. */
        public void expectPrompt(String text) throws InterruptedException {
            assertEquals("{\"inputText\":\"" + text + "\"}", frame().text());
        }

        public boolean isQuiet() {
            return frames.isEmpty();
        }

        /** What has been written, and not been taken by the kernel. */
        long pendingBytes() throws InterruptedException {
            return channel.eventLoop().submit(() -> channel.unsafe().outboundBuffer().totalPendingWriteBytes()).sync().getNow();
        }

        /** The same, once it no longer changes. */
        long pendingBytesAtAStand() throws InterruptedException {
            long before = -1;
            long now = pendingBytes();
            for (int same = 0; same < 5; same = now == before ? same + 1 : 0) {
                before = now;
                now = channel.eventLoop().schedule(() -> channel.unsafe().outboundBuffer().totalPendingWriteBytes(), 100, TimeUnit.MILLISECONDS)
                        .sync().getNow();
            }
            return now;
        }

        public boolean awaitEnd() throws InterruptedException {
            return channel.closeFuture().await(WAIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The head first, then frames, which clients mask (RFC 6455, section 5.2). Confined to its channel's loop. */
    private final class Reader extends ChannelInboundHandlerAdapter {
        private final ByteBuf in = Unpooled.buffer();
        private Link link;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            in.writeBytes((ByteBuf) msg);
            ReferenceCountUtil.release(msg);
            if (link == null) {
                String so = in.toString(StandardCharsets.ISO_8859_1);
                int end = so.indexOf("\r\n\r\n");
                if (end < 0) {
                    return;
                }
                in.skipBytes(end + 4);
                link = new Link(ctx.channel(), so.substring(0, end + 4));
                links.add(link);
            }
            for (Frame frame = next(); frame != null; frame = next()) {
                link.frames.add(frame);
            }
        }

        private Frame next() {
            in.markReaderIndex();
            try {
                int first = in.readUnsignedByte();
                int second = in.readUnsignedByte();
                int length = second & 0x7F;
                length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
                if ((second & 0x80) == 0) {
                    throw new AssertionError("an unmasked frame");
                }
                int mask = in.readInt();
                byte[] payload = new byte[length];
                in.readBytes(payload);
                for (int i = 0; i < length; i++) {
                    payload[i] ^= (byte) (mask >> 8 * (3 - i % 4));
                }
                return new Frame(first, payload);
            } catch (IndexOutOfBoundsException e) {
                in.resetReaderIndex();
                return null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // A client that is gone, or does not trust us.
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            in.release();
        }
    }
}
