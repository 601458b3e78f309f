package io.bargein.server.spi;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Where histories are kept while no connection has them. One store serves all conversations at once, so it must be safe for use by
 * many threads.
 *
 * <p>Both methods are called on a few threads of their own, 8 by default ({@code storeThreads}), never on an event loop, and may block; where
 * all of them do, further calls wait. For one conversation there is one call at a time, and in order. A call may fail in any way: throw,
 * return null, or return a stage that fails. One that has not been answered for 30 s is given up: it counts as failed, its thread is
 * interrupted, and the next one is made.
 *
 * <p>While a conversation has a connection or a turn, or the store has yet to take what was said in it, it is in memory as well, and not
 * loaded anew. Several servers may share a store, as long as no conversation is in the memory of two of them at once.
 */
public interface ConversationStore {

    /**
     * Reads a history. A prompt waits for it, not for long; if this fails, the prompt gets an error, and the next one loads again. While a
     * call is under way no other is made: prompts that come meanwhile wait for that one, each for its time.
     *
     * @param sessionId the conversation's id: 1 to 256 visible ASCII characters
     * @return completes, on any thread, with what was appended to it and not forgotten since, in order; empty where there is none.
     *     Messages of one role may follow each other, and are read as one; what the model would not accept (a tool's use without its
     *     result, an answer to nothing) is left out, and of more than the limits allow the oldest is, so a store need not tidy up
     */
    CompletionStage<List<Message>> load(String sessionId);

    /**
     * Adds what a turn has added to the history. Called when the turn has ended, and not for one that left nothing.
     *
     * <p>If this fails, it is called with an equal list again, after a while and until it succeeds, and what later turns have added waits
     * behind it. So a store that took the messages and then failed, or did not answer in time, gets them twice: one that minds can compare.
     *
     * @param sessionId the conversation's id
     * @param messages at least one, the user's first
     * @return completes, on any thread, when they are kept
     */
    CompletionStage<Void> append(String sessionId, List<Message> messages);
}
