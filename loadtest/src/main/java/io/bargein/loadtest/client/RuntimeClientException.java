package io.bargein.loadtest.client;

import java.io.IOException;

/** What keeps a client from its runtime: no credentials, a connection that was lost or refused for good. Its message says what to do. */
public class RuntimeClientException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what is wrong, and what to do
     * @param cause what it came from, or null
     */
    public RuntimeClientException(String message, Throwable cause) {
        super(message, cause);
    }
}
