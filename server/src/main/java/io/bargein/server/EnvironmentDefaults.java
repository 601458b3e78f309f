package io.bargein.server;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where a setting comes from that no flag gives: {@code --x-y} from {@code BARGEIN_X_Y}, else from the name people know it by. An
 * empty variable is one that is not set.
 */
final class EnvironmentDefaults {

    private EnvironmentDefaults() {}

    /** The variable of ours for a flag. */
    static String variable(String flag) {
        return "BARGEIN_".concat(flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT));
    }

    static List<String> wellKnown(String flag) {
        return switch (flag) {
            case "--port" -> List.of("PORT");
            case "--model-id" -> List.of("BEDROCK_MODEL_ID");
            case "--region" -> List.of("AWS_REGION", "AWS_DEFAULT_REGION");
            case "--endpoint-url" -> List.of("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL");
            default -> List.of();
        };
    }

    /** What the environment says for a flag; null if it says nothing. */
    static String value(String flag, Map<String, String> environment) {
        String value = environment.get(variable(flag));
        for (String name : wellKnown(flag)) {
            if (value == null || value.isEmpty()) {
                value = environment.get(name);
            }
        }
        return value == null || value.isEmpty() ? null : value;
    }
}
