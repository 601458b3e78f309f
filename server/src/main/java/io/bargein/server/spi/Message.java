package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * One message of a conversation.
 *
 * @param role who speaks
 * @param content what is said, at least one block
 */
public record Message(Role role, List<ContentBlock> content) {

    /** Who speaks. */
    public enum Role {
        /** The user, and the results of tools. */
        USER,
        /** The model. */
        ASSISTANT
    }

    /**
     * Copies the list.
     *
     * @param role who speaks
     * @param content what is said
     */
    public Message {
        requireNonNull(role, "role");
        content = List.copyOf(content);
    }

    /**
     * Returns a user's message of one text.
     *
     * @param text what was said, not blank
     * @return the message
     */
    public static Message user(String text) {
        return new Message(Role.USER, List.of(new ContentBlock.Text(text)));
    }

    /**
     * Returns a model's message of one text.
     *
     * @param text what was said, not blank
     * @return the message
     */
    public static Message assistant(String text) {
        return new Message(Role.ASSISTANT, List.of(new ContentBlock.Text(text)));
    }
}
