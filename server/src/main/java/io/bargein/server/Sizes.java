package io.bargein.server;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Sizes in bytes as settings have them: {@code 32000}, {@code 256KiB}, {@code 1MiB}, {@code 2GiB}. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})(|KiB|MiB|GiB|TiB)");
    private static final Map<String, Integer> SHIFTS = Map.of("", 0, "KiB", 10, "MiB", 20, "GiB", 30, "TiB", 40);

    private Sizes() {}

    /** For settings of type {@code long}. */
    static long parse(String value) {
        Matcher matcher = FORM.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + value + "' (expected: a size in bytes, such as 32000, 256KiB or 1MiB)");
        }
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << SHIFTS.get(matcher.group(2)));
        } catch (ArithmeticException e) {
            throw new TypeConversionException("'" + value + "' (expected: a size below 8388608TiB)");
        }
    }

    /** For settings of type {@code int}. */
    static int parseInt(String value) {
        long size = parse(value);
        if (size > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + value + "' (expected: a size below 2GiB)");
        }
        return (int) size;
    }
}
