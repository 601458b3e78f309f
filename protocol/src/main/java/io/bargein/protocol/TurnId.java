package io.bargein.protocol;

/**
 * Names a turn of a connection. Immutable.
 *
 * @param number counts the connection's turns, from 1; 0 where there is none, or where it is not known
 * @param ofClient the client's own name for the turn, as it came with the prompt: 1 to 128 characters; null where it gave none
 */
public record TurnId(int number, String ofClient) {

    /** The longest name that a client may give, in characters. */
    public static final int MAX_OF_CLIENT_CHARS = 128;

    /** No turn. */
    public static final TurnId NONE = new TurnId(0, null);

    /**
     * Says whether a reference to a turn, by number or by the client's name, means this one.
     *
     * @param reference what was said; {@link #NONE} means whichever turn runs
     * @return whether it does
     */
    public boolean isMeantBy(TurnId reference) {
        return reference.equals(NONE) || reference.number != 0 && reference.number == number
                || reference.ofClient != null && reference.ofClient.equals(ofClient);
    }
}
