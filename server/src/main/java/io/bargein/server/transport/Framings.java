package io.bargein.server.transport;

import io.bargein.protocol.Framing;
import io.bargein.protocol.JsonFraming;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The framings that a connection may speak, and how one is chosen. Immutable. */
public final class Framings {
    private static final Logger log = LoggerFactory.getLogger(Framings.class);

    /** A token (RFC 9110, section 5.6.2). */
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    /** The text protocol alone. */
    public static final Framings DEFAULT = new Framings(List.of(), List.of());

    /** Those that may be chosen by the first message; the last takes what nobody wants. */
    private final List<Framing> byMessage;
    private final Map<String, Framing> bySubprotocol = new LinkedHashMap<>();

    private Framings(List<Framing> given, List<Framing> found) {
        byMessage = new ArrayList<>(given);
        byMessage.add(new JsonFraming());
        for (List<Framing> some : List.of(byMessage, found)) {
            for (Framing framing : some) {
                for (String subprotocol : Objects.requireNonNull(framing.subprotocols(), () -> "subprotocols: null from "
                        + framing.getClass().getName() + " (expected: a list, empty where there are none)")) {
                    if (subprotocol == null || !subprotocol.matches(TOKEN)) {
                        throw new IllegalArgumentException("subprotocol: \"" + subprotocol + "\" of " + framing.getClass().getName()
                                + " (expected: a token of RFC 9110)");
                    }
                    Framing first = bySubprotocol.putIfAbsent(subprotocol, framing);
                    // To stand before the text protocol is what its subprotocols may be used for.
                    if (first != null && first.getClass() != framing.getClass() && !(framing instanceof JsonFraming)) {
                        log.warn("subprotocol: \"{}\" is of {} and not of {} (expected: one framing that has it)", subprotocol,
                                first.getClass().getName(), framing.getClass().getName());
                    }
                }
            }
        }
    }

    /**
     * Puts framings together: those that were given, then the text protocol, then those that are found as services.
     *
     * @param given for all connections that want them, the first asked first
     * @return the framings
     * @throws IllegalArgumentException if one of them has a subprotocol that is no token
     * @throws java.util.ServiceConfigurationError if one that is declared as a service cannot be made
     */
    public static Framings of(List<Framing> given) {
        List<Framing> found = new ArrayList<>();
        ServiceLoader.load(Framing.class).forEach(found::add);
        return new Framings(given, found);
    }

    /** Chooses one of the subprotocols that a client offers (RFC 6455, section 4.2.2), its first that is known; or null. */
    String subprotocol(List<String> headers) {
        for (String header : headers) {
            for (String offered : header.split(",")) {
                if (bySubprotocol.containsKey(offered.trim())) {
                    return offered.trim();
                }
            }
        }
        return null;
    }

    /**
     * Begins a connection with its first message, by which it is chosen for if it was not before.
     *
     * @param first the caller keeps it and releases it
     * @param text whether it is a text message
     */
    Framing.Codec open(Framing.Connection connection, ByteBuf first, boolean text) {
        Framing framing = connection.subprotocol() != null ? bySubprotocol.get(connection.subprotocol()) : accepting(first, text);
        return Objects.requireNonNull(framing.open(connection), () -> "codec: null from " + framing.getClass().getName()
                + " (expected: one for each connection)");
    }

    private Framing accepting(ByteBuf first, boolean text) {
        for (Framing framing : byMessage) {
            if (framing.accepts(first.slice(), text)) {
                return framing;
            }
        }
        throw new AssertionError("the last accepts all");
    }
}
