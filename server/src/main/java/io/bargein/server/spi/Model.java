package io.bargein.server.spi;

/**
 * A source of answers. One model serves all sessions at once, so it must be safe for use by many threads.
 *
 * <p>Every model streams, obeys demand and can be cancelled at any moment; one contract test holds all of them to that. {@link Models}
 * makes one of a publisher, an iterator that blocks, or callbacks, and sees to all three.
 */
public interface Model extends AutoCloseable {

    /**
     * Starts one answer.
     *
     * <p>Called on an upstream thread, never on an event loop: it may take its time (build, sign, resolve credentials), but
     * not wait for the answer itself. No event may be delivered before the first {@link Generation#request}, except
     * {@link GenerationListener#onError} and {@link GenerationListener#onEnd}, and none after {@link Generation#cancel}
     * has been obeyed; events may arrive on any thread, also before this method returns.
     *
     * @param request the conversation so far and the tools on offer
     * @param listener hears the answer's events, one at a time
     * @return the running answer, never null
     * @throws ModelException if it could not be started; then the listener hears nothing
     */
    Generation start(ModelRequest request, GenerationListener listener) throws ModelException;

    /**
     * Gets ready for the first answer: builds what it will need. Called once, if the server warms up, on a thread of its own, which is
     * interrupted when the server is closed meanwhile. May take seconds; after the time that a warm-up may take ({@code warmUpLimit}) the
     * first {@link #start} comes without waiting for it, and {@link #close} never waits.
     *
     * @param connect whether to open connections upstream as well, by asking for as little as can be
     * @throws ModelException if that failed; the server goes on without
     */
    default void prepare(boolean connect) throws ModelException {}

    /**
     * The process may have been restored from a snapshot: connections made before are dead, and credentials may be another's. What is
     * {@linkplain #start started} once this has returned uses new ones; answers that run may go on as they can. Called on an upstream
     * thread, one call at a time, and no start begins meanwhile. If it throws, that is logged and it is called again: every second, and
     * before each start, whose turn fails if this does.
     */
    default void refresh() {}

    /**
     * Ends all running answers and releases threads and connections. Called once, on the thread that closes the server, when the last
     * {@link #start} and {@link #refresh} have returned; or, where one takes longer than 5 s from when the server begins to close, while it
     * is still at it.
     */
    @Override
    default void close() {}
}
