package io.bargein.loadtest.standin;

import io.bargein.loadtest.json.Json;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A request's body, judged as Bedrock judges it: alternating roles, the first the user's, nothing blank, tools answered in pairs. */
final class ConverseRequest {
    private final String lastUserText;

    private ConverseRequest(String lastUserText) {
        this.lastUserText = lastUserText;
    }

    /**
     * Reads and judges a body.
     *
     * @throws IllegalArgumentException with what Bedrock would complain about
     */
    static ConverseRequest parse(String body) {
        Map<String, Object> request = Json.object(Json.read(body));
        check(request != null, "The request body must be a JSON object.");
        if (request.get("system") != null) {
            for (Object block : Json.array(request.get("system"))) {
                checkText(Json.object(block).get("text"), "system");
            }
        }
        List<Object> messages = Json.array(request.get("messages"));
        check(messages != null && !messages.isEmpty(), "A conversation must start with a user message.");
        String expected = "user";
        String lastText = "";
        Set<String> open = Set.of();
        boolean toolsUsed = false;
        for (int i = 0; i < messages.size(); i++) {
            Map<String, Object> message = Json.object(messages.get(i));
            String where = "messages." + i;
            check(message != null, where + " must be an object.");
            check(expected.equals(message.get("role")), i == 0 ? "A conversation must start with a user message."
                    : "A conversation must alternate between user and assistant roles. Make sure the conversation alternates.");
            List<Object> content = Json.array(message.get("content"));
            check(content != null && !content.isEmpty(), "The content field in the Message object at " + where + " is empty.");
            Blocks blocks = Blocks.of(content, where);
            check(blocks.results.equals(open), "Expected toolResult blocks at " + where + ".content for the following Ids: "
                    + String.join(", ", open));
            check(blocks.uses.isEmpty() || expected.equals("assistant"), "toolUse blocks may only be in assistant messages.");
            check(blocks.thoughts == 0 || expected.equals("assistant"), "reasoningContent blocks may only be in assistant messages.");
            open = blocks.uses;
            toolsUsed |= !open.isEmpty();
            lastText = expected.equals("user") ? blocks.lastText : lastText;
            expected = expected.equals("user") ? "assistant" : "user";
        }
        check(open.isEmpty(), "The toolUse blocks " + open + " of the last message are not answered.");
        check(expected.equals("assistant"), "A conversation must end with a user message.");
        check(!toolsUsed || request.get("toolConfig") != null,
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.");
        return new ConverseRequest(lastText);
    }

    /** The last text of the last user message; empty if it has none. */
    String lastUserText() {
        return lastUserText;
    }

    /** The last word of the last user text if it begins with {@code #}, without that; else empty. */
    String tag() {
        int hash = lastUserText.lastIndexOf('#');
        return hash < 0 || lastUserText.substring(hash).contains(" ") ? "" : lastUserText.substring(hash + 1).strip();
    }

    private record Blocks(Set<String> uses, Set<String> results, int thoughts, String lastText) {
        static Blocks of(List<Object> content, String where) {
            Set<String> uses = new LinkedHashSet<>();
            Set<String> results = new LinkedHashSet<>();
            int thoughts = 0;
            int seen = 0;
            String lastText = "";
            for (Object element : content) {
                Map<String, Object> block = Json.object(element);
                check(block != null && block.size() == 1, "A content block at " + where + " must have exactly one member.");
                if (block.containsKey("text")) {
                    checkText(block.get("text"), where);
                    lastText = (String) block.get("text");
                } else if (block.containsKey("toolUse")) {
                    Map<String, Object> use = Json.object(block.get("toolUse"));
                    checkName(use.get("toolUseId"), "toolUse.toolUseId", where);
                    checkName(use.get("name"), "toolUse.name", where);
                    check(Json.object(use.get("input")) != null, "toolUse.input at " + where + " must be a JSON object.");
                    check(uses.add((String) use.get("toolUseId")), "toolUse ids at " + where + " must be unique.");
                } else if (block.containsKey("toolResult")) {
                    Map<String, Object> result = Json.object(block.get("toolResult"));
                    check(results.add((String) result.get("toolUseId")), "toolResult ids at " + where + " must be unique.");
                    for (Object part : Json.array(result.get("content"))) {
                        if (Json.object(part).containsKey("text")) {
                            checkText(Json.object(part).get("text"), where);
                        }
                    }
                } else if (block.containsKey("reasoningContent")) {
                    check(thoughts++ == seen, "reasoningContent blocks at " + where + " must come first.");
                    checkReasoning(Json.object(block.get("reasoningContent")), where);
                } else {
                    check(false, "Unknown content block at " + where + ": " + block.keySet());
                }
                seen++;
            }
            return new Blocks(new HashSet<>(uses), new HashSet<>(results), thoughts, lastText);
        }
    }

    private static void checkReasoning(Map<String, Object> reasoning, String where) {
        check(reasoning != null && reasoning.size() == 1, "reasoningContent at " + where + " must have exactly one member.");
        Map<String, Object> text = Json.object(reasoning.get("reasoningText"));
        if (text != null) {
            checkText(text.get("text"), where);
        } else {
            check(reasoning.get("redactedContent") instanceof String, "reasoningContent at " + where + " is unknown: " + reasoning.keySet());
        }
    }

    private static void checkText(Object text, String where) {
        check(text instanceof String s && !s.isBlank(), "The text field in the ContentBlock object at " + where
                + ".content is blank. Add text to the text field, and try again.");
    }

    private static void checkName(Object name, String field, String where) {
        check(name instanceof String s && s.matches("[a-zA-Z0-9_-]{1,64}"), "Value '" + name + "' at " + where + " (" + field
                + ") must satisfy regular expression pattern: [a-zA-Z0-9_-]+ and have length between 1 and 64.");
    }

    private static void check(boolean ok, String complaint) {
        if (!ok) {
            throw new IllegalArgumentException(complaint);
        }
    }
}
