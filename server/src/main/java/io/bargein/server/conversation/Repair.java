package io.bargein.server.conversation;

import io.bargein.protocol.Utf8;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.Reasoning;
import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes of what a store has told a history that the model accepts (promise P6): roles alternate, the first is the user's, no text is blank,
 * nothing has lone surrogates, and each tool use is answered in the very next message. What is acceptable stays as it is.
 */
final class Repair {
    private Repair() {}

    /** @throws NullPointerException if the list, a message or a part of one is null */
    static List<Message> acceptable(List<Message> told) {
        List<Message> messages = joined(told.stream().map(Repair::clean).toList());
        // Each round leaves fewer blocks; what it drops may bring together what has to be joined, or part what was a pair.
        for (List<Message> paired = paired(messages); !paired.equals(messages); paired = paired(messages)) {
            messages = joined(paired);
        }
        return messages;
    }

    /** Without what is blank, or not that role's to say. */
    private static Message clean(Message message) {
        boolean user = message.role() == Role.USER;
        List<ContentBlock> content = new ArrayList<>(message.content().size());
        for (ContentBlock block : message.content()) {
            if (block instanceof Text text && !text.text().isBlank()) {
                content.add(new Text(Utf8.wholeCodePoints(text.text())));
            } else if (block instanceof Reasoning reasoning && !user && (reasoning.redacted() ? reasoning.signature() != null
                    : !reasoning.text().isBlank())) {
                content.add(block);
            } else if (block instanceof ToolUse use && !user) {
                content.add(new ToolUse(Utf8.wholeCodePoints(use.id()), Utf8.wholeCodePoints(use.name()), Utf8.wholeCodePoints(use.input())));
            } else if (block instanceof ToolResult result && user) {
                String answer = result.content().isBlank() ? "(nothing)" : Utf8.wholeCodePoints(result.content());
                content.add(new ToolResult(Utf8.wholeCodePoints(result.toolUseId()), answer, result.failed()));
            }
        }
        return new Message(message.role(), content);
    }

    /** One message where several of one role follow each other; none that is empty, and none of the model's ahead of the user's first. */
    private static List<Message> joined(List<Message> messages) {
        List<Message> joined = new ArrayList<>(messages.size());
        List<ContentBlock> content = new ArrayList<>();
        Role role = Role.USER;
        for (Message message : messages) {
            if (message.role() != role && !message.content().isEmpty() && !(joined.isEmpty() && content.isEmpty())) {
                joined.add(new Message(role, ordered(role, content)));
                content.clear();
                role = message.role();
            }
            if (message.role() == role) {
                content.addAll(message.content());
            }
        }
        if (!content.isEmpty()) {
            joined.add(new Message(role, ordered(role, content)));
        }
        return joined;
    }

    /** Results stand before the user's words, uses behind the model's, and its thoughts before those. */
    private static List<ContentBlock> ordered(Role role, List<ContentBlock> content) {
        return content.stream().sorted(Comparator.comparing(block -> block instanceof Reasoning ? 0
                : block instanceof Text == (role == Role.USER) ? 2 : 1)).toList();
    }

    /**
     * Without uses that the next message has no result for, results that the message before has no use for, each once, and thoughts that led to
     * no use.
     */
    private static List<Message> paired(List<Message> messages) {
        List<Message> paired = new ArrayList<>(messages.size());
        Set<String> asked = new HashSet<>();
        for (int i = 0; i < messages.size(); i++) {
            Set<String> open = asked;
            Set<String> answeredNext = i + 1 < messages.size() ? answered(messages.get(i + 1)) : Set.of();
            Set<String> asks = new HashSet<>();
            boolean asksAny = messages.get(i).content().stream().anyMatch(block -> block instanceof ToolUse use && answeredNext.contains(use.id()));
            paired.add(new Message(messages.get(i).role(), messages.get(i).content().stream().filter(block ->
                    block instanceof ToolUse use ? answeredNext.contains(use.id()) && asks.add(use.id())
                            : block instanceof ToolResult result ? open.remove(result.toolUseId())
                            : asksAny || !(block instanceof Reasoning)).toList()));
            asked = asks;
        }
        return paired;
    }

    private static Set<String> answered(Message message) {
        Set<String> ids = new HashSet<>();
        for (ContentBlock block : message.content()) {
            if (block instanceof ToolResult result) {
                ids.add(result.toolUseId());
            }
        }
        return ids;
    }
}
