package io.bargein.protocol;

/** Why a connection is closed: the codes of RFC 6455, section 7.4.1, that are used here, and one of our own. */
public final class CloseCode {

    /** All is said. */
    public static final int NORMAL = 1000;

    /** The server stops, or the connection has reached its age. */
    public static final int GOING_AWAY = 1001;

    /** The peer broke RFC 6455. */
    public static final int PROTOCOL_ERROR = 1002;

    /** Never sent: stands for a Close frame without a code. */
    public static final int NO_STATUS = 1005;

    /** Never sent: stands for a connection that ended without a Close frame. */
    public static final int ABNORMAL = 1006;

    /** The peer passed a limit: fragments, time, or a reader too slow. */
    public static final int POLICY_VIOLATION = 1008;

    /** A message passed its size limit. */
    public static final int MESSAGE_TOO_BIG = 1009;

    /** A fault of ours. */
    public static final int INTERNAL_ERROR = 1011;

    /** A newer connection of the same session id has the conversation. */
    public static final int TAKEN_OVER = 4000;

    private CloseCode() {}

    /**
     * Says whether a Close frame may hold this code (RFC 6455, section 7.4.2, and the registry it opened).
     *
     * @param code the code of a received frame
     * @return true for 1000 to 1003, 1007 to 1014 and 3000 to 4999
     */
    public static boolean mayBeReceived(int code) {
        return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999;
    }
}
