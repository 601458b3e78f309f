package io.bargein.server.spi;

import java.util.Iterator;

/** Text, and behind it the end. */
final class SimEvents implements Iterator<GenerationEvent> {
    private final Iterator<String> text;
    private boolean ended;

    SimEvents(Iterator<String> text) {
        this.text = text;
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public GenerationEvent next() {
        if (text.hasNext()) {
            return new GenerationEvent.Text(text.next());
        }
        ended = true;
        return new GenerationEnd(GenerationEnd.END_TURN, new Usage(1, 2, 3, 4));
    }
}
