package io.bargein.server.spi;

import static java.util.Objects.requireNonNull;

import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.stream.BaseStream;

/**
 * Models made of what a client library offers: a publisher, an iterator that blocks, or callbacks. Each answer gets a source of its own,
 * and obeys demand and cancels as {@link Model} has it. The forms for text take the source's end for the answer's; those for
 * {@linkplain GenerationEvent events} also carry tool uses, the reason it stopped and its usage, and a source that ends without a
 * {@link GenerationEnd} is an error ({@link ModelException.Kind#TRUNCATED}).
 *
 * <p>Whatever fails with a {@link ModelException}, itself or among its causes, tells the client that; whatever fails otherwise tells it
 * nothing but "model: failed", and the log the cause.
 */
public final class Models {

    /**
     * How much of an answer may wait that its client has not taken yet: 1,048,576 characters, where each event counts for 64 more. Past it
     * the answer fails, and its source is cancelled.
     */
    public static final int DEFAULT_MAX_WAITING_CHARACTERS = 1 << 20;

    /** How many answers may come from iterators at a time where the JDK has no virtual threads (before 21): 256. Past it they fail as busy. */
    public static final int MAX_PLATFORM_THREADS = 256;

    /**
     * How many sources of one model may be at stopping at a time where the JDK has no virtual threads (before 21): 64. Past it they wait for
     * one that is done. The threads end when they have been idle for 10 s.
     */
    public static final int MAX_CANCEL_THREADS = 64;

    /**
     * Opens an answer's source.
     *
     * @param <T> what kind of source
     */
    @FunctionalInterface
    public interface Source<T> {

        /**
         * Opens the source of one answer.
         *
         * @param request the conversation so far and the tools on offer
         * @return the source, never null, used for this answer alone
         * @throws Exception if that failed; so has the answer then
         */
        T open(ModelRequest request) throws Exception;
    }

    /** Starts a call whose answer comes by callbacks. */
    @FunctionalInterface
    public interface CallbackSource {

        /**
         * Starts the call. Called on an upstream thread; must not wait for the answer.
         *
         * @param request the conversation so far and the tools on offer
         * @param emitter is to be told the answer, on whichever thread it comes, also before this method returns
         * @throws Exception if that failed; so has the answer then
         */
        void start(ModelRequest request, Emitter emitter) throws Exception;
    }

    /** An iterator over a stream, which has to be closed. */
    private record StreamIterator<T>(Iterator<T> elements, BaseStream<T, ?> stream) implements Iterator<T>, AutoCloseable {
        @Override
        public boolean hasNext() {
            return elements.hasNext();
        }

        @Override
        public T next() {
            return elements.next();
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    private Models() {}

    /**
     * Makes a model of publishers of text. Demand is passed on as it comes, an interrupt cancels the subscription, completion means
     * {@link GenerationEnd#END_TURN}. The source is opened and subscribed to on an upstream thread; {@link Flow.Subscription#request} may be
     * called on an event loop. {@link Flow.Subscription#cancel} is called on a thread of its own, a virtual one where the JDK has them (21 and
     * later), else one of {@link #MAX_CANCEL_THREADS}, and may block; but within a request, on its thread, if the publisher tells there what
     * comes too late or is too much. What a publisher tells after it has told the end is ignored, and counted as what a model does
     * ({@link SessionListener#eventIgnored}).
     *
     * @param source opens an answer's publisher, whose elements are pieces of text
     * @return the model
     */
    public static Model fromPublisher(Source<? extends Flow.Publisher<String>> source) {
        return publisher(source, Elements.TEXT);
    }

    /**
     * Makes a model of publishers of events. As {@link #fromPublisher}, but for the end, which has to be an element: so one element more is
     * asked for than the runtime wants. The publisher is to complete after it.
     *
     * @param source opens an answer's publisher
     * @return the model
     */
    public static Model fromEventPublisher(Source<? extends Flow.Publisher<GenerationEvent>> source) {
        return publisher(source, Elements.EVENTS);
    }

    /**
     * Makes a model of iterators over text, which may block. Each answer has a thread of its own, a virtual one where the JDK has them (21
     * and later); the source is opened on it. {@link Iterator#next} is called when there is demand, {@link Iterator#hasNext} before, to find
     * the end. An interrupt interrupts the thread: what the iterator waits in has to heed that. An iterator that is {@link AutoCloseable} is
     * closed on the same thread at the end, whichever it is.
     *
     * @param source opens an answer's iterator, whose elements are pieces of text
     * @return the model
     */
    public static Model fromIterator(Source<? extends Iterator<String>> source) {
        return iterator(source, Elements.TEXT);
    }

    /**
     * Makes a model of iterators over events. As {@link #fromIterator}, but for the end, which has to be an element: so one element is taken
     * before there is demand.
     *
     * @param source opens an answer's iterator
     * @return the model
     */
    public static Model fromEventIterator(Source<? extends Iterator<? extends GenerationEvent>> source) {
        return iterator(source, Elements.EVENTS);
    }

    /**
     * Makes a model of streams of text. As {@link #fromIterator}; the stream is closed at the end.
     *
     * @param source opens an answer's stream, whose elements are pieces of text
     * @return the model
     */
    public static Model fromStream(Source<? extends BaseStream<String, ?>> source) {
        requireNonNull(source, "source");
        return fromIterator(request -> {
            BaseStream<String, ?> stream = requireNonNull(source.open(request), "stream");
            return new StreamIterator<>(stream.iterator(), stream);
        });
    }

    /**
     * Makes a model of callbacks. An interrupt runs what was given to {@link Emitter#onCancel}. What the client has not taken yet waits, up
     * to {@link #DEFAULT_MAX_WAITING_CHARACTERS}.
     *
     * @param source starts an answer's call
     * @return the model
     */
    public static Model fromCallback(CallbackSource source) {
        return fromCallback(source, DEFAULT_MAX_WAITING_CHARACTERS);
    }

    /**
     * Makes a model of callbacks, with a limit of its own.
     *
     * @param source starts an answer's call
     * @param maxWaitingCharacters how much of an answer may wait that its client has not taken yet, in characters, where each event counts
     *     for 64 more: at least 1; default {@link #DEFAULT_MAX_WAITING_CHARACTERS}; past it the answer fails, and its source is cancelled
     * @return the model
     * @throws IllegalArgumentException if the limit is out of range
     */
    public static Model fromCallback(CallbackSource source, int maxWaitingCharacters) {
        requireNonNull(source, "source");
        if (maxWaitingCharacters < 1) {
            throw new IllegalArgumentException("maxWaitingCharacters: " + maxWaitingCharacters + " (expected: at least 1)");
        }
        return new SourceModel(SourceThreads.forCancels(MAX_CANCEL_THREADS),
                (model, listener) -> new CallbackGeneration(model, listener, source, maxWaitingCharacters));
    }

    private static <T> Model publisher(Source<? extends Flow.Publisher<T>> source, Elements<T> elements) {
        requireNonNull(source, "source");
        return new SourceModel(SourceThreads.forCancels(MAX_CANCEL_THREADS),
                (model, listener) -> new PublisherGeneration<>(model, listener, source, elements));
    }

    private static <T> Model iterator(Source<? extends Iterator<? extends T>> source, Elements<T> elements) {
        requireNonNull(source, "source");
        ExecutorService threads = SourceThreads.forAnswers(MAX_PLATFORM_THREADS);
        return new SourceModel(threads, (model, listener) -> new IteratorGeneration<>(model, threads, listener, source, elements));
    }
}
