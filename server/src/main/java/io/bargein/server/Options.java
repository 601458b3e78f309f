package io.bargein.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A group of settings. Each is a field, and {@code --help} lists them as they are declared. They are told to picocli by calls and not by
 * annotations, as reading those costs a cold start 90 ms (docs/decisions.md). A default of null is none.
 */
abstract class Options {

    /** A setting, to be read when the command line has been parsed. */
    interface Setting<T> {
        /** What the flag, its variable or its default says; null if none does. */
        T value();

        /** Hands it on, unless it is null. */
        default void ifGiven(Consumer<T> use) {
            if (value() != null) {
                use.accept(value());
            }
        }
    }

    private final List<OptionSpec> all = new ArrayList<>();

    /** In the order of {@code --help}. */
    final List<OptionSpec> all() {
        return Collections.unmodifiableList(all);
    }

    /** Adds a group's settings here. */
    final <O extends Options> O group(O options) {
        all.addAll(options.all());
        return options;
    }

    final Setting<String> text(String flag, String label, String byDefault, String description) {
        return setting(flag, label, byDefault, description, String.class);
    }

    final Setting<Integer> number(String flag, Integer byDefault, String description) {
        return setting(flag, "N", byDefault == null ? null : byDefault.toString(), description, Integer.class);
    }

    final Setting<Integer> size(String flag, String byDefault, String description) {
        return setting(flag, "SIZE", byDefault, description, Integer.class, Sizes::parseInt);
    }

    final Setting<Long> longSize(String flag, String byDefault, String description) {
        return setting(flag, "SIZE", byDefault, description, Long.class, Sizes::parse);
    }

    final Setting<Duration> time(String flag, String byDefault, String description) {
        return setting(flag, "TIME", byDefault, description, Duration.class, Durations::parse);
    }

    /** A setting of a type that picocli converts: a number, a URI, an enum. */
    final <T> Setting<T> setting(String flag, String label, String byDefault, String description, Class<T> type) {
        return add(option(flag, label, byDefault, description).type(type));
    }

    final <T> Setting<T> setting(String flag, String label, String byDefault, String description, Class<T> type, ITypeConverter<T> converter) {
        return add(option(flag, label, byDefault, description).type(type).converters(converter));
    }

    static OptionSpec.Builder option(String flag, String label, String byDefault, String description) {
        return OptionSpec.builder(flag).paramLabel(label).defaultValue(byDefault).description(description);
    }

    /** Adds what the other forms have no words for. */
    final <T> Setting<T> add(OptionSpec.Builder builder) {
        OptionSpec option = builder.build();
        all.add(option);
        return option::getValue;
    }
}
