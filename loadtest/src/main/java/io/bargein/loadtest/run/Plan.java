package io.bargein.loadtest.run;

import io.bargein.loadtest.client.RuntimeTarget;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What a run does. Immutable; made by {@link #of}. */
public final class Plan {

    /** How prompts follow one another. */
    public enum Kind {
        /** Each prompt cuts in on the answer to the one before it; when is decided beforehand, whatever the server does. */
        INTERRUPT(128, 200, 10, "sim chunks=1000000 delay_ms=20"),
        /** Each prompt waits for the whole answer to the one before it. */
        THROUGHPUT(128, 0, 10, "sim chunks=1000 delay_ms=0"),
        /** Connections that do nothing, then ask one question each; the server's memory is looked at. */
        IDLE(10_000, 0, 10, "sim chunks=3 delay_ms=0"),
        /** As {@link #INTERRUPT}, beside connections that do not read for a while and then cut in. */
        SLOW_READER(64, 100, 24, "sim chunks=1000000 delay_ms=20"),
        /** Connections come and go; no prompts. */
        CHURN(128, 500, 10, "none"),
        /** A mix of all that, for hours. */
        SOAK(100, 50, 3_600, "sim chunks=1000000 delay_ms=20");

        private final int connections;
        private final double rate;
        private final int seconds;
        private final String script;

        Kind(int connections, double rate, int seconds, String script) {
            this.connections = connections;
            this.rate = rate;
            this.seconds = seconds;
            this.script = script;
        }

        /**
         * Returns its name on the command line.
         *
         * @return lower case, words joined by {@code -}
         */
        public String key() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** {@return whether prompts, or connections, come at a rate of their own} */
        public boolean openLoop() {
            return rate > 0;
        }
    }

    private static final int FLOOR_IDLE_CONNECTIONS = 1_000;

    private final Kind kind;
    private final RuntimeTarget target;
    private final int connections;
    private final int slowReaders;
    private final double rate;
    private final boolean poisson;
    private final Duration warmup;
    private final Duration duration;
    private final String script;
    private final long seed;
    private final int threads;
    private final List<InetAddress> sources;

    private Plan(Builder builder) {
        kind = builder.kind;
        target = builder.target;
        connections = builder.connections;
        slowReaders = builder.slowReaders;
        rate = builder.rate;
        poisson = builder.poisson;
        warmup = builder.warmup;
        duration = builder.duration;
        script = builder.script;
        seed = builder.seed;
        threads = builder.threads;
        sources = builder.sources;
    }

    /**
     * Begins a plan.
     *
     * @param kind how prompts follow one another
     * @param url where to, as {@code ws://host:port/path}
     * @return a builder with that kind's defaults
     */
    public static Builder of(Kind kind, URI url) {
        try {
            return of(kind, RuntimeTarget.of(url));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--" + e.getMessage(), e);
        }
    }

    /**
     * Begins a plan.
     *
     * @param kind how prompts follow one another
     * @param target where to, and as whom; to a deployed runtime each connection has a session of its own
     * @return a builder with that kind's defaults
     */
    public static Builder of(Kind kind, RuntimeTarget target) {
        return new Builder(kind, target);
    }

    /**
     * The plan by which the instrument itself is measured: the same prompts at the same rate over as many connections, for another time,
     * with nothing that is about the server's memory.
     *
     * @param other where to
     * @param warmup how long nothing is counted
     * @param duration how long all is counted
     * @return the plan
     */
    public Plan floor(URI other, Duration warmup, Duration duration) {
        Kind same = switch (kind) {
            case SLOW_READER, SOAK -> Kind.INTERRUPT;
            default -> kind;
        };
        // What idles costs the instrument nothing: some are as good as all.
        int some = kind == Kind.IDLE ? Math.min(connections, FLOOR_IDLE_CONNECTIONS) : connections;
        return of(same, other).connections(some).rate(rate).poisson(poisson).warmup(warmup).duration(duration).script(script)
                .seed(seed).threads(threads).build();
    }

    /**
     * Returns what was asked for, for the report.
     *
     * @return names and values, in order
     */
    public Map<String, Object> configuration() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("plan", kind.key());
        values.put("url", url().toString());
        if (target.endpoint().isDeployed()) {
            values.put("auth", target.auth().toString());
        }
        values.put("connections", connections);
        if (kind == Kind.SLOW_READER) {
            values.put("slow_readers", slowReaders);
        }
        if (kind.openLoop()) {
            values.put("rate", rate);
            values.put("arrivals", poisson ? "at random" : "even");
        }
        values.put("warmup_seconds", warmup.toMillis() / 1e3);
        values.put("duration_seconds", duration.toMillis() / 1e3);
        values.put("script", script);
        values.put("seed", seed);
        values.put("threads", threads);
        values.put("source_addresses", sources.size());
        return values;
    }

    Kind kind() {
        return kind;
    }

    URI url() {
        return target.endpoint().uri();
    }

    RuntimeTarget target() {
        return target;
    }

    int connections() {
        return connections;
    }

    int slowReaders() {
        return slowReaders;
    }

    double rate() {
        return rate;
    }

    boolean poisson() {
        return poisson;
    }

    Duration warmup() {
        return warmup;
    }

    Duration duration() {
        return duration;
    }

    String script() {
        return script;
    }

    long seed() {
        return seed;
    }

    int threads() {
        return threads;
    }

    List<InetAddress> sources() {
        return sources;
    }

    /** Makes a plan. Every value is checked when it is given. */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofDays(30);

        private final Kind kind;
        private final RuntimeTarget target;
        private int connections;
        private int slowReaders = 50;
        private double rate;
        private boolean poisson = true;
        private Duration warmup = Duration.ofSeconds(5);
        private Duration duration;
        private String script;
        private long seed = 1;
        private int threads = 1;
        private List<InetAddress> sources = List.of();

        private Builder(Kind kind, RuntimeTarget target) {
            this.kind = kind;
            this.target = Objects.requireNonNull(target, "target");
            connections = kind.connections;
            rate = kind.rate;
            duration = Duration.ofSeconds(kind.seconds);
            script = kind.script;
        }

        /**
         * Sets how many connections there are at a time.
         *
         * @param count 1 to 1,000,000
         * @return this builder
         */
        public Builder connections(int count) {
            require(count >= 1 && count <= 1_000_000, "connections", count, "1 to 1000000");
            connections = count;
            return this;
        }

        /**
         * Sets how many connections do not read, beside the others.
         *
         * @param count 1 to 1,000,000; default 50; for {@link Kind#SLOW_READER} alone
         * @return this builder
         */
        public Builder slowReaders(int count) {
            require(count >= 1 && count <= 1_000_000, "slow-readers", count, "1 to 1000000");
            slowReaders = count;
            return this;
        }

        /**
         * Sets how many prompts, or for {@link Kind#CHURN} connections, are due a second, over all connections.
         *
         * @param perSecond above 0, to 10,000,000; not used where each prompt waits for an answer
         * @return this builder
         */
        public Builder rate(double perSecond) {
            require(!kind.openLoop() || perSecond > 0 && perSecond <= 1e7, "rate", perSecond, "above 0, to 10000000");
            rate = kind.openLoop() ? perSecond : 0;
            return this;
        }

        /**
         * Sets whether prompts come at random.
         *
         * @param atRandom true, the default, as people send them; false at even distances
         * @return this builder
         */
        public Builder poisson(boolean atRandom) {
            poisson = atRandom;
            return this;
        }

        /**
         * Sets how long nothing is counted, so that the server's code is compiled.
         *
         * @param time 0 to 30 days; default 5 s
         * @return this builder
         */
        public Builder warmup(Duration time) {
            require(!time.isNegative() && time.compareTo(LONGEST) <= 0, "warmup", time, "0s to 720h");
            warmup = time;
            return this;
        }

        /**
         * Sets how long all is counted.
         *
         * @param time 100 ms to 30 days
         * @return this builder
         */
        public Builder duration(Duration time) {
            require(time.toMillis() >= 100 && time.compareTo(LONGEST) <= 0, "duration", time, "100ms to 720h");
            duration = time;
            return this;
        }

        /**
         * Sets the prompt; the connection's number and the turn's are put behind it.
         *
         * @param prompt a text without quotes, backslashes and control characters
         * @return this builder
         */
        public Builder script(String prompt) {
            require(!prompt.isBlank() && prompt.chars().allMatch(c -> c >= ' ' && c != '"' && c != '\\'), "script", prompt,
                    "a text without quotes, backslashes and control characters");
            script = prompt;
            return this;
        }

        /**
         * Sets from what the randomness of arrivals comes.
         *
         * @param number the same gives the same arrivals; default 1
         * @return this builder
         */
        public Builder seed(long number) {
            seed = number;
            return this;
        }

        /**
         * Sets how many event loops drive the connections.
         *
         * @param count 1 to 1,024; default 1
         * @return this builder
         */
        public Builder threads(int count) {
            require(count >= 1 && count <= 1_024, "threads", count, "1 to 1024");
            threads = count;
            return this;
        }

        /**
         * Sets from which local addresses connections come, in turn; each has about 28,000 ports.
         *
         * @param addresses of this machine; none, the default, leaves it to the system
         * @return this builder
         */
        public Builder sources(List<InetAddress> addresses) {
            sources = List.copyOf(addresses);
            return this;
        }

        /** {@return the plan} */
        public Plan build() {
            return new Plan(this);
        }

        private static void require(boolean ok, String name, Object value, String expected) {
            if (!ok) {
                throw new IllegalArgumentException("--" + name + ": " + value + " (expected: " + expected + ")");
            }
        }
    }
}
