package io.bargein.server;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where a setting comes from that no flag gives: {@code --x-y} from {@code BARGEIN_X_Y}, else from the name people know it by. An
 * empty variable is one that is not set.
 */
final class EnvironmentDefaults implements IDefaultValueProvider {

    private static final Map<String, List<String>> WELL_KNOWN = Map.of(
            "--port", List.of("PORT"),
            "--model-id", List.of("BEDROCK_MODEL_ID"),
            "--region", List.of("AWS_REGION", "AWS_DEFAULT_REGION"),
            "--endpoint-url", List.of("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"));

    private final Map<String, String> environment;

    EnvironmentDefaults(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The variable of ours for a flag. */
    static String variable(String flag) {
        return "BARGEIN_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    static List<String> wellKnown(String flag) {
        return WELL_KNOWN.getOrDefault(flag, List.of());
    }

    @Override
    public String defaultValue(ArgSpec argSpec) {
        if (!(argSpec instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String value = environment.get(variable(option.longestName()));
        for (String name : wellKnown(option.longestName())) {
            if (value == null || value.isEmpty()) {
                value = environment.get(name);
            }
        }
        // Null leaves the default that the option itself names.
        return value == null || value.isEmpty() ? null : value;
    }
}
