package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What makes a page easy to read: its marks, its figures and its colours. */
class HtmlReportLooksTest {
    private static final Pattern COLOUR = Pattern.compile("--([a-z0-9]+): #([0-9a-f]{6});");

    @Test
    void axesOfLatencyHoldTheirValuesAndHaveAFewMarksInOrder() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            double least = Math.pow(10, random.nextDouble() * 12.5);
            double most = least * Math.pow(10, random.nextDouble() * Math.log10(3.6e12 / least));
            SvgAxis axis = SvgAxis.latency(least, most, 246, 38);
            String range = least + " to " + most;
            assertTrue(axis.lo() <= least && axis.hi() >= most, range);
            List<SvgAxis.Tick> labelled = axis.ticks().stream().filter(tick -> tick.label() != null).toList();
            assertTrue(labelled.size() >= 2 && labelled.size() <= 9, range + ": " + labelled);
            assertInOrder(axis, -18);
            assertEquals(labelled.size(), labelled.stream().map(SvgAxis.Tick::label).distinct().count(), range + ": " + labelled);
        }
    }

    @Test
    void axesOfFiguresAndTimeHaveAFewMarksInOrder() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            double most = Math.pow(10, random.nextDouble() * 16 - 4);
            SvgAxis figures = SvgAxis.figures(most, i % 2 == 0, "chunks/s", 168, 38);
            assertTrue(figures.hi() >= most * 0.999999 && figures.ticks().size() >= 2 && figures.ticks().size() <= 7, most + ": " + figures);
            assertInOrder(figures, -18);
            SvgAxis time = SvgAxis.time(0, Math.pow(10, random.nextDouble() * 6 - 1), 68, 586);
            assertTrue(time.ticks().size() >= 3 && time.ticks().size() <= 11, "" + time);
            assertInOrder(time, 40);
        }
    }

    private static void assertInOrder(SvgAxis axis, double apart) {
        double before = Double.NaN;
        for (SvgAxis.Tick tick : axis.ticks()) {
            if (tick.label() != null) {
                double at = axis.at(tick.value());
                assertTrue(Double.isNaN(before) || (apart > 0 ? at - before >= apart : at - before <= apart), axis.toString());
                before = at;
            }
        }
    }

    @Test
    void figuresAreWrittenWithTheDigitsThatCount() {
        assertEquals(List.of("0", "50", "68", "90", "96.84", "99", "99.684", "99.9", "99.99", "99.9999"), List.of(HtmlNumbers.percentile(0),
                HtmlNumbers.percentile(Math.log10(2)), HtmlNumbers.percentile(0.5), HtmlNumbers.percentile(1), HtmlNumbers.percentile(1.5),
                HtmlNumbers.percentile(2), HtmlNumbers.percentile(2.5), HtmlNumbers.percentile(3), HtmlNumbers.percentile(4),
                HtmlNumbers.percentile(6)));
        assertEquals("1.92\u00a0ms", HtmlNumbers.time(1_920_000));
        assertEquals("705\u00a0µs", HtmlNumbers.time(705_000));
        assertEquals("12.0\u00a0s", HtmlNumbers.time(12e9));
        assertEquals("0.001 12.35 1,234", HtmlNumbers.millis(1_000) + " " + HtmlNumbers.millis(12_345_678) + " " + HtmlNumbers.millis(1_234e6));
        assertEquals("–", HtmlNumbers.figure(Double.NaN));
        assertEquals("", HtmlNumbers.ratio(1, 0));
        assertEquals("0 -1.5 2.05 3.2", HtmlMarkup.number(-0.001) + " " + HtmlMarkup.number(-1.5) + " " + HtmlMarkup.number(2.05) + " "
                + HtmlMarkup.number(3.199999));
    }

    @Test
    void textStandsOutFromItsGroundInLightAndInDark() throws Exception {
        String style;
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            style = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        int dark = style.indexOf("prefers-color-scheme: dark");
        for (String part : List.of(style.substring(0, dark), style.substring(dark))) {
            Map<String, String> colours = new LinkedHashMap<>();
            Matcher colour = COLOUR.matcher(part);
            while (colour.find()) {
                colours.put(colour.group(1), colour.group(2));
            }
            for (String ground : List.of("ground", "card")) {
                for (String text : List.of("text", "muted", "good", "bad", "warn")) {
                    assertTrue(contrast(colours.get(text), colours.get(ground)) >= 4.5, text + " on " + ground + " " + colours);
                }
            }
            for (String line : List.of("c0", "c1", "c2", "c3", "c4", "c5", "p50", "p99")) {
                assertTrue(contrast(colours.get(line), colours.get("ground")) >= 4.5, line + " " + colours);
            }
        }
    }

    /** As WCAG 2.1 has it, section 1.4.3. */
    private static double contrast(String one, String other) {
        double a = luminance(one) + 0.05;
        double b = luminance(other) + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    private static double luminance(String hex) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            double c = Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16) / 255.0;
            sum += weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}
