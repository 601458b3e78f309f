package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionMemoryTest {
    private static final int CONNECTIONS = 1_000;
    private static final int MOST_BYTES = 8 << 10;

    /** What the peer's own end takes, a plain socket, is counted in. */
    @Test
    void openConnectionTakesLittleHeap() throws Exception {
        List<Socket> accepted = new ArrayList<>();
        try (ServerSocket listener = new ServerSocket(0, 256, InetAddress.getByName("127.0.0.1"))) {
            Thread peer = new Thread(() -> accept(listener, accepted), "peer");
            peer.setDaemon(true);
            peer.start();
            URI url = URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/ws");
            try (Rig rig = new Rig(Plan.of(Plan.Kind.INTERRUPT, url).build(), Probes.none(), Progress.NONE)) {
                // The first few load the classes and fill the caches.
                rig.connect(50);
                long before = usedHeap();
                rig.connect(CONNECTIONS);
                long each = (usedHeap() - before) / CONNECTIONS;
                assertTrue(each < MOST_BYTES, () -> each + " bytes a connection (expected: below " + MOST_BYTES + ")");
            }
        } finally {
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }

    private static void accept(ServerSocket listener, List<Socket> accepted) {
        Pattern key = Pattern.compile("(?i)sec-websocket-key: (\\S+)\r\n");
        try {
            while (true) {
                Socket socket = listener.accept();
                accepted.add(socket);
                StringBuilder request = new StringBuilder();
                while (request.indexOf("\r\n\r\n") < 0) {
                    request.append((char) socket.getInputStream().read());
                }
                Matcher found = key.matcher(request);
                if (!found.find()) {
                    throw new IllegalStateException(request.toString());
                }
                byte[] accept = MessageDigest.getInstance("SHA-1").digest((found.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                        .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (Exception e) {
            // The listener is closed: the test is over.
            return;
        }
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
