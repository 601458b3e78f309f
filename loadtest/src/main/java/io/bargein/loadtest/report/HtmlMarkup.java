package io.bargein.loadtest.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** A page as it is written. Well-formed, as XML too, and every text and value in it is escaped, whoever it comes from. */
final class HtmlMarkup {
    private final StringBuilder out = new StringBuilder(1 << 16);
    private final Deque<String> open = new ArrayDeque<>();

    /** @param attributes names and values by turns; one whose value is null is left out */
    HtmlMarkup open(String element, Object... attributes) {
        tag(element, attributes);
        out.append('>');
        open.push(element);
        return this;
    }

    HtmlMarkup close() {
        out.append("</").append(open.pop()).append(">\n");
        return this;
    }

    /** An element without content: one of SVG, or one that HTML never closes. */
    HtmlMarkup leaf(String element, Object... attributes) {
        tag(element, attributes);
        out.append("/>");
        return this;
    }

    HtmlMarkup element(String element, String text, Object... attributes) {
        return open(element, attributes).text(text).close();
    }

    HtmlMarkup text(String text) {
        escape(text);
        return this;
    }

    /** What is ours and no text: the page's head, its style and its script. */
    HtmlMarkup raw(String ours) {
        out.append(ours);
        return this;
    }

    @Override
    public String toString() {
        assert open.isEmpty() : "open: " + open;
        return out.toString();
    }

    private void tag(String element, Object... attributes) {
        out.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            if (attributes[i + 1] != null) {
                out.append(' ').append(attributes[i]).append("=\"");
                if (attributes[i + 1] instanceof Double number) {
                    out.append(number(number));
                } else {
                    escape(attributes[i + 1].toString());
                }
                out.append('"');
            }
        }
    }

    private void escape(String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n' -> out.append("&#10;");
                default -> {
                    if (hidden(c)) {
                        out.append(String.format(Locale.ROOT, "\u2039U+%04X\u203a", c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
    }

    /** What has no place in XML, or would show the text around it in another order. */
    private static boolean hidden(int c) {
        return Character.isISOControl(c) || c >= 0xD800 && c <= 0xDFFF || (c & 0xFFFE) == 0xFFFE
                || c == 0x061C || c >= 0x200E && c <= 0x200F || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    }

    /** A coordinate: two decimals at most, as many as are needed. */
    static String number(double value) {
        assert Double.isFinite(value) : value;
        long hundredths = Math.round(value * 100);
        long whole = Math.abs(hundredths) / 100;
        long rest = Math.abs(hundredths) % 100;
        String sign = hundredths < 0 ? "-" : "";
        if (rest == 0) {
            return sign + whole;
        }
        return sign + whole + (rest % 10 == 0 ? "." + rest / 10 : (rest < 10 ? ".0" : ".") + rest);
    }
}
