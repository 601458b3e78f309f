package io.bargein.loadtest;

import io.bargein.loadtest.frontdoor.FrontDoor;
import io.bargein.loadtest.frontdoor.FrontDoorBuilder;
import io.bargein.loadtest.frontdoor.TokenIssuer;
import io.bargein.loadtest.frontdoor.TokenVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the stand-in of AgentCore's front door until the process is told to stop. */
@Command(name = "front-door", mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Stands in for AgentCore Runtime's front door, before one container: checks who calls, adds and takes headers, and holds"
                + " WebSockets to the platform's limits.")
final class FrontDoorCommand implements Callable<Integer> {
    private static final String PEM_BEGIN = "-----BEGIN PUBLIC KEY-----";

    @Spec
    private CommandSpec spec;

    @Option(names = "--target", paramLabel = "URL", defaultValue = "http://127.0.0.1:8080", description = "Where the container listens")
    private URI target;

    @Option(names = "--host", paramLabel = "ADDRESS", defaultValue = "127.0.0.1", description = "Address to listen on")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8090", description = "Port to listen on; 0 takes a free one")
    private int port;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2", description = "Event loops")
    private int threads;

    @Option(names = "--runtime-arn", paramLabel = "ARN", defaultValue = FrontDoorBuilder.DEFAULT_RUNTIME_ARN,
            description = "The runtime's name; signatures have to be for its region")
    private String runtimeArn;

    @Option(names = "--qualifier", paramLabel = "NAME", description = "An endpoint besides DEFAULT; may come more than once")
    private List<String> qualifiers = List.of();

    @Option(names = "--credentials", paramLabel = "SOURCE", defaultValue = "example",
            description = "The key that may sign: 'example' is the one of AWS's documentation, 'env' is AWS_ACCESS_KEY_ID and what belongs to"
                    + " it, else a file like ~/.aws/credentials, of which [default] is read")
    private String credentials;

    @Option(names = "--max-presign", paramLabel = "TIME", defaultValue = "300s", converter = Durations.class,
            description = "How long a presigned URL may be good for")
    private Duration maxPresign;

    @Option(names = "--issue-token", description = "Take bearer tokens instead of signatures, and print one to begin with")
    private boolean issueToken;

    @Option(names = "--token-ttl", paramLabel = "TIME", defaultValue = "1h", converter = Durations.class,
            description = "How long the token that is printed is good for")
    private Duration tokenTtl;

    @Option(names = "--jwt-key", paramLabel = "FILE",
            description = "Take bearer tokens instead of signatures, checked with this: a public RSA key as PEM (RS256), or a secret (HS256)")
    private Path jwtKey;

    @Option(names = "--jwt-issuer", paramLabel = "URL", defaultValue = "https://issuer.example", description = "What tokens have as iss")
    private String jwtIssuer;

    @Option(names = "--jwt-audience", paramLabel = "NAME", description = "One of these has to be in aud; may come more than once, none takes any")
    private List<String> jwtAudiences = List.of();

    @Option(names = "--jwt-client", paramLabel = "ID", description = "client_id has to be one of these; may come more than once, none takes any")
    private List<String> jwtClients = List.of();

    @Option(names = "--allow-header", paramLabel = "NAME", description = "A header that the container sees if a caller sends it; at most 20")
    private List<String> allowedHeaders = List.of();

    @Option(names = "--workload-access-token", paramLabel = "TEXT", description = "Sent to the container as such")
    private String workloadAccessToken;

    @Option(names = "--max-duration", paramLabel = "TIME", defaultValue = "60m", converter = Durations.class,
            description = "How long a WebSocket may last; then 1008")
    private Duration maxDuration;

    @Option(names = "--idle", paramLabel = "TIME", defaultValue = "60s", converter = Durations.class,
            description = "How long a WebSocket may be without a frame; then it is cut")
    private Duration idle;

    @Option(names = "--max-frame-rate", paramLabel = "N", defaultValue = "250",
            description = "How many frames may come from one side in any second; at one more 1008")
    private int maxFrameRate;

    @Option(names = "--start-limit", paramLabel = "TIME", defaultValue = "30s", converter = Durations.class,
            description = "How long the container may take to answer an upgrade; then 424")
    private Duration startLimit;

    @Option(names = "--max-sessions", paramLabel = "N", defaultValue = "2147483647", description = "Active sessions; at one more 402")
    private int maxSessions;

    @Option(names = "--max-new-sessions", paramLabel = "N", defaultValue = "2147483647",
            description = "New sessions in a second; at one more 429 (the platform has 25)")
    private int maxNewSessions;

    @Option(names = "--drop-early", description = "Lose what the container sends before the client's first message")
    private boolean dropEarly;

    @Option(names = "--echo", description = "Send the container its own messages back")
    private boolean echo;

    @Option(names = "--wrap-first", description = "Have the client's first message arrive as {\"body\":\"...\"}")
    private boolean wrapFirst;

    @Override
    public Integer call() throws InterruptedException {
        FrontDoor door;
        String token;
        String key;
        try {
            FrontDoorBuilder builder = builder();
            TokenIssuer issuer = issueToken ? issuer() : null;
            key = issuer == null && jwtKey == null ? FrontDoorKeys.add(credentials, System.getenv(), builder) : null;
            if (key == null) {
                builder.tokens(issuer == null ? verifier() : issuer.verifier());
            }
            token = issuer == null ? null : issuer.issue("rehearsal", Instant.now(), tokenTtl);
            door = builder.open();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(door::close, "front-door-stop"));
        tell(door, key, token);
        door.awaitClosed();
        return 0;
    }

    private FrontDoorBuilder builder() {
        FrontDoorBuilder builder = FrontDoor.before(target).host(host).port(port).threads(threads).runtimeArn(runtimeArn)
                .maxPresign(maxPresign).workloadAccessToken(workloadAccessToken).maxDuration(maxDuration).maxIdle(idle)
                .maxFramesPerSecond(maxFrameRate).startLimit(startLimit).maxSessions(maxSessions).maxNewSessionsPerSecond(maxNewSessions)
                .dropEarly(dropEarly).echo(echo).wrapFirst(wrapFirst);
        qualifiers.forEach(builder::qualifier);
        allowedHeaders.forEach(builder::allowHeader);
        return builder;
    }

    private TokenIssuer issuer() throws IOException {
        String audience = jwtAudiences.isEmpty() ? "rehearsal" : jwtAudiences.get(0);
        String client = jwtClients.isEmpty() ? "rehearsal" : jwtClients.get(0);
        if (jwtKey == null) {
            return TokenIssuer.rs256(jwtIssuer, audience, client);
        }
        String text = read(jwtKey);
        if (text.startsWith(PEM_BEGIN)) {
            throw new IllegalArgumentException("--issue-token: with a public key (expected: a secret in --jwt-key, or no --jwt-key)");
        }
        return TokenIssuer.hs256(text.getBytes(StandardCharsets.UTF_8), jwtIssuer, audience, client);
    }

    private TokenVerifier verifier() throws IOException, GeneralSecurityException {
        String text = read(jwtKey);
        HashSet<String> audiences = new HashSet<>(jwtAudiences);
        HashSet<String> clients = new HashSet<>(jwtClients);
        if (!text.startsWith(PEM_BEGIN)) {
            return TokenVerifier.hs256(text.getBytes(StandardCharsets.UTF_8), jwtIssuer, audiences, clients);
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
            return TokenVerifier.rs256(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)), jwtIssuer, audiences, clients);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("--jwt-key: " + jwtKey + " (expected: a public RSA key as PEM, or a secret)", e);
        }
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IOException("--jwt-key: " + file + " (expected: a file that can be read)", e);
        }
    }

    private void tell(FrontDoor door, String key, String token) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("front door listens on " + door.uri() + " before " + target);
        out.println("  runtime      " + door.runtimeArn());
        out.println("  WebSocket    " + door.wsUri());
        out.println("  invocations  " + door.invocationsUri());
        out.println("  lets in      " + (key == null ? "bearer tokens of " + jwtIssuer : "signatures of " + key));
        out.println("To talk through it, in another shell:");
        if (key == null) {
            out.println("  export BARGEIN_TOKEN=" + (token == null ? "..." : token));
        } else if (credentials.equals(FrontDoorKeys.EXAMPLE)) {
            out.println("  export AWS_ACCESS_KEY_ID=" + FrontDoorKeys.EXAMPLE_KEY + " AWS_SECRET_ACCESS_KEY=" + FrontDoorKeys.EXAMPLE_SECRET);
        }
        out.println("  java -jar loadtest/target/bargein-loadtest.jar chat --runtime-arn " + door.runtimeArn() + " --endpoint " + door.uri()
                + " --auth " + (key == null ? "bearer" : "sigv4"));
        out.flush();
    }
}
