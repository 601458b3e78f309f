package io.bargein.server.spi;

import java.util.function.Function;

/**
 * What the elements of a publisher or an iterator mean.
 *
 * @param asEvent an element as an event
 * @param sayEnd whether the end is an element of its own, and the source's running dry no proof of it
 */
record Elements<T>(Function<T, GenerationEvent> asEvent, boolean sayEnd) {
    static final Elements<String> TEXT = new Elements<>(GenerationEvent.Text::new, false);
    static final Elements<GenerationEvent> EVENTS = new Elements<>(event -> event, true);

    /** How many elements are taken before they are asked for, so that an end that is an element is found without being asked for. */
    int ahead() {
        return sayEnd ? 1 : 0;
    }

    /** The source has run dry. */
    void ended(SourceGeneration generation) {
        if (sayEnd) {
            generation.offerFailure(new ModelException(ModelException.Kind.TRUNCATED, "model: the stream ended before the answer did"));
        } else {
            generation.offer(new GenerationEnd(GenerationEnd.END_TURN, null));
        }
    }
}
