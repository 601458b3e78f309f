package io.bargein.loadtest.client;

import java.util.Map;

/** A server that answered, but did not upgrade. Its message says what to check. */
public final class HandshakeException extends RuntimeClientException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN_CHARS = 500;
    private static final int CONFLICT = 409;

    /** By status; AgentCore's meanings (contract C74, C75, C83), which hold for a server that is reached directly as well. */
    private static final Map<Integer, String> CHECK = Map.of(
            400, "the ARN, the qualifier, and the session id (33 to 256 characters)",
            401, "whether the token has expired, and whether the runtime's authorizer takes its issuer, audience and client",
            402, "the account's quotas for AgentCore, of active sessions above all",
            403, "whether the credentials may do bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream on the runtime and on its endpoints "
                    + "(ARN/*), whether a presigned URL has expired and the clock is right, and whether the runtime takes tokens, not signatures, or the "
                    + "other way round",
            404, "the ARN, its region and the qualifier, or the URL's path",
            CONFLICT, "whether the session is just being started or stopped: it may be tried again shortly",
            424, "the container's log: it refused the upgrade, or did not start; GET /ping and GET /ws have to be answered on port 8080",
            426, "what is in between: the upgrade to WebSocket, version 13, did not reach the server",
            429, "how many connections and new sessions are asked for a second; later there may be room");
    private static final String CHECK_SERVER = "the server's log; it may be full, about to start or about to stop, and may be tried again shortly";
    private static final String CHECK_URL = "the URL: what is there speaks no WebSocket";

    /** The HTTP status. */
    private final int status;
    /** What AgentCore calls it; may be empty. */
    private final String errorType;
    /** The response's body, or its beginning. */
    private final String body;

    /**
     * Creates the exception.
     *
     * @param status the HTTP status
     * @param errorType the response's {@code x-amzn-ErrorType}, or null
     * @param body the response's body, or the beginning of it
     */
    public HandshakeException(int status, String errorType, String body) {
        super(message(status, name(errorType), body), null);
        this.status = status;
        this.errorType = name(errorType);
        this.body = body;
    }

    private static String message(int status, String errorType, String body) {
        String shown = body.strip();
        shown = shown.length() <= SHOWN_CHARS ? shown : shown.substring(0, SHOWN_CHARS) + "…";
        return "handshake: " + status + (errorType.isEmpty() ? "" : " " + errorType) + " (expected: 101)" + (shown.isEmpty() ? "" : ": " + shown)
                + ". Check " + CHECK.getOrDefault(status, status >= 500 ? CHECK_SERVER : CHECK_URL);
    }

    /** Behind a colon the header may have an address that says no more. */
    private static String name(String errorType) {
        return errorType == null ? "" : errorType.split(":", 2)[0].strip();
    }

    /**
     * Returns the HTTP status.
     *
     * @return the status
     */
    public int status() {
        return status;
    }

    /**
     * Returns what AgentCore calls the error.
     *
     * @return such as {@code AccessDeniedException}; empty where the response did not say
     */
    public String errorType() {
        return errorType;
    }

    /**
     * Returns the response's body.
     *
     * @return all of it up to 64 KiB; of a longer one the beginning, or nothing
     */
    public String body() {
        return body;
    }

    /** Whether just another operation on the session is in progress: clients are to try again (contract C74). */
    boolean isRetryableConflict() {
        return status == CONFLICT && errorType.startsWith("RetryableConflict");
    }

    /** Whether what refused may be over soon. */
    boolean mayPass() {
        return isRetryableConflict() || status == 424 || status == 429 || status >= 500;
    }
}
