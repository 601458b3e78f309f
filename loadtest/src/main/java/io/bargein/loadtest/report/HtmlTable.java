package io.bargein.loadtest.report;

import java.util.List;

/** A table with its heading. What is wider than the page scrolls in itself. */
final class HtmlTable {
    private final HtmlMarkup out;

    HtmlTable(HtmlMarkup out, String heading, List<String> columns) {
        this.out = out;
        out.open("div", "class", "scroll").open("table").element("caption", heading);
        if (!String.join("", columns).isEmpty()) {
            out.open("thead").open("tr");
            columns.forEach(column -> out.element("th", column, "scope", "col"));
            out.close().close();
        }
        out.open("tbody");
    }

    /** Begins a row. */
    HtmlTable row(String name, String classes) {
        out.open("tr", "class", classes).element("th", name, "scope", "row");
        return this;
    }

    /** A cell, whose note is written small behind it. */
    HtmlTable cell(String text, String note, String classes) {
        out.open("td", "class", classes).text(text);
        if (!note.isEmpty()) {
            out.element("small", note);
        }
        out.close();
        return this;
    }

    HtmlTable cell(String text) {
        return cell(text, "", null);
    }

    void endRow() {
        out.close();
    }

    void end() {
        out.close().close().close();
    }
}
