package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "~~ | false", "*/* | false", "application/json | false", "image/png | false", "application/* | false",
        "text/event-stream | true", "TEXT/Event-Stream | true", "text/* | true", "text/event-stream;charset=utf-8 | true",
        "text/event-stream, application/json | true", "application/json, text/event-stream | true",
        "text/event-stream, */* | true", "*/*, text/event-stream | true",
        "application/json, text/event-stream;q=0.9 | false", "application/json;q=0.8, text/event-stream;q=0.9 | true",
        "text/event-stream;q=0 | false", "text/event-stream;q=0.000, */* | false", "text/event-stream; Q=0.001 | true",
        "text/event-stream;q=0.5, */* | false", "text/event-stream;q=0.5, */*;q=0.1 | true",
        "text/*, text/event-stream;q=0 | false", "text/*;q=0, text/event-stream | true",
        "application/*;q=1, text/event-stream;q=0.9, application/json;q=0.1 | true",
        "text/event-stream;q=2 | false", "text/event-stream;q=x | false", "text/event-stream;q= | false", ",;,/,*, | false"})
    void takesEventsForThoseWhoAskForThemAndJsonForAllOthers(String accept, boolean events) {
        assertEquals(events, Accept.prefersEvents(List.of(accept)));
        assertEquals(events, Accept.prefersEvents(List.of(accept.split(",", -1))), "as several lines");
    }

    @Test
    void takesNoHeaderForAnything() {
        assertEquals(false, Accept.prefersEvents(List.of()));
    }
}
