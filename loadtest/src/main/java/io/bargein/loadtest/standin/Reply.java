package io.bargein.loadtest.standin;

import java.util.ArrayList;
import java.util.List;

/** What the stand-in answers to one request. Immutable; made by {@link #text}, {@link #error} or {@link #builder}. */
public final class Reply {

    /** How the answer ends. */
    public enum End {
        /** {@code messageStop}, {@code metadata}, end of stream. */
        COMPLETE,
        /** {@code messageStop}, end of stream. */
        WITHOUT_METADATA,
        /** End of stream, as if all were well, without {@code messageStop}. */
        WITHOUT_MESSAGE_STOP,
        /** {@code messageStop} and {@code metadata}, but the stream never ends. */
        LINGER,
        /** Nothing more, ever; the connection stays. */
        STALL,
        /** HTTP/2: the stream is reset with INTERNAL_ERROR. HTTP/1.1: the connection is closed within the body. */
        RESET
    }

    /** One step of the answer. */
    sealed interface Step {
        /** A text delta; may be empty. */
        record Text(String text) implements Step {}

        /** A block of reasoning: a delta of text, and one with its signature unless that is null. */
        record Reasoning(String text, String signature) implements Step {}

        /** A tool use, whose input comes in pieces. */
        record ToolUse(String id, String name, List<String> inputPieces) implements Step {}

        /** An exception event, after which the stream ends. */
        record Failure(String type, String message) implements Step {}

        /** A text delta whose checksum is wrong. */
        record Corrupt(String text) implements Step {}
    }

    final int httpStatus;
    final String errorType;
    final String errorMessage;
    final int headerDelayMillis;
    final int paceMillis;
    final boolean drains;
    /** What goes wrong, or null. */
    final Fault fault;
    final List<Step> steps;
    final End end;
    final String stopReason;

    private Reply(Builder builder) {
        httpStatus = builder.httpStatus;
        errorType = builder.errorType;
        errorMessage = builder.errorMessage;
        headerDelayMillis = builder.headerDelayMillis;
        paceMillis = builder.paceMillis;
        drains = builder.drains;
        fault = builder.fault;
        steps = List.copyOf(builder.steps);
        end = builder.end;
        stopReason = builder.stopReason;
    }

    /**
     * A whole answer of these deltas, as fast as they can be sent.
     *
     * @param deltas the text deltas
     * @return the reply
     */
    public static Reply text(String... deltas) {
        return builder().deltas(deltas).build();
    }

    /**
     * An HTTP error in place of an answer.
     *
     * @param status the HTTP status
     * @param type what {@code x-amzn-errortype} says, such as {@code ThrottlingException}
     * @param message the message of the body
     * @return the reply
     */
    public static Reply error(int status, String type, String message) {
        Builder builder = builder();
        builder.httpStatus = status;
        builder.errorType = type;
        builder.errorMessage = message;
        return builder.build();
    }

    /**
     * Begins to describe an answer.
     *
     * @return a builder of an empty, complete answer
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Describes an answer, step by step in order. */
    public static final class Builder {
        private int httpStatus = 200;
        private String errorType = "";
        private String errorMessage = "";
        private int headerDelayMillis;
        private int paceMillis;
        private boolean drains;
        private Fault fault;
        private final List<Step> steps = new ArrayList<>();
        private End end = End.COMPLETE;
        private String stopReason = "end_turn";

        private Builder() {}

        /**
         * Adds text deltas.
         *
         * @param deltas the texts; may be empty ones
         * @return this builder
         */
        public Builder deltas(String... deltas) {
            for (String delta : deltas) {
                steps.add(new Step.Text(delta));
            }
            return this;
        }

        /**
         * Adds one text, cut into deltas.
         *
         * @param text the text
         * @param codePointsADelta how long each delta is, at least 1
         * @return this builder
         */
        public Builder cut(String text, int codePointsADelta) {
            int at = 0;
            while (at < text.length()) {
                int left = text.codePointCount(at, text.length());
                int end = text.offsetByCodePoints(at, Math.min(codePointsADelta, left));
                steps.add(new Step.Text(text.substring(at, end)));
                at = end;
            }
            return this;
        }

        /**
         * Adds a block of reasoning without a signature.
         *
         * @param text the text
         * @return this builder
         */
        public Builder reasoning(String text) {
            return reasoning(text, null);
        }

        /**
         * Adds a block of reasoning.
         *
         * @param text the text
         * @param signature the signature; null sends none
         * @return this builder
         */
        public Builder reasoning(String text, String signature) {
            steps.add(new Step.Reasoning(text, signature));
            return this;
        }

        /**
         * Adds a tool use, and makes {@code tool_use} the stop reason.
         *
         * @param id its id
         * @param name the tool's name
         * @param inputPieces the input, a JSON object, in pieces
         * @return this builder
         */
        public Builder toolUse(String id, String name, String... inputPieces) {
            steps.add(new Step.ToolUse(id, name, List.of(inputPieces)));
            return stopReason("tool_use");
        }

        /**
         * Adds an exception event, which ends the stream.
         *
         * @param type such as {@code throttlingException}
         * @param message its message
         * @return this builder
         */
        public Builder failure(String type, String message) {
            steps.add(new Step.Failure(type, message));
            return this;
        }

        /**
         * Adds a text delta with a wrong checksum.
         *
         * @param text the text
         * @return this builder
         */
        public Builder corrupt(String text) {
            steps.add(new Step.Corrupt(text));
            return this;
        }

        /**
         * Sets how long each delta waits after the one before it.
         *
         * @param millis milliseconds; default 0
         * @return this builder
         */
        public Builder pace(int millis) {
            paceMillis = millis;
            return this;
        }

        /**
         * Sets how long the response's header is held back.
         *
         * @param millis milliseconds; default 0
         * @return this builder
         */
        public Builder headerDelay(int millis) {
            headerDelayMillis = millis;
            return this;
        }

        /**
         * Closes the connection once this answer is out, having said so ahead of it (HTTP/2: GOAWAY; HTTP/1.1: {@code Connection: close}).
         *
         * @return this builder
         */
        public Builder drains() {
            drains = true;
            return this;
        }

        /**
         * Makes something go wrong.
         *
         * @param point where
         * @param kind what
         * @return this builder
         * @throws IllegalArgumentException if that cannot happen there
         */
        public Builder fault(Fault.Point point, Fault.Kind kind) {
            fault = new Fault(point, kind);
            return this;
        }

        /**
         * Sets how the answer ends.
         *
         * @param end default {@link End#COMPLETE}
         * @return this builder
         */
        public Builder end(End end) {
            this.end = end;
            return this;
        }

        /**
         * Sets the stop reason.
         *
         * @param stopReason default {@code end_turn}
         * @return this builder
         */
        public Builder stopReason(String stopReason) {
            this.stopReason = stopReason;
            return this;
        }

        /**
         * Ends the description.
         *
         * @return the reply
         */
        public Reply build() {
            return new Reply(this);
        }
    }
}
