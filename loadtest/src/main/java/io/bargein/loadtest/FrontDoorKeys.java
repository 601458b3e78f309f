package io.bargein.loadtest;

import io.bargein.loadtest.frontdoor.FrontDoorBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;

/** Where the key comes from that may sign. Never from the command line, which others on the machine see. */
final class FrontDoorKeys {
    static final String EXAMPLE = "example";
    /** Of AWS's documentation, and good for nothing else. */
    static final String EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE";
    static final String EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    private FrontDoorKeys() {}

    /** Adds the key of the source and returns its name. */
    static String add(String source, Map<String, String> environment, FrontDoorBuilder builder) throws IOException {
        return switch (source) {
            case EXAMPLE -> add(builder, EXAMPLE_KEY, EXAMPLE_SECRET, null);
            case "env" -> add(builder, named("AWS_ACCESS_KEY_ID", environment), named("AWS_SECRET_ACCESS_KEY", environment),
                    environment.get("AWS_SESSION_TOKEN"));
            default -> addOfFile(Path.of(source), builder);
        };
    }

    private static String add(FrontDoorBuilder builder, String key, String secret, String token) {
        builder.credentials(key, secret, token);
        return key;
    }

    private static String named(String name, Map<String, String> environment) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("--credentials: env without " + name + " (expected: it set)");
        }
        return value;
    }

    private static String addOfFile(Path file, FrontDoorBuilder builder) throws IOException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IOException("--credentials: " + file + " (expected: example, env, or a file that can be read)");
        }
        Profile profile = ProfileFile.builder().content(file).type(ProfileFile.Type.CREDENTIALS).build().profile("default").orElse(null);
        String key = profile == null ? null : profile.property("aws_access_key_id").orElse(null);
        String secret = profile == null ? null : profile.property("aws_secret_access_key").orElse(null);
        if (key == null || secret == null) {
            throw new IllegalArgumentException("--credentials: " + file
                    + " (expected: [default] with aws_access_key_id and aws_secret_access_key in it)");
        }
        return add(builder, key, secret, profile.property("aws_session_token").orElse(null));
    }
}
