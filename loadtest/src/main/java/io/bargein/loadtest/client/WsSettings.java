package io.bargein.loadtest.client;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLException;

/**
 * How connections are made, whoever they are to. Immutable.
 *
 * @param handshakeTimeout how long the server may take to answer, TLS included: 1 ms to 10 min. AgentCore holds a handshake until the
 *     session's container is up
 * @param tls for {@code wss}, as {@link #trusting} makes it. Null is the JDK's TLS, which trusts what the JDK trusts
 * @param closeTimeout how long the server may take to end a connection that is being closed; then it is cut: 1 ms to 10 min
 */
public record WsSettings(Duration handshakeTimeout, SslContext tls, Duration closeTimeout) {

    /** 5 s. */
    public static final Duration DEFAULT_CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** 10 s, and the JDK's TLS. */
    public static final WsSettings DEFAULT = new WsSettings(Duration.ofSeconds(10), null);

    /**
     * Checks the ranges.
     *
     * @param handshakeTimeout 1 ms to 10 min
     * @param tls may be null
     * @param closeTimeout 1 ms to 10 min
     * @throws IllegalArgumentException if a time is out of range
     */
    public WsSettings {
        check("handshake-timeout", handshakeTimeout);
        check("close-timeout", closeTimeout);
    }

    /**
     * Leaves the close timeout at its default.
     *
     * @param handshakeTimeout 1 ms to 10 min
     * @param tls may be null
     * @throws IllegalArgumentException if the time is out of range
     */
    public WsSettings(Duration handshakeTimeout, SslContext tls) {
        this(handshakeTimeout, tls, DEFAULT_CLOSE_TIMEOUT);
    }

    private static void check(String name, Duration time) {
        if (time.toMillis() < 1 || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + ": " + time + " (expected: 1ms to 10m)");
        }
    }

    /**
     * Makes TLS as it is by default, by the JDK, with host names verified, but for whom it trusts.
     *
     * @param trusted certificates to trust, in place of the JDK's; none keeps those
     * @return what to give for {@code tls}
     */
    public static SslContext trusting(X509Certificate... trusted) {
        SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK).endpointIdentificationAlgorithm("HTTPS");
        try {
            return (trusted.length == 0 ? builder : builder.trustManager(trusted)).build();
        } catch (SSLException e) {
            throw new IllegalArgumentException("tls: " + e.getMessage() + " (expected: certificates that can be trusted)", e);
        }
    }

    SslContext tlsOrDefault() {
        return tls == null ? Default.TLS : tls;
    }

    /** Made once it is needed: it reads the JDK's trust store. */
    private static final class Default {
        static final SslContext TLS = trusting();
    }
}
