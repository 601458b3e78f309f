package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the documents quote, and where they point. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<Path> DOCUMENTS = List.of(ROOT.resolve("README.md"), ROOT.resolve("docs/embedding.md"),
            ROOT.resolve("docs/protocol.md"), ROOT.resolve("docs/operations.md"));
    private static final Pattern QUOTED = Pattern.compile("<!-- snippet: (\\S+)#(\\S+) -->\n```java\n(.*?)```\n", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)");

    @TestFactory
    List<DynamicTest> codeIsQuotedAsItIs() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path document : DOCUMENTS) {
            String text = Files.readString(document);
            Matcher quoted = QUOTED.matcher(text);
            while (quoted.find()) {
                String source = quoted.group(1);
                String name = quoted.group(2);
                String quote = quoted.group(3);
                tests.add(DynamicTest.dynamicTest(ROOT.relativize(document) + ": " + source + "#" + name,
                        () -> assertEquals(snippet(ROOT.resolve(source), name), quote)));
            }
        }
        assertTrue(tests.size() > 5, tests.size() + " quotes");
        return tests;
    }

    /** What stands between {@code // snippet: NAME} and {@code // end}, as far to the left as it goes. */
    private static String snippet(Path source, String name) throws IOException {
        List<String> lines = Files.readAllLines(source);
        int begin = lines.stream().map(String::strip).toList().indexOf("// snippet: " + name);
        assertTrue(begin >= 0, "no such snippet");
        List<String> snippet = lines.subList(begin + 1, lines.size()).stream().takeWhile(line -> !line.strip().equals("// end")).toList();
        int indent = snippet.stream().filter(line -> !line.isBlank()).mapToInt(line -> line.length() - line.stripLeading().length()).min().orElse(0);
        return snippet.stream().map(line -> line.isBlank() ? "" : line.substring(indent)).collect(Collectors.joining("\n", "", "\n"));
    }

    @TestFactory
    List<DynamicTest> linksPointToWhatThereIs() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path document : DOCUMENTS) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                Path target = document.getParent().resolve(link.group(1));
                tests.add(DynamicTest.dynamicTest(ROOT.relativize(document) + ": " + link.group(1),
                        () -> assertTrue(Files.exists(target), target + " is missing")));
            }
        }
        return tests;
    }
}
