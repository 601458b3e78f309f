package io.bargein.loadtest.standin;

import java.util.List;
import java.util.Map;

/**
 * Which records are asked for, and how much of each.
 *
 * @param since only requests with a higher number
 * @param endedSince only those that have ended, with a higher number of their end, in the order of their ends; -1 for all, in their own
 * @param running only those that are still being answered
 * @param brief without headers and body, but with the newest batches sent
 * @param limit how many at most
 */
record RecordsQuery(int since, int endedSince, boolean running, boolean brief, int limit) {

    /**
     * Reads the parameters of a URI.
     *
     * @throws IllegalArgumentException if one is unknown or has a bad value
     */
    static RecordsQuery of(Map<String, List<String>> parameters) {
        int since = 0;
        int endedSince = -1;
        boolean running = false;
        boolean brief = false;
        int limit = Integer.MAX_VALUE;
        for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
            String name = parameter.getKey();
            check(parameter.getValue().size() == 1, name, String.join(", ", parameter.getValue()), "given once");
            String value = parameter.getValue().get(0);
            switch (name) {
                case "since" -> since = number(name, value);
                case "ended_since" -> endedSince = number(name, value);
                case "running" -> running = flag(name, value);
                case "brief" -> brief = flag(name, value);
                case "limit" -> limit = number(name, value);
                default -> throw new IllegalArgumentException(name + ": unknown (expected: since, ended_since, running, brief or limit)");
            }
        }
        check(!running || endedSince < 0, "running", "true", "without ended_since");
        return new RecordsQuery(since, endedSince, running, brief, limit);
    }

    boolean byEnd() {
        return endedSince >= 0;
    }

    boolean wants(RequestRecord record) {
        return record.number() > since && (!running || record.outcome() == RequestRecord.Outcome.RUNNING);
    }

    private static int number(String name, String value) {
        check(value.matches("\\d{1,9}"), name, value, "a whole number, 0 to 999999999");
        return Integer.parseInt(value);
    }

    private static boolean flag(String name, String value) {
        check(value.equals("true") || value.equals("false"), name, value, "true or false");
        return value.equals("true");
    }

    private static void check(boolean ok, String name, String value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
