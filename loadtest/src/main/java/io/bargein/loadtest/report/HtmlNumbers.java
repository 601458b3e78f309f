package io.bargein.loadtest.report;

import java.util.Locale;

/** How figures are written. */
final class HtmlNumbers {
    /** What stands for a figure that is not known. */
    static final String NONE = "–";

    private HtmlNumbers() {}

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** About three digits, in full where there are more. */
    static String figure(double value) {
        if (!Double.isFinite(value)) {
            return NONE;
        }
        double size = Math.abs(value);
        int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** In milliseconds, without the unit, down to the microsecond. */
    static String millis(double nanos) {
        double millis = nanos / 1e6;
        if (!Double.isFinite(millis)) {
            return NONE;
        }
        return String.format(Locale.ROOT, millis >= 1000 ? "%,.0f" : millis >= 100 ? "%.1f" : millis >= 10 ? "%.2f" : "%.3f", millis);
    }

    /** With the unit that fits, as in "1.92 ms", in one piece. */
    static String time(double nanos) {
        if (nanos < 1e3) {
            return figure(nanos) + "\u00a0ns";
        }
        return nanos < 1e6 ? figure(nanos / 1e3) + "\u00a0µs" : nanos < 1e9 ? figure(nanos / 1e6) + "\u00a0ms" : figure(nanos / 1e9) + "\u00a0s";
    }

    static double mebibytes(double bytes) {
        return bytes / (1 << 20);
    }

    static String ratio(double value, double first) {
        return first > 0 && Double.isFinite(value) ? String.format(Locale.ROOT, "×%.2f", value / first) : "";
    }

    /** A percentile, as in "99.9": with the nines that tell it from others, and no more. */
    static String percentile(double decades) {
        double percentile = 100 * (1 - Math.pow(10, -decades));
        String text = String.format(Locale.ROOT, "%." + Math.max(0, (int) Math.ceil(decades) - (decades < 1.5 ? 1 : 0)) + "f", percentile);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
