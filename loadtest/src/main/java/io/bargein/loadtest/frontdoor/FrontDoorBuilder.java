package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.frontdoor.Deployment.Oddities;
import io.bargein.loadtest.frontdoor.Deployment.WsRules;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/** Sets a front door up. */
public final class FrontDoorBuilder {
    /** The runtime's name where none is given. */
    public static final String DEFAULT_RUNTIME_ARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my_agent-AbCdEf1234";
    /** How long a WebSocket may last. */
    public static final Duration DEFAULT_MAX_DURATION = Duration.ofMinutes(60);
    /** How long a WebSocket may be without a frame. */
    public static final Duration DEFAULT_MAX_IDLE = Duration.ofSeconds(60);
    /** How many frames a side may send in a second. */
    public static final int DEFAULT_MAX_FRAMES_PER_SECOND = 250;
    /** How long a presigned URL may be good for. */
    public static final Duration DEFAULT_MAX_PRESIGN = Duration.ofSeconds(300);
    /** How long a container may take to answer an upgrade. */
    public static final Duration DEFAULT_START_LIMIT = Duration.ofSeconds(30);

    private static final Duration LONGEST = Duration.ofDays(14);

    private final URI container;
    String host = "127.0.0.1";
    int port;
    int threads = 2;
    private RuntimeArn arn = RuntimeArn.of(DEFAULT_RUNTIME_ARN);
    private final Set<String> qualifiers = new LinkedHashSet<>(Set.of("DEFAULT"));
    private final Map<String, AwsCredentials> keys = new HashMap<>();
    private TokenVerifier tokens;
    private Duration maxPresign = DEFAULT_MAX_PRESIGN;
    private final Set<String> allowedHeaders = new LinkedHashSet<>();
    private String workloadAccessToken;
    private int maxSessions = Integer.MAX_VALUE;
    private int maxNewSessionsPerSecond = Integer.MAX_VALUE;
    private Duration maxDuration = DEFAULT_MAX_DURATION;
    private Duration maxIdle = DEFAULT_MAX_IDLE;
    private int maxFramesPerSecond = DEFAULT_MAX_FRAMES_PER_SECOND;
    private boolean dropsEarly;
    private boolean echoes;
    private boolean wrapsFirst;
    private Duration startLimit = DEFAULT_START_LIMIT;
    private FrontDoorTime time = FrontDoorTime.ofTheMachine();

    FrontDoorBuilder(URI container) {
        boolean isEndpoint = "http".equals(container.getScheme()) && container.getHost() != null
                && container.getRawQuery() == null && (container.getRawPath().isEmpty() || container.getRawPath().equals("/"));
        if (!isEndpoint) {
            throw new IllegalArgumentException("target: " + container + " (expected: http://host:port, without a path)");
        }
        this.container = container;
    }

    /**
     * Sets the address to listen on.
     *
     * @param host default 127.0.0.1
     * @return this builder
     */
    public FrontDoorBuilder host(String host) {
        this.host = host;
        return this;
    }

    /**
     * Sets the port to listen on.
     *
     * @param port 0, the default, takes a free one
     * @return this builder
     * @throws IllegalArgumentException if it is no port
     */
    public FrontDoorBuilder port(int port) {
        this.port = between("port", port, 0, 65_535);
        return this;
    }

    /**
     * Sets how many threads serve connections.
     *
     * @param threads 1 to 64; default 2
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder threads(int threads) {
        this.threads = between("threads", threads, 1, 64);
        return this;
    }

    /**
     * Sets the name of the runtime, and with it the region that signatures have to be for.
     *
     * @param runtimeArn an ARN; default {@link #DEFAULT_RUNTIME_ARN}
     * @return this builder
     * @throws IllegalArgumentException if it is no ARN of a runtime
     */
    public FrontDoorBuilder runtimeArn(String runtimeArn) {
        arn = RuntimeArn.of(runtimeArn);
        return this;
    }

    /**
     * Adds an endpoint of the runtime.
     *
     * @param qualifier its name; {@code DEFAULT} is always there
     * @return this builder
     */
    public FrontDoorBuilder qualifier(String qualifier) {
        qualifiers.add(qualifier);
        return this;
    }

    /**
     * Adds a key that may sign.
     *
     * @param accessKeyId its name
     * @param secretAccessKey its secret
     * @param sessionToken what has to come with it; null for nothing
     * @return this builder
     */
    public FrontDoorBuilder credentials(String accessKeyId, String secretAccessKey, String sessionToken) {
        keys.put(accessKeyId, sessionToken == null ? AwsBasicCredentials.create(accessKeyId, secretAccessKey)
                : AwsSessionCredentials.create(accessKeyId, secretAccessKey, sessionToken));
        return this;
    }

    /**
     * Has the runtime take bearer tokens, and no signatures any more.
     *
     * @param tokens checks them; null, the default, is for signatures
     * @return this builder
     */
    public FrontDoorBuilder tokens(TokenVerifier tokens) {
        this.tokens = tokens;
        return this;
    }

    /**
     * Sets how long a presigned URL may be good for.
     *
     * @param maxPresign 1 s to 7 d; default {@link #DEFAULT_MAX_PRESIGN} (300 s)
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxPresign(Duration maxPresign) {
        this.maxPresign = within("maxPresign", maxPresign, Duration.ofSeconds(1), Duration.ofDays(7));
        return this;
    }

    /**
     * Adds a header to the allowlist: the container sees it if a caller sends it.
     *
     * @param name of the header; 20 at most, and none that the platform keeps to itself
     * @return this builder
     */
    public FrontDoorBuilder allowHeader(String name) {
        allowedHeaders.add(name);
        return this;
    }

    /**
     * Sends the container a workload access token.
     *
     * @param workloadAccessToken the token; null, the default, is for none
     * @return this builder
     */
    public FrontDoorBuilder workloadAccessToken(String workloadAccessToken) {
        this.workloadAccessToken = workloadAccessToken;
        return this;
    }

    /**
     * Limits the sessions that are active, which here are those with a request or a socket; more are refused with 402.
     *
     * @param maxSessions at least 1; default: no limit
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxSessions(int maxSessions) {
        this.maxSessions = between("maxSessions", maxSessions, 1, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Limits the sessions that begin in a second; more are refused with 429.
     *
     * @param maxNewSessionsPerSecond at least 1; default: no limit; the platform has 25
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxNewSessionsPerSecond(int maxNewSessionsPerSecond) {
        this.maxNewSessionsPerSecond = between("maxNewSessionsPerSecond", maxNewSessionsPerSecond, 1, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Sets how long a WebSocket may last; then both sides see 1008.
     *
     * @param maxDuration 1 s to 14 d; default {@link #DEFAULT_MAX_DURATION} (60 min)
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxDuration(Duration maxDuration) {
        this.maxDuration = within("maxDuration", maxDuration, Duration.ofSeconds(1), LONGEST);
        return this;
    }

    /**
     * Sets how long a WebSocket may be without a frame; then it is cut and the client sees 1006.
     *
     * @param maxIdle 1 s to 14 d; default {@link #DEFAULT_MAX_IDLE} (60 s)
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxIdle(Duration maxIdle) {
        this.maxIdle = within("maxIdle", maxIdle, Duration.ofSeconds(1), LONGEST);
        return this;
    }

    /**
     * Sets how many frames may come from one side of a WebSocket in any second; at one more both sides see 1008.
     *
     * @param maxFramesPerSecond 1 to 100,000; default {@link #DEFAULT_MAX_FRAMES_PER_SECOND} (250)
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder maxFramesPerSecond(int maxFramesPerSecond) {
        this.maxFramesPerSecond = between("maxFramesPerSecond", maxFramesPerSecond, 1, 100_000);
        return this;
    }

    /**
     * Loses what the container sends before the client's first message, as some have seen.
     *
     * @param dropsEarly default false
     * @return this builder
     */
    public FrontDoorBuilder dropEarly(boolean dropsEarly) {
        this.dropsEarly = dropsEarly;
        return this;
    }

    /**
     * Sends the container its own messages back, as some have seen; those in one frame, between two of the client.
     *
     * @param echoes default false
     * @return this builder
     */
    public FrontDoorBuilder echo(boolean echoes) {
        this.echoes = echoes;
        return this;
    }

    /**
     * Has the client's first message arrive as {@code {"body":"…"}}, as some have seen.
     *
     * @param wrapsFirst default false
     * @return this builder
     */
    public FrontDoorBuilder wrapFirst(boolean wrapsFirst) {
        this.wrapsFirst = wrapsFirst;
        return this;
    }

    /**
     * Sets how long the container may take to answer an upgrade; then the caller sees 424.
     *
     * @param startLimit 1 s to 5 min; default {@link #DEFAULT_START_LIMIT} (30 s)
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public FrontDoorBuilder startLimit(Duration startLimit) {
        this.startLimit = within("startLimit", startLimit, Duration.ofSeconds(1), Duration.ofMinutes(5));
        return this;
    }

    /**
     * Sets where the time comes from.
     *
     * @param time default: the machine's
     * @return this builder
     */
    public FrontDoorBuilder time(FrontDoorTime time) {
        this.time = time;
        return this;
    }

    /**
     * Binds and begins to serve.
     *
     * @return the front door, to be closed
     * @throws IOException if the port cannot be bound
     * @throws IllegalArgumentException if nobody could come in, or a header cannot be allowed
     */
    public FrontDoor open() throws IOException {
        if (tokens == null && keys.isEmpty()) {
            throw new IllegalArgumentException("credentials: none (expected: a key that may sign, or a verifier of bearer tokens)");
        }
        return FrontDoor.open(this, new Deployment(arn, Set.copyOf(qualifiers), container,
                new Admission(arn, new SigV4Verifier(keys, arn.region(), maxPresign), tokens),
                HeaderRules.of(allowedHeaders, workloadAccessToken), new SessionQuota(maxSessions, maxNewSessionsPerSecond, time),
                new WsRules(maxDuration, maxIdle, maxFramesPerSecond), new Oddities(dropsEarly, echoes, wrapsFirst), startLimit, time));
    }

    private static int between(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
        return value;
    }

    private static Duration within(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
        return value;
    }
}
