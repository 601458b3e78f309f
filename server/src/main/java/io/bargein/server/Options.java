package io.bargein.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A group of settings. Each is a field, and {@code --help} lists them as they are declared. */
abstract class Options {

    private final List<Setting<?>> all = new ArrayList<>();

    /** In the order of {@code --help}. */
    final List<Setting<?>> all() {
        return Collections.unmodifiableList(all);
    }

    /** Adds a group's settings here. */
    final <O extends Options> O group(O options) {
        all.addAll(options.all());
        return options;
    }

    final Setting<String> text(String flag, String label, String byDefault, String description) {
        return add(flag, label, byDefault, description, Setting.Form.VALUE, written -> written);
    }

    final Setting<List<String>> texts(String flag, String label, String description) {
        return add(flag, label, null, description, Setting.Form.LIST, written -> List.of(written.split(",")));
    }

    final Setting<Integer> number(String flag, Integer byDefault, String description) {
        return add(flag, "N", byDefault == null ? null : byDefault.toString(), description, Setting.Form.VALUE, Options::integer);
    }

    final Setting<Double> fraction(String flag, String description) {
        return add(flag, "X", null, description, Setting.Form.VALUE, Options::fraction);
    }

    final Setting<Integer> size(String flag, String byDefault, String description) {
        return add(flag, "SIZE", byDefault, description, Setting.Form.VALUE, Sizes::parseInt);
    }

    final Setting<Long> longSize(String flag, String byDefault, String description) {
        return add(flag, "SIZE", byDefault, description, Setting.Form.VALUE, Sizes::parse);
    }

    final Setting<Duration> time(String flag, String byDefault, String description) {
        return add(flag, "TIME", byDefault, description, Setting.Form.VALUE, Durations::parse);
    }

    final Setting<URI> address(String flag, String description) {
        return add(flag, "URL", null, description, Setting.Form.VALUE, Options::uri);
    }

    /** A flag that may also stand without a value. */
    final Setting<Boolean> yesOrNo(String flag, String description) {
        return add(flag, "BOOLEAN", "false", description, Setting.Form.SWITCH, Options::truth);
    }

    /** One of an enum's constants, in any case and with - or _. */
    final <E extends Enum<E>> Setting<E> oneOf(String flag, String label, String byDefault, String description, E[] constants) {
        return add(flag, label, byDefault, description, Setting.Form.VALUE, written -> constant(constants, written));
    }

    private <T> Setting<T> add(String flag, String label, String byDefault, String description, Setting.Form form,
            Function<String, T> converter) {
        Setting<T> setting = new Setting<>(flag, label, byDefault, description, form, converter);
        all.add(setting);
        return setting;
    }

    private static int integer(String written) {
        try {
            return Integer.parseInt(written);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + written + "' (expected: a whole number of at most " + Integer.MAX_VALUE + ")", e);
        }
    }

    private static double fraction(String written) {
        try {
            return Double.parseDouble(written);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + written + "' (expected: a number)", e);
        }
    }

    private static URI uri(String written) {
        try {
            return new URI(written);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + written + "' (expected: a URL, but " + e.getReason() + ")", e);
        }
    }

    private static boolean truth(String written) {
        if (written.equalsIgnoreCase("true")) {
            return true;
        }
        if (written.equalsIgnoreCase("false")) {
            return false;
        }
        throw new IllegalArgumentException("'" + written + "' (expected: true or false)");
    }

    private static <E extends Enum<E>> E constant(E[] constants, String written) {
        String name = written.replace('-', '_');
        for (E constant : constants) {
            if (constant.name().equalsIgnoreCase(name)) {
                return constant;
            }
        }
        List<String> words = Stream.of(constants).map(constant -> constant.name().replace('_', '-').toLowerCase(Locale.ROOT)).toList();
        int last = words.size() - 1;
        throw new IllegalArgumentException("'" + written + "' (expected: " + words.stream().limit(last).collect(Collectors.joining(", "))
                + " or " + words.get(last) + ")");
    }
}
