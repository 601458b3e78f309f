package io.bargein.loadtest.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Writes one report; {@link ReportReader} has the other half. Used once. */
final class ReportWriter {
    private final JsonGenerator json;
    private final HistogramCoder coder = new HistogramCoder();

    ReportWriter(JsonGenerator json) {
        this.json = json;
    }

    void write(Report report) throws IOException {
        json.writeStartObject();
        json.writeStringField("format", ReportJson.FORMAT);
        json.writeNumberField("version", Report.VERSION);
        json.writeStringField("started", report.started().toString());
        values("tool", report.tool());
        values("configuration", report.configuration());
        json.writeStringField("verdict", report.passed() ? "PASS" : "FAIL");
        measurement("measured", report.measured());
        measurement("floor", report.floor());
        timeline(report.timeline());
        json.writeArrayFieldStart("server");
        for (ServerUse use : report.server()) {
            server(use);
        }
        json.writeEndArray();
        number("cpu_seconds_per_million_chunks", report.cpuSecondsPerMillionChunks());
        upstream(report.upstream());
        slopes(report.slopes());
        objectives(report.objectives());
        texts("warnings", report.warnings());
        texts("examples", report.examples());
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private void values(String name, Map<String, Object> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Object> value : values.entrySet()) {
            if (value.getValue() instanceof Double || value.getValue() instanceof Float) {
                number(value.getKey(), ((Number) value.getValue()).doubleValue());
            } else if (value.getValue() instanceof Number number) {
                json.writeNumberField(value.getKey(), number.longValue());
            } else if (value.getValue() instanceof Boolean flag) {
                json.writeBooleanField(value.getKey(), flag);
            } else {
                json.writeStringField(value.getKey(), String.valueOf(value.getValue()));
            }
        }
        json.writeEndObject();
    }

    private void measurement(String name, Measurement measured) throws IOException {
        // A line each for what is large, so that a report can be looked through.
        json.writeRaw('\n');
        if (measured == null) {
            json.writeNullField(name);
            return;
        }
        json.writeObjectFieldStart(name);
        number("seconds", measured.seconds());
        counts(measured.counts());
        json.writeObjectFieldStart("rates");
        number("prompts", measured.rates().prompts());
        number("chunks", measured.rates().chunks());
        number("bytes", measured.rates().bytes());
        number("connects", measured.rates().connects());
        json.writeEndObject();
        number("client_cpu_share", measured.clientCpuShare());
        json.writeObjectFieldStart("latencies");
        for (Metric metric : Metric.values()) {
            if (measured.latencies().has(metric)) {
                latency(metric, measured.latencies().of(metric));
            }
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void latency(Metric metric, Histogram histogram) throws IOException {
        json.writeRaw('\n');
        json.writeObjectFieldStart(metric.key());
        json.writeNumberField("count", histogram.getTotalCount());
        json.writeNumberField("min_ms", histogram.getMinValue() / 1e6);
        json.writeNumberField("mean_ms", histogram.getMean() / 1e6);
        json.writeNumberField("p50_ms", histogram.getValueAtPercentile(50) / 1e6);
        json.writeNumberField("p90_ms", histogram.getValueAtPercentile(90) / 1e6);
        json.writeNumberField("p99_ms", histogram.getValueAtPercentile(99) / 1e6);
        json.writeNumberField("p99_9_ms", histogram.getValueAtPercentile(99.9) / 1e6);
        json.writeNumberField("max_ms", histogram.getMaxValue() / 1e6);
        json.writeStringField("histogram", coder.encode(histogram));
        json.writeEndObject();
    }

    private void counts(Counts counts) throws IOException {
        json.writeObjectFieldStart("counts");
        json.writeNumberField("prompts", counts.prompts());
        json.writeNumberField("chunks", counts.chunks());
        json.writeNumberField("bytes", counts.bytes());
        json.writeNumberField("completed", counts.completed());
        json.writeNumberField("interrupted", counts.interrupted());
        json.writeNumberField("errors", counts.errors());
        json.writeNumberField("violations", counts.violations());
        json.writeNumberField("unexpected_closes", counts.unexpectedCloses());
        json.writeNumberField("connects", counts.connects());
        json.writeEndObject();
    }

    private void timeline(List<Interval> timeline) throws IOException {
        json.writeRaw('\n');
        json.writeArrayFieldStart("timeline");
        for (Interval interval : timeline) {
            json.writeRaw('\n');
            json.writeStartObject();
            json.writeStringField("phase", interval.phase());
            number("at_seconds", interval.atSeconds());
            number("seconds", interval.seconds());
            json.writeNumberField("connections", interval.connections());
            counts(interval.counts());
            json.writeObjectFieldStart("latencies");
            for (Metric metric : Metric.values()) {
                if (metric.primary() && interval.latencies().has(metric)) {
                    json.writeStringField(metric.key(), coder.encode(interval.latencies().of(metric)));
                }
            }
            json.writeEndObject();
            json.writeFieldName("server");
            server(interval.server());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeRaw('\n');
    }

    private void server(ServerUse use) throws IOException {
        if (use == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("when", use.when());
        json.writeNumberField("connections", use.connections());
        json.writeNumberField("rss_bytes", use.rssBytes());
        json.writeNumberField("heap_bytes", use.heapBytes());
        json.writeNumberField("descriptors", use.descriptors());
        json.writeNumberField("threads", use.threads());
        number("cpu_seconds", use.cpuSeconds());
        json.writeEndObject();
    }

    private void upstream(UpstreamReport upstream) throws IOException {
        if (upstream == null) {
            json.writeNullField("upstream");
            return;
        }
        json.writeObjectFieldStart("upstream");
        json.writeNumberField("aborted", upstream.aborted());
        json.writeNumberField("overtaken", upstream.overtaken());
        json.writeNumberField("completed", upstream.completed());
        json.writeNumberField("not_stopped", upstream.notStopped());
        json.writeNumberField("bytes_after_p50", upstream.bytesAfterP50());
        json.writeNumberField("bytes_after_max", upstream.bytesAfterMax());
        json.writeNumberField("bytes_at_least", upstream.bytesAtLeast());
        json.writeEndObject();
    }

    private void slopes(List<Slope> slopes) throws IOException {
        json.writeArrayFieldStart("slopes");
        for (Slope slope : slopes) {
            json.writeStartObject();
            json.writeStringField("figure", slope.figure());
            json.writeStringField("unit", slope.unit());
            number("first", slope.first());
            number("per_hour", slope.perHour());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void objectives(List<Objective.Outcome> objectives) throws IOException {
        json.writeArrayFieldStart("objectives");
        for (Objective.Outcome outcome : objectives) {
            json.writeStartObject();
            json.writeStringField("objective", outcome.text());
            number("measured_ms", outcome.measuredMillis());
            json.writeBooleanField("met", outcome.met());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void texts(String name, Collection<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private void number(String name, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumberField(name, value);
        } else {
            json.writeNullField(name);
        }
    }
}
