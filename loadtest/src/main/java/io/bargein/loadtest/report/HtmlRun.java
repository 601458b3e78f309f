package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;

/**
 * One of the runs on a page.
 *
 * @param index which, from 0
 * @param name a letter, to name it by in tables and legends
 * @param about what tells it from the others, in a few words
 * @param report all that is known of it
 * @param columns its time line
 */
record HtmlRun(int index, String name, String about, Report report, List<TimeColumn> columns) {
    private static final int ABOUT_LENGTH = 72;
    private static final int COLORS = 6;

    static List<HtmlRun> of(List<Report> reports) {
        List<HtmlRun> runs = new ArrayList<>();
        for (Report report : reports) {
            int index = runs.size();
            String name = index < 26 ? String.valueOf((char) ('A' + index)) : String.valueOf(index + 1);
            runs.add(new HtmlRun(index, name, about(report, reports), report, TimeColumn.of(report.timeline())));
        }
        return runs;
    }

    private static String about(Report report, List<Report> all) {
        StringJoiner about = new StringJoiner(", ");
        for (String key : differing(all)) {
            about.add(key + " " + Objects.requireNonNullElse(report.configuration().get(key), HtmlNumbers.NONE));
        }
        if (about.length() == 0) {
            about.add(String.valueOf(report.started()));
        }
        String text = about.toString();
        return text.length() <= ABOUT_LENGTH ? text : text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, ABOUT_LENGTH))) + "…";
    }

    /** What not all were asked for. */
    static List<String> differing(List<Report> reports) {
        List<String> keys = new ArrayList<>();
        Map<String, Object> first = reports.get(0).configuration();
        for (Report report : reports) {
            for (String key : report.configuration().keySet()) {
                if (!keys.contains(key) && reports.stream().anyMatch(r -> !Objects.equals(first.get(key), r.configuration().get(key))
                        || !r.configuration().containsKey(key))) {
                    keys.add(key);
                }
            }
        }
        return keys;
    }

    /** The class of what is drawn of it. */
    String color() {
        return "c" + index % COLORS;
    }

    Latencies latencies() {
        return report.measured().latencies();
    }

    boolean has(Metric metric) {
        return latencies().has(metric);
    }

    long missedObjectives() {
        return report.objectives().stream().filter(outcome -> !outcome.met()).count();
    }
}
