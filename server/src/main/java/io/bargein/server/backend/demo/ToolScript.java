package io.bargein.server.backend.demo;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.Tool;
import java.util.List;

/**
 * A prompt that has the demo ask for a tool: {@code sim tool=NAME key=value …}. Keys and values become the tool's input, as strings.
 *
 * @param tool which tool
 * @param input a JSON object
 */
record ToolScript(String tool, String input) {
    private static final String BEGINNING = "tool=";

    /** Reads a prompt; null if it is none of this form. */
    static ToolScript parse(String prompt, List<Tool> tools) throws ModelException {
        String[] words = prompt.strip().split("\\s+");
        if (!words[0].equals("sim") || words.length == 1 || !words[1].startsWith(BEGINNING)) {
            return null;
        }
        String name = words[1].substring(BEGINNING.length());
        List<String> names = tools.stream().map(Tool::name).toList();
        if (!names.contains(name)) {
            throw new ModelException(ModelException.Kind.INVALID_REQUEST, "tool: " + SimScript.shown(name) + " (expected: one of " + names + ")");
        }
        StringBuilder input = new StringBuilder("{");
        for (int i = 2; i < words.length && !words[i].startsWith("#"); i++) {
            int equals = words[i].indexOf('=');
            if (equals < 1) {
                throw new ModelException(ModelException.Kind.INVALID_REQUEST, "sim: " + SimScript.shown(words[i]) + " (expected: key=value)");
            }
            input.append(i == 2 ? "" : ",").append(quoted(words[i].substring(0, equals))).append(':').append(quoted(words[i].substring(equals + 1)));
        }
        return new ToolScript(name, input.append('}').toString());
    }

    private static String quoted(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
