package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of text for a terminal: named ones, which wrap, and tables, the first column of which is at the left and the others at the right. */
final class Table {
    private static final int WIDTH = 110;
    private static final int NAME_WIDTH = 12;

    private final int maxFirstColumn;
    private final List<String[]> rows = new ArrayList<>();

    /** A table; what is longer in its first column is cut. */
    Table(int maxFirstColumn) {
        this.maxFirstColumn = maxFirstColumn;
    }

    Table row(String... cells) {
        rows.add(cells);
        return this;
    }

    /** Writes the table, unless it has a head alone. */
    void to(StringBuilder out) {
        if (rows.size() <= 1) {
            return;
        }
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            row[0] = shortened(row[0]);
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(pad(row[0], widths[0]));
            for (int i = 1; i < row.length; i++) {
                line.append("  ").append(" ".repeat(widths[i] - row[i].length())).append(row[i]);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
    }

    /** Writes a line behind a name; where it is too long it goes on below, at a space. */
    static void line(StringBuilder out, String name, String format, Object... values) {
        String rest = printable(String.format(Locale.ROOT, format, values));
        String before = pad(name, NAME_WIDTH);
        while (rest.length() > WIDTH - NAME_WIDTH) {
            int cut = rest.lastIndexOf(' ', WIDTH - NAME_WIDTH);
            if (cut <= 0) {
                cut = rest.indexOf(' ', WIDTH - NAME_WIDTH);
            }
            if (cut < 0) {
                break;
            }
            out.append(before).append(rest, 0, cut).append('\n');
            rest = rest.substring(cut + 1);
            before = " ".repeat(NAME_WIDTH);
        }
        out.append((before + rest).stripTrailing()).append('\n');
    }

    /** A number, or a dash where it is not known. */
    static String number(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "-";
    }

    /** A value as it was given, a whole number without its fraction. */
    static String value(Object value) {
        boolean whole = value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e15;
        return whole ? Long.toString(((Double) value).longValue()) : String.valueOf(value);
    }

    /** Takes out what would move a terminal's cursor; a report may come from a stranger. */
    static String printable(String text) {
        return text.codePoints().map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    private String shortened(String text) {
        String printable = printable(text);
        return printable.length() <= maxFirstColumn ? printable : printable.substring(0, maxFirstColumn - 1) + "…";
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
