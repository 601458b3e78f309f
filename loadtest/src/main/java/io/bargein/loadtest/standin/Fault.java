package io.bargein.loadtest.standin;

/**
 * Something that goes wrong at one point of an answer. What the script says of its end no longer counts.
 *
 * @param point where it goes wrong
 * @param kind what happens there
 */
public record Fault(Point point, Kind kind) {

    /** Where in an answer. */
    public enum Point {
        /** The request was read, and nothing of the response is out. */
        BEFORE_HEADERS,
        /** The response's header is out, and no event. */
        AFTER_HEADERS,
        /** All deltas are out. */
        MID_STREAM,
        /** All deltas are out, and half of one more event. */
        MID_EVENT,
        /** {@code messageStop} is out. */
        AFTER_STOP
    }

    /**
     * What happens. But for {@link #END}, {@link #CLOSE}, {@link #RESET}, {@link #RESET_STREAM} and {@link #GO_AWAY} it is for the client to
     * end it.
     */
    public enum Kind {
        /** Nothing more, ever; the connection stays. */
        STALL,
        /** The stream ends, as if all were well. Not before the header. */
        END,
        /** The connection is closed (FIN). */
        CLOSE,
        /** The connection is reset (RST). */
        RESET,
        /** HTTP/2: the stream is reset with INTERNAL_ERROR. HTTP/1.1: the connection is closed. */
        RESET_STREAM,
        /** HTTP/2: GOAWAY with INTERNAL_ERROR, and the connection is closed. HTTP/1.1: the latter. */
        GO_AWAY,
        /** An event comes whose checksum is wrong. Not before the header. */
        CHECKSUM,
        /** An event comes whose prelude, with its length, has a wrong checksum. Not before the header. */
        PRELUDE,
        /** Bytes come that are no event. Not before the header. */
        GARBAGE,
        /** Bytes come that are no HTTP. */
        NOISE;

        /** Whether it is a matter of the body, and so needs a header before it. */
        boolean inBody() {
            return this == END || this == CHECKSUM || this == PRELUDE || this == GARBAGE;
        }
    }

    /**
     * Checks that the one can happen at the other.
     *
     * @param point where it goes wrong
     * @param kind what happens there
     * @throws IllegalArgumentException if it cannot
     */
    public Fault {
        if (point == Point.BEFORE_HEADERS && kind.inBody()) {
            throw new IllegalArgumentException("fault: " + kind + " at " + point + " (expected: a point behind the header)");
        }
    }
}
