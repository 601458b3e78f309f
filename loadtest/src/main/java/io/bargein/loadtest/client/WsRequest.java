package io.bargein.loadtest.client;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one handshake says. Immutable. It may hold secrets, which {@link #toString} leaves out.
 *
 * @param uri {@code ws} or {@code wss}; its raw path and raw query go over the wire as they are, since a signature may cover them
 * @param headers more headers, in order; their names go over the wire in the case they are given in
 * @param subprotocols offered in {@code Sec-WebSocket-Protocol} (RFC 6455, section 4.1), in order; a server that chooses none is fine
 */
public record WsRequest(URI uri, Map<String, String> headers, List<String> subprotocols) {

    /**
     * Checks the URL and copies the rest.
     *
     * @param uri {@code ws} or {@code wss}, with a host
     * @param headers names and values
     * @param subprotocols tokens
     * @throws IllegalArgumentException if it is no such URL
     */
    public WsRequest {
        Objects.requireNonNull(uri, "uri");
        if (!("ws".equals(uri.getScheme()) || "wss".equals(uri.getScheme())) || uri.getHost() == null) {
            throw new IllegalArgumentException("url: " + uri + " (expected: ws://host:port/ws or wss://host/ws)");
        }
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        subprotocols = List.copyOf(subprotocols);
    }

    /**
     * A handshake with nothing but a URL.
     *
     * @param uri where to
     * @return the request
     */
    public static WsRequest of(URI uri) {
        return new WsRequest(uri, Map.of(), List.of());
    }

    /**
     * Says whether the connection is by TLS.
     *
     * @return whether the scheme is {@code wss}
     */
    public boolean isSecure() {
        return "wss".equals(uri.getScheme());
    }

    /**
     * Returns the port to connect to.
     *
     * @return the URL's, or its scheme's: 80 or 443
     */
    public int port() {
        return uri.getPort() >= 0 ? uri.getPort() : isSecure() ? 443 : 80;
    }

    @Override
    public String toString() {
        return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath() + " " + new ArrayList<>(headers.keySet());
    }
}
