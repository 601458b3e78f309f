package io.bargein.loadtest.report;

/** What times are measured of. All are in nanoseconds, from 1 ns to 1 h, and longer ones count as 1 h. */
public enum Metric {
    /** From when the interrupting prompt was due to {@code interrupted}. */
    INTERRUPT("interrupt", "interrupt", true),
    /** From when the interrupting prompt was sent to {@code interrupted}: hides what waited for a late sender. */
    INTERRUPT_UNCORRECTED("interrupt_uncorrected", "  uncorrected", false),
    /** From when the interrupting prompt was due to the first chunk of its own answer. */
    REDIRECT("redirect", "redirect", true),
    /** The same from when it was sent. */
    REDIRECT_UNCORRECTED("redirect_uncorrected", "  uncorrected", false),
    /** From when a prompt on an idle connection was due to the first chunk of its answer. */
    FIRST_CHUNK("first_chunk", "first chunk", true),
    /** The same from when it was sent. */
    FIRST_CHUNK_UNCORRECTED("first_chunk_uncorrected", "  uncorrected", false),
    /** From when a connection was due to when it was upgraded. */
    CONNECT("connect", "connect to upgrade", true),
    /** The same from when connecting began. */
    CONNECT_UNCORRECTED("connect_uncorrected", "  uncorrected", false),
    /** As {@link #INTERRUPT}, while other connections do not read. */
    INTERRUPT_BESIDE_SLOW("interrupt_beside_slow", "interrupt, beside slow ones", true),
    /** From when a connection that had not read goes on to read and cuts in to {@code interrupted}. */
    INTERRUPT_OF_SLOW("interrupt_of_slow", "interrupt, of slow ones", true),
    /** From when the interrupting prompt was due to when Bedrock's stand-in saw the old answer's abort. */
    UPSTREAM_CANCEL("upstream_cancel", "upstream cancel", true),
    /** How much later than due this client itself has sent. */
    CLIENT_LATENESS("client_lateness", "client late by", false);

    private final String key;
    private final String label;
    private final boolean primary;

    Metric(String key, String label, boolean primary) {
        this.key = key;
        this.label = label;
        this.primary = primary;
    }

    /**
     * Returns its name in reports and objectives.
     *
     * @return lower case, words joined by {@code _}
     */
    public String key() {
        return key;
    }

    /**
     * Returns its name for people.
     *
     * @return a few words
     */
    public String label() {
        return label;
    }

    /**
     * Says whether it tells of the server: such are kept over time, compared and drawn.
     *
     * @return false for the uncorrected forms and for what tells of the client
     */
    public boolean primary() {
        return primary;
    }

    /**
     * Finds one by its name.
     *
     * @param key its {@link #key}
     * @return the metric, or null if there is none
     */
    public static Metric of(String key) {
        for (Metric metric : values()) {
            if (metric.key.equals(key)) {
                return metric;
            }
        }
        return null;
    }
}
