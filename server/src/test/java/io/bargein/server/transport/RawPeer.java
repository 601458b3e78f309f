package io.bargein.server.transport;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** A peer that does to a socket exactly what a test says, well-formed or not. Every read is bounded in time. */
public final class RawPeer implements AutoCloseable {
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    static final int READ_TIMEOUT_MILLIS = 20_000;

    /** A frame as it came. */
    public record Frame(boolean last, int opcode, byte[] payload) {
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** Of a Close frame; 1005 where it has none. */
        public int closeCode() {
            return payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
        }

        public String closeReason() {
            return payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
        }
    }

    public final Socket socket;
    private final DataInputStream in;

    private RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    public static RawPeer connect(InetSocketAddress server) throws IOException {
        return connect(server, 0);
    }

    /** @param receiveBufferBytes how much the kernel takes for a peer that does not read; 0 is the system's own */
    public static RawPeer connect(InetSocketAddress server, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress("127.0.0.1", server.getPort()), READ_TIMEOUT_MILLIS);
        return new RawPeer(socket);
    }

    /**
     * Connects and has a ping answered: from then on the deadline of a request runs from its first byte. Tries again where the deadline
     * from the accept to the first byte had passed before that came.
     */
    static RawPeer pinged(InetSocketAddress server) throws IOException {
        for (int i = 0; i < 100; i++) {
            RawPeer peer = connect(server);
            try {
                peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
                if (peer.readResponse().startsWith("HTTP/1.1 200 ")) {
                    return peer;
                }
            } catch (SocketException e) {
                // Too late.
            }
            peer.close();
        }
        throw new IOException("no ping was answered");
    }

    /** Connects and passes the handshake. */
    public static RawPeer upgraded(InetSocketAddress server) throws IOException {
        return upgraded(server, 0, "");
    }

    public static RawPeer upgraded(InetSocketAddress server, int receiveBufferBytes, String moreHeaders) throws IOException {
        RawPeer peer = connect(server, receiveBufferBytes);
        peer.send(handshake("/ws", moreHeaders));
        String head = peer.readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            peer.close();
            throw new IOException("not upgraded: " + head);
        }
        return peer;
    }

    public static String handshake(String target, String moreHeaders) {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n" + moreHeaders + "\r\n";
    }

    public void send(String bytes) throws IOException {
        send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    public void sendText(String text) throws IOException {
        send(frame(0x81, text.getBytes(StandardCharsets.UTF_8)));
    }

    public void prompt(String text) throws IOException {
        sendText("{\"inputText\":\"" + text + "\"}");
    }

    /** A masked frame (RFC 6455, section 5.2); the first byte holds FIN, RSV and opcode. */
    public static byte[] frame(int firstByte, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 14);
        out.write(firstByte);
        if (payload.length < 126) {
            out.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            out.write(0x80 | 126);
            out.write(payload.length >> 8);
            out.write(payload.length);
        } else {
            out.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) ((long) payload.length >> shift));
            }
        }
        byte[] mask = {0x12, 0x34, 0x56, 0x78};
        out.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            out.write(payload[i] ^ mask[i & 3]);
        }
        return out.toByteArray();
    }

    public static byte[] closeFrame(int code) {
        return frame(0x88, new byte[] {(byte) (code >> 8), (byte) code});
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** A response's status line and header, to the empty line; "" at the end of the stream. */
    public String readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!endsWithEmptyLine(head.toByteArray())) {
            int b = in.read();
            if (b < 0) {
                return head.toString(StandardCharsets.ISO_8859_1);
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether something has come that was not read. */
    public boolean hasInput() throws IOException {
        return in.available() > 0;
    }

    /** A response with its body. */
    public String readResponse() throws IOException {
        String head = readHead();
        return head + new String(readBody(head), StandardCharsets.UTF_8);
    }

    /** The body of a response that says how long it is; else nothing. */
    public byte[] readBody(String head) throws IOException {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
                return in.readNBytes(Integer.parseInt(line.substring(16)));
            }
        }
        return new byte[0];
    }

    /** The next chunk of a chunked body (RFC 9112, section 7.1); null at the last. */
    public String readChunk() throws IOException {
        byte[] data = readChunkBytes();
        return data == null ? null : new String(data, StandardCharsets.UTF_8);
    }

    /** The same as it came. */
    public byte[] readChunkBytes() throws IOException {
        int length = Integer.parseInt(readLine(), 16);
        byte[] data = in.readNBytes(length);
        if (!readLine().isEmpty()) {
            throw new IOException("a chunk of more than its length");
        }
        return length == 0 ? null : data;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("in the middle of a line");
            }
            line.append((char) b);
        }
        return line.substring(0, line.length() - 1);
    }

    /** All that comes until the end of the stream. */
    public String readAll() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The next frame; null at the end of the stream. */
    public Frame readFrame() throws IOException {
        int first = in.read();
        if (first < 0) {
            return null;
        }
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new IOException("a server's frame was masked");
        }
        long length = second & 0x7F;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new EOFException("in the middle of a frame");
        }
        return new Frame((first & 0x80) != 0, first & 0x0F, payload);
    }

    /** The next text message, put together from its fragments; control frames on the way are dropped. Null at the end. */
    public String readMessage() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            Frame frame = readFrame();
            if (frame == null || frame.opcode() == 8) {
                return null;
            }
            if (frame.opcode() <= 2) {
                message.writeBytes(frame.payload());
                if (frame.last()) {
                    return message.toString(StandardCharsets.UTF_8);
                }
            }
        }
    }

    /** Reads to the Close frame; fails if none comes. */
    public Frame readClose() throws IOException {
        for (Frame frame = readFrame(); frame != null; frame = readFrame()) {
            if (frame.opcode() == 8) {
                return frame;
            }
        }
        throw new EOFException("no Close frame");
    }

    /** Whether the stream ends here, with nothing more to read. */
    public boolean atEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Breaks the connection with a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static boolean endsWithEmptyLine(byte[] b) {
        int n = b.length;
        return n >= 4 && b[n - 4] == '\r' && b[n - 3] == '\n' && b[n - 2] == '\r' && b[n - 1] == '\n';
    }
}
