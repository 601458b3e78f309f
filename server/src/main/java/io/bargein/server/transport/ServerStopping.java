package io.bargein.server.transport;

/** The event that tells a connection's pipeline that the server stops. */
enum ServerStopping {
    /** The running turn may end, no other begins; a WebSocket connection without one is closed at once. */
    SOON,
    /** Running turns end with {@code interrupted}, and the connection is closed. */
    NOW
}
