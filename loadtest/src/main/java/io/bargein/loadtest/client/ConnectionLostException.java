package io.bargein.loadtest.client;

import io.bargein.protocol.CloseCode;

/** A connection that has ended. */
public final class ConnectionLostException extends RuntimeClientException {
    private static final long serialVersionUID = 1L;
    /** The reason AgentCore gives when a connection has reached its 60 min (contract C70). */
    private static final String AGE = "Max connection duration";

    /** The close code. */
    private final int code;
    /** The peer's reason. */
    private final String reason;

    /**
     * Creates the exception.
     *
     * @param code the peer's close code, or 1006
     * @param reason the peer's reason; may be empty
     * @param cause what broke it, or null
     */
    public ConnectionLostException(int code, String reason, Throwable cause) {
        super("connection: closed with " + code + (reason.isEmpty() ? "" : " " + reason) + " (" + check(code, reason) + ")"
                + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage()), cause);
        this.code = code;
        this.reason = reason;
    }

    private static String check(int code, String reason) {
        return switch (code) {
            case CloseCode.NORMAL, CloseCode.NO_STATUS -> "the server has ended it";
            case CloseCode.GOING_AWAY -> "the server stops, or the connection has reached its age";
            case CloseCode.ABNORMAL -> "cut without a word: by the network, or by a proxy after 60 s of silence";
            case CloseCode.POLICY_VIOLATION -> reason.contains(AGE) ? "AgentCore's limit of an hour"
                    : reason.contains("slow reader") ? "this client did not take its messages: ask for more of them, sooner"
                    : "a limit: AgentCore takes 250 frames a second";
            case CloseCode.MESSAGE_TOO_BIG -> "a message above the server's limit, or a frame above the proxy's 64 KB";
            case CloseCode.INTERNAL_ERROR -> "a fault of the server's; its log says more";
            case CloseCode.TAKEN_OVER -> "a newer connection of this session id has the conversation; there can be one";
            default -> "RFC 6455, section 7.4, or the server's own documentation says what that means";
        };
    }

    /**
     * Returns the close code.
     *
     * @return the peer's (RFC 6455, section 7.4), 1005 where its Close had none, or 1006 where there was no Close
     */
    public int code() {
        return code;
    }

    /**
     * Returns the peer's reason.
     *
     * @return its text; may be empty
     */
    public String reason() {
        return reason;
    }

    /** Whether another connection goes on where this one ended (contract C70, C71, C77). */
    boolean mayPass() {
        return code == CloseCode.GOING_AWAY || code == CloseCode.ABNORMAL || code == CloseCode.POLICY_VIOLATION && reason.contains(AGE);
    }
}
