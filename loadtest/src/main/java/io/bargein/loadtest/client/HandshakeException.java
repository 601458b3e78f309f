package io.bargein.loadtest.client;

import java.io.IOException;

/** A server that answered, but did not upgrade. */
public final class HandshakeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The HTTP status. */
    private final int status;

    /**
     * Creates the exception.
     *
     * @param status the HTTP status
     * @param body the response's body, or the beginning of it
     */
    public HandshakeException(int status, String body) {
        super("handshake: " + status + " (expected: 101): " + body);
        this.status = status;
    }

    /**
     * Returns the HTTP status.
     *
     * @return the status
     */
    public int status() {
        return status;
    }
}
