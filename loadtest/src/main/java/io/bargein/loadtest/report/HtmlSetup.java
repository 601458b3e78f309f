package io.bargein.loadtest.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The bottom of the page: what was asked for, and what measured it; what differs between runs is marked. */
final class HtmlSetup {
    private HtmlSetup() {}

    static void write(HtmlMarkup out, List<HtmlRun> runs) {
        if (runs.stream().allMatch(run -> run.report().configuration().isEmpty() && run.report().tool().isEmpty())) {
            return;
        }
        out.open("section").element("h2", "Setup").open("div", "class", "tables");
        table(out, runs, "Configuration", Report::configuration);
        table(out, runs, "Tool and machine", Report::tool);
        out.close().close();
    }

    private static void table(HtmlMarkup out, List<HtmlRun> runs, String heading, Function<Report, Map<String, Object>> part) {
        Set<String> keys = new LinkedHashSet<>();
        runs.forEach(run -> keys.addAll(part.apply(run.report()).keySet()));
        if (keys.isEmpty()) {
            return;
        }
        List<String> columns = new ArrayList<>(List.of(""));
        runs.forEach(run -> columns.add(runs.size() > 1 ? run.name() : ""));
        HtmlTable table = new HtmlTable(out, heading, columns);
        for (String key : keys) {
            boolean differs = runs.stream().map(run -> value(part.apply(run.report()), key)).distinct().count() > 1;
            table.row(differs ? "≠ " + key : key, differs ? "differs" : null);
            runs.forEach(run -> table.cell(value(part.apply(run.report()), key), "", "words"));
            table.endRow();
        }
        table.end();
    }

    private static String value(Map<String, Object> values, String key) {
        Object value = values.get(key);
        return value == null ? HtmlNumbers.NONE : value.toString();
    }
}
