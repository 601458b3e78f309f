package io.bargein.loadtest.client;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a runtime is reached: one that is deployed to Amazon Bedrock AgentCore, by its ARN, or any server, by its URL. Immutable; all is
 * checked when it is made, before anything is sent.
 *
 * <p>The URL of an ARN is {@code wss://bedrock-agentcore.{region}.amazonaws.com/runtimes/{ARN}/ws}, with {@code ?qualifier=…} where there is
 * one, and the ARN percent-encoded whole (contract K1). The region is the ARN's.
 */
public final class RuntimeEndpoint {
    private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d+");
    private static final Set<String> PARTITIONS = Set.of("aws", "aws-us-gov");
    /** As literals, or by the one name that means them: what a resolver says is not to decide where signatures go. */
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}|\\[(::|0:0:0:0:0:0:0:)1]");
    private static final Pattern AWS_HOST = Pattern.compile("([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+(amazonaws\\.com|amazonaws\\.com\\.cn|api\\.aws)");

    /** Scheme, host and, where it is not the scheme's own, port. */
    private final URI base;
    private final String rawPath;
    /** Of a URL that was given as such; null otherwise. */
    private final String rawQuery;
    private final String arn;
    private final String region;
    private final String qualifier;

    private RuntimeEndpoint(URI base, String rawPath, String rawQuery, String arn, String region, String qualifier) {
        this.base = base;
        this.rawPath = rawPath;
        this.rawQuery = rawQuery;
        this.arn = arn;
        this.region = region;
        this.qualifier = qualifier;
    }

    /**
     * A deployed runtime.
     *
     * @param arn {@code arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID}, in the partition {@code aws} or {@code aws-us-gov}
     * @return its endpoint, without a qualifier, which stands for {@code DEFAULT}
     * @throws IllegalArgumentException if it is no such ARN (contract K3), or its region is none (contract K2)
     */
    public static RuntimeEndpoint ofArn(String arn) {
        String[] parts = Objects.requireNonNull(arn, "arn").split(":", 6);
        if (parts.length != 6 || !parts[0].equals("arn") || !PARTITIONS.contains(parts[1]) || !parts[2].equals("bedrock-agentcore")
                || !parts[5].startsWith("runtime/") || !UrlText.isVisibleAscii(arn)) {
            throw new IllegalArgumentException("Invalid runtime ARN format: " + arn
                    + " (expected: arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID, or aws-us-gov for aws)");
        }
        if (parts[3].isEmpty() || parts[4].isEmpty() || parts[5].equals("runtime/")) {
            throw new IllegalArgumentException("ARN components cannot be empty: " + arn + " (expected: a region, an account and an id)");
        }
        if (!REGION.matcher(parts[3]).matches()) {
            throw new IllegalArgumentException("region: " + parts[3] + " (expected: one such as us-west-2)");
        }
        if (!parts[4].matches("\\d+")) {
            throw new IllegalArgumentException("account: " + parts[4] + " (expected: digits)");
        }
        return new RuntimeEndpoint(URI.create("wss://bedrock-agentcore." + parts[3] + ".amazonaws.com"),
                "/runtimes/" + UrlText.encode(arn) + "/ws", null, arn, parts[3], null);
    }

    /**
     * A server that is reached directly.
     *
     * @param url {@code ws://host:port/path} or {@code wss://host/path}; used as it is
     * @return its endpoint
     * @throws IllegalArgumentException if it is no such URL
     */
    public static RuntimeEndpoint ofUrl(URI url) {
        WsRequest.of(url);
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("url: " + url + " (expected: no user and no fragment)");
        }
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return new RuntimeEndpoint(URI.create(url.getScheme() + "://" + url.getRawAuthority()), path, url.getRawQuery(), null, null, null);
    }

    /**
     * Chooses one of the runtime's endpoints.
     *
     * @param name such as {@code DEFAULT}; percent-encoded into the URL
     * @return the same runtime with that qualifier
     * @throws IllegalArgumentException if it is blank
     * @throws IllegalStateException if this is a URL
     */
    public RuntimeEndpoint withQualifier(String name) {
        requireArn("qualifier");
        if (name.isBlank()) {
            throw new IllegalArgumentException("qualifier: blank (expected: an endpoint's name, such as DEFAULT)");
        }
        return new RuntimeEndpoint(base, rawPath, rawQuery, arn, region, name);
    }

    /**
     * Has the runtime reached by another host: AWS's, or one of this machine. Signatures and tokens go there, so no other is taken.
     *
     * @param override {@code https://} or {@code wss://} and a host that ends in {@code .amazonaws.com}, {@code .amazonaws.com.cn} or
     *     {@code .api.aws} (contract K2), or a loopback address over {@code http}, {@code ws}, {@code https} or {@code wss}
     * @return the same runtime by that host
     * @throws IllegalArgumentException if it is none of those, or has more than a scheme, a host and a port
     * @throws IllegalStateException if this is a URL
     */
    public RuntimeEndpoint withEndpoint(URI override) {
        requireArn("endpoint");
        String scheme = override.getScheme() == null ? "" : override.getScheme().toLowerCase(Locale.ROOT);
        String host = override.getHost() == null ? "" : override.getHost().toLowerCase(Locale.ROOT);
        boolean secure = scheme.equals("https") || scheme.equals("wss");
        boolean loopback = LOOPBACK.matcher(host).matches() && (secure || scheme.equals("http") || scheme.equals("ws"));
        boolean bare = !override.isOpaque() && override.getRawUserInfo() == null && override.getRawQuery() == null
                && override.getRawFragment() == null && (override.getRawPath().isEmpty() || override.getRawPath().equals("/"));
        if (!bare || !loopback && !(secure && AWS_HOST.matcher(host).matches())) {
            throw new IllegalArgumentException("endpoint: " + override + " (expected: https://HOST, which ends in .amazonaws.com, "
                    + ".amazonaws.com.cn or .api.aws, or a loopback address, as http://127.0.0.1:8081)");
        }
        URI other = URI.create((secure ? "wss" : "ws") + "://" + host + (override.getPort() < 0 ? "" : ":" + override.getPort()));
        return new RuntimeEndpoint(other, rawPath, rawQuery, arn, region, qualifier);
    }

    private void requireArn(String what) {
        if (arn == null) {
            throw new IllegalStateException(what + ": a URL has none (expected: a runtime ARN)");
        }
    }

    /**
     * Returns the URL, without anything an authentication adds.
     *
     * @return a {@code ws} or {@code wss} URL
     */
    public URI uri() {
        String query = qualifier == null ? rawQuery : "qualifier=" + UrlText.encode(qualifier);
        return URI.create(base + rawPath + (query == null ? "" : "?" + query));
    }

    /**
     * Says whether this is a deployed runtime, to which AgentCore's rules apply.
     *
     * @return whether it was made of an ARN
     */
    public boolean isDeployed() {
        return arn != null;
    }

    /**
     * Returns the ARN.
     *
     * @return the ARN, or null if this is a URL
     */
    public String arn() {
        return arn;
    }

    /**
     * Returns the region that signatures are for.
     *
     * @return the ARN's region, or null if this is a URL
     */
    public String region() {
        return region;
    }

    /** Whether what is sent there stays on this machine, or is encrypted. */
    boolean isPrivate() {
        return base.getScheme().equals("wss") || LOOPBACK.matcher(base.getHost().toLowerCase(Locale.ROOT)).matches();
    }

    URI base() {
        return base;
    }

    String rawPath() {
        return rawPath;
    }

    String rawQuery() {
        return rawQuery;
    }

    String qualifier() {
        return qualifier;
    }

    @Override
    public String toString() {
        return uri().toString();
    }
}
