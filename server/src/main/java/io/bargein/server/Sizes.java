package io.bargein.server;

/** Sizes in bytes as settings have them: {@code 32000}, {@code 256KiB}, {@code 1MiB}, {@code 2GiB}. */
final class Sizes {
    private static final int MAX_DIGITS = 15;

    private Sizes() {}

    /** For settings of type {@code long}. */
    static long parse(String value) {
        int digits = digits(value);
        int shift = switch (value.substring(digits)) {
            case "" -> 0;
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> -1;
        };
        if (digits == 0 || digits > MAX_DIGITS || shift < 0) {
            throw new IllegalArgumentException("'" + value + "' (expected: a size in bytes, such as 32000, 256KiB or 1MiB)");
        }
        long number = Long.parseLong(value.substring(0, digits));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'" + value + "' (expected: a size below 8388608TiB)");
        }
        return number << shift;
    }

    /** For settings of type {@code int}. */
    static int parseInt(String value) {
        long size = parse(value);
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'" + value + "' (expected: a size below 2GiB)");
        }
        return (int) size;
    }

    /** With how many of the digits 0 to 9 it begins. */
    static int digits(String value) {
        int digits = 0;
        while (digits < value.length() && value.charAt(digits) >= '0' && value.charAt(digits) <= '9') {
            digits++;
        }
        return digits;
    }
}
