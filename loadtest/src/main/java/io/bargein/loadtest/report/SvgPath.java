package io.bargein.loadtest.report;

/** A line through points, as the path of it; it may have gaps. A point alone shows as a dot, by the line's round ends. */
final class SvgPath {
    private final StringBuilder path = new StringBuilder();
    private boolean drawn;
    private int points;

    void to(double x, double y) {
        path.append(drawn ? 'L' : 'M').append(HtmlMarkup.number(x)).append(' ').append(HtmlMarkup.number(y));
        drawn = true;
        points++;
    }

    /** The next point is not joined to the last one. */
    void gap() {
        if (drawn && points == 1) {
            path.append("h0");
        }
        drawn = false;
        points = 0;
    }

    String end() {
        gap();
        return path.toString();
    }
}
