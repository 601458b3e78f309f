package io.bargein.loadtest.client;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** An endpoint, how to prove who one is, and what else a handshake says: all that connections to one runtime have in common. Immutable. */
public final class RuntimeTarget {
    private final RuntimeEndpoint endpoint;
    private final RuntimeAuth auth;
    private final Map<String, String> headers;
    private final Map<String, String> parameters;

    private RuntimeTarget(Builder builder) {
        endpoint = builder.endpoint;
        auth = builder.auth;
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(builder.headers));
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(builder.parameters));
    }

    /**
     * Begins a target.
     *
     * @param endpoint where
     * @return a builder; its authentication is {@link RuntimeAuth#sigV4()} for a deployed runtime, and {@link RuntimeAuth#none()} for a URL
     */
    public static Builder builder(RuntimeEndpoint endpoint) {
        return new Builder(endpoint);
    }

    /**
     * A server that is reached directly, without authentication.
     *
     * @param url {@code ws://host:port/path} or {@code wss://host/path}
     * @return the target
     * @throws IllegalArgumentException if it is no such URL
     */
    public static RuntimeTarget of(URI url) {
        return builder(RuntimeEndpoint.ofUrl(url)).build();
    }

    /**
     * Makes the handshake of one connection. A signature is fresh each time.
     *
     * <p>Where {@link #mayBlock} says so, this may ask services for credentials, and is not to be called on an event loop.
     *
     * @param sessionId of the conversation: 33 to 256 visible ASCII characters for a deployed runtime, from 1 otherwise; null makes a random
     *     UUID, or, for a URL, leaves it to the server
     * @return what to send
     * @throws RuntimeClientException if there are no credentials or no token
     * @throws IllegalArgumentException if the session id is none
     */
    public WsRequest handshake(String sessionId) throws RuntimeClientException {
        String id = sessionId == null && endpoint.isDeployed() ? SessionIds.random() : sessionId;
        return auth.handshake(this, id == null ? null : SessionIds.check(id, endpoint.isDeployed()));
    }

    /**
     * Says whether making a handshake may take long.
     *
     * @return true where credentials or tokens have to be asked for and signatures to be made
     */
    public boolean mayBlock() {
        return auth.mayBlock();
    }

    /**
     * Returns where it is.
     *
     * @return the endpoint
     */
    public RuntimeEndpoint endpoint() {
        return endpoint;
    }

    /**
     * Returns how one proves who one is.
     *
     * @return the authentication
     */
    public RuntimeAuth auth() {
        return auth;
    }

    /** As headers. */
    Map<String, String> headers() {
        return headers;
    }

    /** In the URL. */
    Map<String, String> parameters() {
        return parameters;
    }

    @Override
    public String toString() {
        return endpoint + " with " + auth;
    }

    /** Makes a target. Every value is checked when it is given, and whether they go together when it is built. */
    public static final class Builder {
        private final RuntimeEndpoint endpoint;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private final Map<String, String> parameters = new LinkedHashMap<>();
        /** Null until it is said, or built: the chain of credentials is not begun for nothing. */
        private RuntimeAuth auth;

        private Builder(RuntimeEndpoint endpoint) {
            this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
        }

        /**
         * Sets how one proves who one is.
         *
         * @param how of {@link RuntimeAuth}
         * @return this builder
         */
        public Builder auth(RuntimeAuth how) {
            auth = Objects.requireNonNull(how, "auth");
            return this;
        }

        /**
         * Adds a header. AgentCore passes on those that begin with {@code X-Amzn-Bedrock-AgentCore-Runtime-Custom-}, and those of the runtime's
         * allowlist. Where the authentication is in the URL it becomes a query parameter, which AgentCore makes a header again; then the
         * name has to begin so.
         *
         * @param name a letter, then up to 255 letters, digits, {@code -} and {@code _}; none that the handshake or the authentication sets
         * @param value at most 4,096 bytes of printable ASCII
         * @return this builder
         * @throws IllegalArgumentException if one is not so
         */
        public Builder header(String name, String value) {
            CustomHeaders.checkHeader(name, value);
            headers.keySet().removeIf(name::equalsIgnoreCase);
            headers.put(name, value);
            return this;
        }

        /**
         * Adds a query parameter, which AgentCore makes a header with its name in lower case.
         *
         * @param name as for {@link #header}; for a deployed runtime it has to begin with {@code X-Amzn-Bedrock-AgentCore-Runtime-Custom-}
         * @param value at most 4,096 bytes of UTF-8
         * @return this builder
         * @throws IllegalArgumentException if one is not so
         */
        public Builder parameter(String name, String value) {
            CustomHeaders.checkParameter(name, value, endpoint.isDeployed());
            parameters.put(name, value);
            return this;
        }

        /**
         * Makes the target.
         *
         * @return the target
         * @throws IllegalArgumentException if its parts do not go together: a signature without an ARN, a token over an open connection to
         *     another machine, or a header that cannot be a query parameter
         */
        public RuntimeTarget build() {
            if (auth == null) {
                auth = endpoint.isDeployed() ? RuntimeAuth.sigV4() : RuntimeAuth.none();
            }
            auth.check(endpoint);
            if (auth.isInUrl()) {
                headers.forEach((name, value) -> CustomHeaders.checkParameter(name, value, endpoint.isDeployed()));
                headers.keySet().stream().filter(parameters::containsKey).findFirst().ifPresent(name -> {
                    throw new IllegalArgumentException("header: " + name.toLowerCase(Locale.ROOT) + " is a query parameter too (expected: one)");
                });
            }
            return new RuntimeTarget(this);
        }
    }
}
