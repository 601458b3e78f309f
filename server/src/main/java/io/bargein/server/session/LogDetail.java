package io.bargein.server.session;

/** What the log is told of turns and connections. */
public enum LogDetail {
    /** Nothing: these are rehearsals. */
    NOTHING,
    /** How they ended and what they took. */
    OUTCOMES,
    /** The prompt and the answer of each turn as well. */
    CONTENT
}
