package io.bargein.server;

import java.util.function.Consumer;
import java.util.function.Function;

/** A setting: how it is written, and what it says once the command line has been read. A default of null is none. */
final class Setting<T> {

    /** What may stand behind the flag. */
    enum Form {
        /** One value. */
        VALUE,
        /** A value or nothing, which is {@code true}. */
        SWITCH,
        /** Values by comma, and the flag once more for further ones. */
        LIST
    }

    private final String flag;
    private final String label;
    private final String byDefault;
    private final String description;
    private final Form form;
    /** Refuses with an IllegalArgumentException of the form {@code 'x' (expected: what)}. */
    private final Function<String, T> converter;
    private T value;

    Setting(String flag, String label, String byDefault, String description, Form form, Function<String, T> converter) {
        this.flag = flag;
        this.label = label;
        this.byDefault = byDefault;
        this.description = description;
        this.form = form;
        this.converter = converter;
    }

    String flag() {
        return flag;
    }

    String label() {
        return label;
    }

    String byDefault() {
        return byDefault;
    }

    String description() {
        return description;
    }

    Form form() {
        return form;
    }

    /**
     * Takes what is written, or the default if that is null.
     *
     * @throws IllegalArgumentException if it is no value of this setting
     */
    void set(String written) {
        String known = written == null ? byDefault : written;
        try {
            value = known == null ? null : converter.apply(known);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(flag + ": " + e.getMessage(), e);
        }
    }

    /** What the flag, its variable or its default says; null if none does. */
    T value() {
        return value;
    }

    /** Hands it on, unless it is null. */
    void ifGiven(Consumer<T> use) {
        if (value != null) {
            use.accept(value);
        }
    }
}
