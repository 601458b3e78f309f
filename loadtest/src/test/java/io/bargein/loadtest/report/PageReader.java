package io.bargein.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A page as an XML parser reads it. Making one checks what holds for every page: its form, and that all of its charts are whole. */
record PageReader(String html, Document document) {
    private static final Pattern POINT = Pattern.compile("[ML](\\S+?) (-?[0-9.]+)");
    private static final Pattern NO_NUMBER = Pattern.compile("NaN|Infinity|undefined|null|[0-9]E-?[0-9]");

    static PageReader of(Report... reports) {
        String html = HtmlReport.render(List.of(reports));
        try {
            DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
            parser.setErrorHandler(null);
            PageReader page = new PageReader(html, parser.parse(new InputSource(new StringReader(html))));
            page.charts().forEach(PageReader::check);
            assertFalse(Pattern.compile("NaN|Infinity|undefined").matcher(page.text()).find(), "a figure that is none");
            return page;
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError("not well-formed: " + e.getMessage(), e);
        }
    }

    private static void check(Element chart) {
        Element svg = svg(chart);
        double height = Double.parseDouble(svg.getAttribute("viewBox").split(" ")[3]);
        assertTrue(svg.getAttribute("viewBox").startsWith("0 0 600 ") && height > 100, svg.getAttribute("viewBox"));
        assertEquals("title", svg.getFirstChild().getNodeName());
        assertFalse(all(svg, "desc").get(0).getTextContent().isEmpty());
        for (Element element : all(svg, "*")) {
            for (String name : List.of("d", "x", "y", "width", "height", "transform")) {
                String value = element.getAttribute(name);
                assertFalse(NO_NUMBER.matcher(value).find(), heading(chart) + ": " + name + "=" + value);
                if (name.equals("x") || name.equals("y")) {
                    assertTrue(value.isEmpty() || Double.parseDouble(value) >= 0 && Double.parseDouble(value) <= 600, name + "=" + value);
                }
                if (name.equals("width") || name.equals("height")) {
                    assertTrue(value.isEmpty() || Double.parseDouble(value) >= 0, name + "=" + value);
                }
            }
            Matcher point = POINT.matcher(element.getAttribute("class").startsWith("mark") ? "" : element.getAttribute("d"));
            while (point.find()) {
                assertTrue(Double.parseDouble(point.group(1)) >= 0 && Double.parseDouble(point.group(1)) <= 600, point.group());
                assertTrue(Double.parseDouble(point.group(2)) >= 0 && Double.parseDouble(point.group(2)) <= height, point.group());
            }
        }
        assertTrue(all(svg, "text").size() > 4, heading(chart) + " has its axes");
    }

    String text() {
        return document.getDocumentElement().getElementsByTagName("body").item(0).getTextContent();
    }

    /** What stands in the page's only element of a name, as it is written. */
    String inside(String element) {
        int start = html.indexOf("<" + element + ">") + element.length() + 2;
        return html.substring(start, html.indexOf("</" + element + ">", start));
    }

    List<Element> all(String name) {
        return all(document.getDocumentElement(), name);
    }

    List<Element> charts() {
        return all("figure");
    }

    Element chart(String title) {
        return charts().stream().filter(chart -> heading(chart).equals(title)).findFirst().orElseThrow(() -> new AssertionError("no " + title));
    }

    static String heading(Element chart) {
        return all(chart, "h3").get(0).getTextContent();
    }

    static List<String> legend(Element chart) {
        return all(chart, "li").stream().map(Element::getTextContent).map(String::strip).toList();
    }

    static Element svg(Element chart) {
        return all(chart, "svg").stream().filter(svg -> svg.hasAttribute("role")).findFirst().orElseThrow();
    }

    /** Those that have all of these classes. */
    static List<Element> withClass(Element in, String name, String classes) {
        return all(in, name).stream().filter(element -> List.of(element.getAttribute("class").split(" ")).containsAll(List.of(classes.split(" "))))
                .toList();
    }

    static List<Element> all(Element in, String name) {
        NodeList nodes = in.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
