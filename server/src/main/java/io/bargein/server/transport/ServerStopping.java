package io.bargein.server.transport;

/** The event that tells a connection's pipeline that the server stops. */
enum ServerStopping {
    /** Running turns end with {@code interrupted}, and the connection is closed. */
    NOW
}
