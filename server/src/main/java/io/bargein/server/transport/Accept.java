package io.bargein.server.transport;

import java.util.List;
import java.util.Locale;

/** Which of the two forms of an answer a client wants (RFC 9110, section 12.5.1). */
final class Accept {
    private Accept() {}

    /**
     * Whether to answer by an event stream: if it is asked for by more than {@code *}{@code /*}, and JSON is not wanted more. JSON is
     * what everyone else gets, who cannot take it too (contract C33).
     *
     * @param accept the lines of the header
     */
    static boolean prefersEvents(List<String> accept) {
        double events = 0;
        double json = 0;
        int eventsBy = 0;
        int jsonBy = 0;
        for (String line : accept) {
            for (String range : line.split(",")) {
                String[] parts = range.split(";", -1);
                String type = parts[0].strip().toLowerCase(Locale.ROOT);
                int forEvents = precision(type, "text/event-stream");
                int forJson = precision(type, "application/json");
                double quality = quality(parts);
                if (forEvents > eventsBy) {
                    eventsBy = forEvents;
                    events = quality;
                }
                if (forJson > jsonBy) {
                    jsonBy = forJson;
                    json = quality;
                }
            }
        }
        return eventsBy > 1 && events > 0 && events >= json;
    }

    /** How precisely a range names a type: 0 not at all, 1 by anything, 2 by its kind, 3 by itself; the more precise one counts. */
    private static int precision(String range, String type) {
        if (range.equals(type)) {
            return 3;
        }
        if (range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1))) {
            return 2;
        }
        return range.equals("*/*") ? 1 : 0;
    }

    /** A quality that is none counts as not wanted. */
    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("q=")) {
                String value = parameter.substring(2);
                return value.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(value) : 0;
            }
        }
        return 1;
    }
}
