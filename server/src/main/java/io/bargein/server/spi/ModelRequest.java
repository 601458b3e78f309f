package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a model is asked.
 *
 * @param context where the newest prompt came from
 * @param messages the conversation so far: at least one message, roles alternate, the first and the last are the user's, no
 *     text is blank, and each tool use is answered by a tool result in the very next message
 * @param tools the tools on offer; may be empty
 */
public record ModelRequest(RequestContext context, List<Message> messages, List<Tool> tools) {

    /**
     * Copies the lists.
     *
     * @param context where the newest prompt came from
     * @param messages the conversation so far
     * @param tools the tools on offer
     */
    public ModelRequest {
        requireNonNull(context, "context");
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }
}
