package io.bargein.loadtest.report;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.loadtest.json.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/** Reads one report that {@link ReportWriter} has written, or someone else; an {@link IllegalArgumentException} says what is wrong. Used once. */
final class ReportReader {
    private static final Set<String> FIELDS = Set.of("started", "tool", "configuration", "measured", "floor", "server", "upstream", "slopes",
            "objectives", "warnings", "examples");

    private final JsonParser json;
    private final HistogramCoder coder = new HistogramCoder();
    private final Map<String, Object> top = new LinkedHashMap<>();
    private List<Interval> timeline;

    ReportReader(JsonParser json) {
        this.json = json;
    }

    Report read() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("no JSON object");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            field(name);
        }
        if (json.nextToken() != null) {
            throw new IllegalArgumentException("more after the report");
        }
        Fields fields = new Fields(top, "");
        // Both were looked at where they stood.
        fields.text("format");
        fields.whole("version", 0);
        if (timeline == null) {
            throw new IllegalArgumentException("timeline is missing");
        }
        return report(fields);
    }

    private void field(String name) throws IOException {
        switch (name) {
            case "format" -> top.put(name, expected(name, ReportJson.FORMAT));
            case "version" -> top.put(name, expected(name, Report.VERSION));
            case "timeline" -> timeline = timeline();
            default -> {
                if (FIELDS.contains(name)) {
                    top.put(name, Json.value(json));
                } else {
                    json.skipChildren();
                }
            }
        }
    }

    private Object expected(String name, Object expected) throws IOException {
        Object value = Json.value(json);
        if (!expected.equals(value)) {
            throw Fields.wrong(name, value, expected.toString());
        }
        return value;
    }

    private Report report(Fields fields) {
        return new Report(started(fields), values(fields.object("tool")), values(fields.object("configuration")),
                measurement(fields.object("measured")), measurement(fields.objectOrNull("floor")), List.copyOf(timeline), servers(fields),
                upstream(fields.objectOrNull("upstream")), slopes(fields), objectives(fields), texts(fields, "warnings"),
                texts(fields, "examples"));
    }

    private static Instant started(Fields fields) {
        try {
            return Instant.parse(fields.text("started"));
        } catch (DateTimeException e) {
            throw (IllegalArgumentException) Fields.wrong("started", fields.text("started"), "a time").initCause(e);
        }
    }

    /** What is not known, and so was written as null, is left out. */
    private static Map<String, Object> values(Fields fields) {
        Map<String, Object> values = new LinkedHashMap<>();
        fields.values().forEach((name, value) -> {
            if (value instanceof String || value instanceof Boolean) {
                values.put(name, value);
            } else if (value instanceof Integer || value instanceof Long) {
                values.put(name, value);
            } else if (value instanceof Number) {
                values.put(name, fields.number(name));
            } else if (value != null) {
                throw Fields.wrong(fields.where() + name, value, "a string, a number, true or false");
            }
        });
        return values;
    }

    private Measurement measurement(Fields fields) {
        if (fields == null) {
            return null;
        }
        Fields rates = fields.object("rates");
        Fields histograms = fields.object("latencies");
        Latencies latencies = new Latencies();
        for (String key : histograms.values().keySet()) {
            if (Metric.of(key) != null) {
                latencies.of(Metric.of(key)).add(histogram(histograms.object(key), "histogram"));
            }
        }
        return new Measurement(fields.number("seconds"), counts(fields.object("counts")),
                new Measurement.Rates(rates.number("prompts"), rates.number("chunks"), rates.number("bytes"), rates.number("connects")),
                latencies, fields.number("client_cpu_share"));
    }

    private Histogram histogram(Fields fields, String key) {
        try {
            return coder.decode(fields.text(key));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(fields.where() + key + ": " + e.getMessage(), e);
        }
    }

    private static Counts counts(Fields fields) {
        return new Counts(fields.whole("prompts", 0), fields.whole("chunks", 0), fields.whole("bytes", 0), fields.whole("completed", 0),
                fields.whole("interrupted", 0), fields.whole("errors", 0), fields.whole("violations", 0),
                fields.whole("unexpected_closes", 0), fields.whole("connects", 0));
    }

    /** One slice at a time, so that never all of their text is in memory. */
    private List<Interval> timeline() throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new IllegalArgumentException("timeline is not an array");
        }
        List<Interval> intervals = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (intervals.size() == ReportJson.MAX_INTERVALS) {
                throw new IllegalArgumentException("timeline has more than " + ReportJson.MAX_INTERVALS + " slices");
            }
            intervals.add(interval(Fields.of(Json.value(json), "timeline[" + intervals.size() + "]")));
        }
        return intervals;
    }

    private Interval interval(Fields fields) {
        Fields histograms = fields.object("latencies");
        Latencies latencies = new Latencies();
        for (String key : histograms.values().keySet()) {
            if (Metric.of(key) != null) {
                latencies.of(Metric.of(key)).add(histogram(histograms, key));
            }
        }
        return new Interval(fields.text("phase"), fields.number("at_seconds"), fields.number("seconds"), fields.whole32("connections", 0),
                counts(fields.object("counts")), latencies.packed(), server(fields.objectOrNull("server")));
    }

    private static List<ServerUse> servers(Fields fields) {
        List<ServerUse> uses = new ArrayList<>();
        for (Object use : fields.array("server")) {
            uses.add(server(Fields.of(use, "server[" + uses.size() + "]")));
        }
        return List.copyOf(uses);
    }

    private static ServerUse server(Fields fields) {
        return fields == null ? null : new ServerUse(fields.text("when"), fields.whole32("connections", 0), fields.whole("rss_bytes", -1),
                fields.whole("heap_bytes", -1), fields.whole32("descriptors", -1), fields.whole32("threads", -1),
                fields.number("cpu_seconds"));
    }

    private static UpstreamReport upstream(Fields fields) {
        return fields == null ? null : new UpstreamReport(fields.whole("aborted", 0), fields.whole("overtaken", 0),
                fields.whole("completed", 0), fields.whole("not_stopped", 0), fields.whole("bytes_after_p50", 0),
                fields.whole("bytes_after_max", 0), fields.whole("bytes_at_least", 0));
    }

    private static List<Slope> slopes(Fields fields) {
        List<Slope> slopes = new ArrayList<>();
        for (Object element : fields.array("slopes")) {
            Fields slope = Fields.of(element, "slopes[" + slopes.size() + "]");
            slopes.add(new Slope(slope.text("figure"), slope.text("unit"), slope.number("first"), slope.number("per_hour")));
        }
        return List.copyOf(slopes);
    }

    private static List<Objective.Outcome> objectives(Fields fields) {
        List<Objective.Outcome> outcomes = new ArrayList<>();
        for (Object element : fields.array("objectives")) {
            Fields outcome = Fields.of(element, "objectives[" + outcomes.size() + "]");
            outcomes.add(new Objective.Outcome(outcome.text("objective"), outcome.number("measured_ms"), outcome.flag("met")));
        }
        return List.copyOf(outcomes);
    }

    private static List<String> texts(Fields fields, String key) {
        List<String> texts = new ArrayList<>();
        for (Object text : fields.array(key)) {
            if (!(text instanceof String)) {
                throw Fields.wrong(key + "[" + texts.size() + "]", text, "a string");
            }
            texts.add((String) text);
        }
        return List.copyOf(texts);
    }
}
