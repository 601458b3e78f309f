package io.bargein.loadtest;

import io.bargein.loadtest.client.RuntimeAuth;
import io.bargein.loadtest.client.RuntimeEndpoint;
import io.bargein.loadtest.client.RuntimeTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Where to connect to, and as whom: the same for every tool that connects. No option is a secret itself, for all users of a machine see options. */
final class ConnectionOptions {
    private static final String ENDPOINT_VARIABLE = "BEDROCK_AGENTCORE_DP_ENDPOINT";
    private static final String TOKEN_VARIABLE = "BARGEIN_TOKEN";

    enum Auth { SIGV4, PRESIGNED, BEARER, BROWSER, NONE }

    @Option(names = "--url", paramLabel = "URL", description = "Where to, as ws://host:port/ws or wss://host/ws")
    private URI url;

    @Option(names = "--runtime-arn", paramLabel = "ARN", description = "Where to, as the ARN of a runtime on Amazon Bedrock AgentCore")
    private String runtimeArn;

    @Option(names = "--qualifier", paramLabel = "NAME", description = "The runtime's endpoint; by default AgentCore takes DEFAULT")
    private String qualifier;

    @Option(names = "--endpoint", paramLabel = "URL", description = "Another host for the ARN: https and one of AWS's, or http and a loopback "
            + "address; by default " + ENDPOINT_VARIABLE + ", or else the region's")
    private URI endpoint;

    @Option(names = "--auth", paramLabel = "HOW", description = "sigv4, presigned, bearer, browser (a token as a subprotocol) or none; by default "
            + "sigv4 for an ARN and none for a URL. Signatures take the credentials that the AWS SDK finds")
    private Auth auth;

    @Option(names = "--expires", paramLabel = "TIME", converter = Durations.class, description = "How long a presigned URL is good for: 1s to 300s, "
            + "which is the default")
    private Duration expires;

    @Option(names = "--token-file", paramLabel = "FILE", description = "Where the token for bearer and browser is; read at each handshake")
    private Path tokenFile;

    @Option(names = "--token-env", paramLabel = "NAME", description = "The variable that the token is in; by default " + TOKEN_VARIABLE)
    private String tokenEnv;

    @Option(names = "--header", paramLabel = "NAME=VALUE", description = "A header for the handshake; repeatable. AgentCore passes on "
            + "X-Amzn-Bedrock-AgentCore-Runtime-Custom-…, and its allowlist. What others are not to see goes into a file of options, "
            + "given as @FILE")
    private Map<String, String> headers = new LinkedHashMap<>();

    /** @throws IllegalArgumentException if it makes no sense, with the option's name */
    RuntimeTarget target() {
        if (url == null && runtimeArn == null || url != null && runtimeArn != null) {
            throw new IllegalArgumentException("--url, --runtime-arn: " + (url == null ? "neither" : "both") + " (expected: one of them)");
        }
        refuseWhatTheAuthenticationDoesNotTake();
        RuntimeTarget.Builder builder = RuntimeTarget.builder(url == null ? deployed() : direct());
        if (auth != null) {
            builder.auth(named("--auth", this::authentication));
        }
        return named("--auth", () -> {
            headers.forEach(builder::header);
            return builder.build();
        });
    }

    private void refuseWhatTheAuthenticationDoesNotTake() {
        if (expires != null && auth != Auth.PRESIGNED) {
            throw new IllegalArgumentException("--expires: without --auth presigned (expected: with it)");
        }
        if ((tokenFile != null || tokenEnv != null) && auth != Auth.BEARER && auth != Auth.BROWSER) {
            throw new IllegalArgumentException((tokenFile != null ? "--token-file" : "--token-env")
                    + ": without --auth bearer or browser (expected: with one of them)");
        }
    }

    private RuntimeEndpoint direct() {
        if (qualifier != null || endpoint != null) {
            throw new IllegalArgumentException((qualifier != null ? "--qualifier" : "--endpoint") + ": with --url (expected: with --runtime-arn)");
        }
        return named("--url", () -> RuntimeEndpoint.ofUrl(url));
    }

    private RuntimeEndpoint deployed() {
        RuntimeEndpoint made = named("--runtime-arn", () -> RuntimeEndpoint.ofArn(runtimeArn));
        if (qualifier != null) {
            RuntimeEndpoint unqualified = made;
            made = named("--qualifier", () -> unqualified.withQualifier(qualifier));
        }
        RuntimeEndpoint usual = made;
        if (endpoint != null) {
            return named("--endpoint", () -> usual.withEndpoint(endpoint));
        }
        String variable = System.getenv(ENDPOINT_VARIABLE);
        return variable == null || variable.isBlank() ? usual : named(ENDPOINT_VARIABLE, () -> usual.withEndpoint(URI.create(variable)));
    }

    private RuntimeAuth authentication() {
        return switch (auth) {
            case SIGV4 -> RuntimeAuth.sigV4();
            case PRESIGNED -> RuntimeAuth.presigned(expires == null ? RuntimeAuth.DEFAULT_EXPIRY : expires);
            case BEARER -> RuntimeAuth.bearer(tokens());
            case BROWSER -> RuntimeAuth.browserSubprotocol(tokens());
            case NONE -> RuntimeAuth.none();
        };
    }

    private Supplier<String> tokens() {
        String variable = tokenEnv == null ? TOKEN_VARIABLE : tokenEnv;
        Supplier<String> tokens = tokenFile != null ? this::tokenOfFile : () -> System.getenv(variable);
        if (tokens.get() == null) {
            throw new IllegalArgumentException("--token-env: " + variable + " is not set (expected: a variable with the token, or --token-file)");
        }
        return tokens;
    }

    private String tokenOfFile() {
        try {
            return Files.readString(tokenFile).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("--token-file: " + tokenFile + " (expected: a file that can be read)", e);
        }
    }

    /** Puts the option's name, or the variable's, before what is wrong with it, where it does not stand there already. */
    private static <T> T named(String option, Supplier<T> value) {
        try {
            return value.get();
        } catch (UncheckedIOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            String name = option.replaceFirst("^--", "");
            throw new IllegalArgumentException(message.startsWith("--") ? message
                    : message.matches("(?s)(header|expires|" + name + "): .*") ? "--" + message : option + ": " + message, e);
        }
    }
}
