package io.bargein.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of loopback's for a server that goes and comes back. A socket is bound to it that does nothing else: servers that reuse addresses may
 * listen there, while nobody else is given it, and where none listens, whoever connects is refused.
 */
public final class KeptPort implements AutoCloseable {
    private final Socket bound = new Socket();

    public KeptPort() throws IOException {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    public int number() {
        return bound.getLocalPort();
    }

    @Override
    public void close() {
        try {
            bound.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
