package io.bargein.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The client of a rehearsal: as much of HTTP and RFC 6455 as that takes, over a loopback socket. Every wait is bounded. */
final class RehearsalPeer implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x88;

    private final Socket socket;
    private final DataInputStream in;

    RehearsalPeer(InetSocketAddress server) throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(server, TIMEOUT_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** Passes the opening handshake. */
    void upgrade() throws IOException {
        write(("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        String head = readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            throw new IOException("not upgraded: " + head.lines().findFirst().orElse(""));
        }
    }

    void ping() throws IOException {
        write("GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        readBody(readHead());
    }

    /** One invocation, to the end of its answer. */
    void invoke(String text, String accept) throws IOException {
        String body = "{\"prompt\":\"" + text + "\"}";
        write(("POST /invocations HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept + "\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body).getBytes(StandardCharsets.US_ASCII));
        String head = readHead();
        if (!head.startsWith("HTTP/1.1 200 ")) {
            throw new IOException("not answered: " + head.lines().findFirst().orElse(""));
        }
        readBody(head);
    }

    void prompt(String text) throws IOException {
        frame(TEXT, ("{\"inputText\":\"" + text + "\"}").getBytes(StandardCharsets.US_ASCII));
    }

    /** Begins the closing handshake, and waits for its end. */
    void leave() throws IOException {
        frame(CLOSE, new byte[] {1000 >> 8, (byte) 1000});
        readMessage();
    }

    /** Reads to the end of as many turns as that. */
    void readTerminals(int count) throws IOException {
        for (int left = count; left > 0;) {
            String message = readMessage();
            if (message.startsWith("{\"error\"")) {
                throw new IOException(message);
            }
            left -= message.startsWith("{\"type\":\"chunk\"") ? 0 : 1;
        }
    }

    /** The next whole text message; "" for a Close. Other control frames are skipped. */
    String readMessage() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            int first = in.readUnsignedByte();
            int length = in.readUnsignedByte();
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = Math.toIntExact(in.readLong());
            }
            byte[] payload = in.readNBytes(length);
            if (payload.length < length) {
                throw new EOFException("in the middle of a frame");
            }
            if (first == CLOSE) {
                return "";
            }
            boolean control = (first & 0x08) != 0;
            if (!control) {
                message.writeBytes(payload);
                if ((first & 0x80) != 0) {
                    return message.toString(StandardCharsets.UTF_8);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A masked frame (RFC 6455, section 5.2) of less than 126 bytes; the mask is of no use here, and is zero. */
    private void frame(int firstByte, byte[] payload) throws IOException {
        byte[] frame = new byte[6 + payload.length];
        frame[0] = (byte) firstByte;
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(payload, 0, frame, 6, payload.length);
        write(frame);
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            head.append(line).append("\r\n");
        }
        return head.toString();
    }

    /** Reads a body to its end and drops it. */
    private void readBody(String head) throws IOException {
        int at = head.indexOf("content-length: ");
        if (at >= 0) {
            in.skipNBytes(Integer.parseInt(head.substring(at + "content-length: ".length(), head.indexOf('\r', at))));
            return;
        }
        int chunk;
        do {
            chunk = Integer.parseInt(readLine(), 16);
            // With the line break behind it.
            in.skipNBytes(chunk + 2);
        } while (chunk > 0);
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.readUnsignedByte(); b != '\n'; b = in.readUnsignedByte()) {
            line.append((char) b);
        }
        return line.substring(0, line.length() - 1);
    }
}
