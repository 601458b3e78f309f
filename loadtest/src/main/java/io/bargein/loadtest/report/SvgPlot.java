package io.bargein.loadtest.report;

import java.util.List;

/**
 * The frame of a chart: its heading and legend, the phases behind it, the grid, the axes, and what is read out where the pointer is.
 *
 * @param title what it shows
 * @param description the same in a sentence, for those who do not see it
 * @param keys the legend; empty where there is nothing to tell apart
 * @param x the axis below
 * @param y the axis at the left
 * @param phases what was being done when; empty where the axis below is not of time
 * @param stops what is read out, by its place on the axis below
 */
record SvgPlot(String title, String description, List<Key> keys, SvgAxis x, SvgAxis y, List<TimeColumn.Phase> phases, List<Stop> stops) {
    static final double LEFT = 68;
    static final double RIGHT = 586;
    /** Above it are what is marked at the left, and in a row of their own the names of phases. */
    static final double TOP = 38;
    /** Where the axis below lies in a chart of usual height, and in a low one. */
    static final double BOTTOM = 246;
    static final double BOTTOM_LOW = 168;
    private static final double WIDTH = 600;
    private static final double BELOW = 46;
    /** About what a letter takes, on a wide page and on a narrow one, where letters are larger. */
    private static final double LETTER = 6.4;
    private static final double LETTER_NARROW = 10;

    /** A line of the legend: how it is drawn (classes of the sample) and what that is. */
    record Key(String sample, int marker, String label) {}

    /** What is read out at a place. */
    record Stop(double at, String text) {}

    /** Begins the chart; {@link #close} ends it. */
    void open(HtmlMarkup out) {
        out.open("figure", "class", "chart").open("figcaption").element("h3", title);
        if (!keys.isEmpty()) {
            out.open("ul", "class", "keys");
            keys.forEach(key -> key(out, key));
            out.close();
        }
        out.close();
        out.open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox",
                "0 0 " + HtmlMarkup.number(WIDTH) + " " + HtmlMarkup.number(y.start() + BELOW), "role", "img", "data-stops", readOuts());
        out.element("title", title).element("desc", description);
        phases(out);
        axes(out);
    }

    /** A line that runs on, with a seam of the page's colour around it so that it shows on any ground. */
    static void line(HtmlMarkup out, String path, String classes, boolean seam) {
        if (!path.isEmpty()) {
            if (seam) {
                out.leaf("path", "class", "seam", "d", path);
            }
            out.leaf("path", "class", "line " + classes, "d", path);
        }
    }

    /** A run's mark. */
    static void marker(HtmlMarkup out, int run, double x, double y) {
        String shape = switch (run % 6) {
            case 0 -> "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z";
            case 1 -> "M-3.3-3.3h6.6v6.6h-6.6z";
            case 2 -> "M0-4.4L4.2 3.2H-4.2z";
            case 3 -> "M0-4.8L4.4 0L0 4.8L-4.4 0z";
            case 4 -> "M0 4.4L4.2-3.2H-4.2z";
            default -> "M-1.4-4.4h2.8v3h3v2.8h-3v3h-2.8v-3h-3v-2.8h3z";
        };
        String place = "translate(" + HtmlMarkup.number(x) + " " + HtmlMarkup.number(y) + ")";
        out.leaf("path", "class", "mark c" + run % 6, "transform", place, "d", shape);
    }

    void close(HtmlMarkup out) {
        out.close().element("output", "", "class", "read").close();
    }

    private void key(HtmlMarkup out, Key key) {
        out.open("li").open("svg", "viewBox", "0 0 26 12", "aria-hidden", "true");
        switch (key.sample()) {
            case "heat" -> {
                for (int i = 1; i <= 4; i++) {
                    out.leaf("rect", "class", "heat h" + i * 2, "x", (i - 1) * 6.5, "y", 1.0, "width", 6.5, "height", 10.0);
                }
            }
            case "fault" -> out.leaf("path", "class", "fault", "d", "M9 2l8 8m0-8l-8 8");
            case "target" -> out.leaf("path", "class", "target", "d", "M5 6h16m-16-3v3m16-3v3");
            default -> out.leaf("path", "class", "line " + key.sample(), "d", "M1 6H25");
        }
        if (key.marker() >= 0) {
            marker(out, key.marker(), 13, 6);
        }
        out.close().element("span", key.label()).close();
    }

    private String readOuts() {
        StringBuilder all = new StringBuilder();
        for (Stop stop : stops) {
            all.append(all.length() == 0 ? "" : "\n").append(HtmlMarkup.number(x.at(stop.at()))).append(' ').append(stop.text().replace('\n', ' '));
        }
        return all.length() == 0 ? null : all.toString();
    }

    private void phases(HtmlMarkup out) {
        boolean measuring = phases.stream().anyMatch(phase -> phase.name().equals("measuring"));
        double named = 0;
        for (int i = 0; i < phases.size(); i++) {
            TimeColumn.Phase phase = phases.get(i);
            double from = x.at(phase.from());
            double width = x.at(phase.to()) - from;
            if (measuring ? !phase.name().equals("measuring") : i % 2 == 1) {
                out.leaf("rect", "class", "phase", "x", from, "y", y.end(), "width", width, "height", y.start() - y.end());
            }
            // A name may run on into the next phase, whose own then begins later.
            double start = Math.max(from + Math.min(3, width / 2), named);
            int letters = phase.name().codePointCount(0, phase.name().length());
            if (start < from + width && start + letters * LETTER <= WIDTH) {
                boolean room = start + letters * LETTER_NARROW <= WIDTH;
                out.element("text", phase.name(), "class", room ? null : "wide", "x", start, "y", y.end() - 5);
                named = start + (letters + 1) * LETTER_NARROW;
            }
        }
    }

    private void axes(HtmlMarkup out) {
        for (SvgAxis.Tick tick : y.ticks()) {
            double at = y.at(tick.value());
            out.leaf("path", "class", tick.label() == null ? "grid fine" : "grid", "d",
                    "M" + HtmlMarkup.number(LEFT) + " " + HtmlMarkup.number(at) + "H" + HtmlMarkup.number(RIGHT));
            if (tick.label() != null) {
                out.element("text", tick.label(), "class", "end", "x", LEFT - 7, "y", at + 4);
            }
        }
        double before = Double.NEGATIVE_INFINITY;
        for (SvgAxis.Tick tick : x.ticks()) {
            double at = x.at(tick.value());
            out.leaf("path", "class", "grid", "d",
                    "M" + HtmlMarkup.number(at) + " " + HtmlMarkup.number(y.end()) + "V" + HtmlMarkup.number(y.start() + 4));
            double half = tick.label().length() / 2.0;
            if (at - half * LETTER > before) {
                boolean room = at + half * LETTER_NARROW < WIDTH;
                out.element("text", tick.label(), "class", (room ? "middle" : "end") + (at - half * LETTER_NARROW > before ? "" : " wide"),
                        "x", room ? at : RIGHT + 10, "y", y.start() + 20);
                before = at + half * LETTER;
            }
        }
        out.leaf("path", "class", "axis", "d", "M" + HtmlMarkup.number(LEFT) + " " + HtmlMarkup.number(y.start()) + "H" + HtmlMarkup.number(RIGHT));
        out.element("text", x.caption(), "class", "end", "x", RIGHT, "y", y.start() + 40);
        out.element("text", y.caption(), "x", 4.0, "y", 14.0);
    }}
