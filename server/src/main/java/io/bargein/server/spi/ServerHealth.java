package io.bargein.server.spi;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the server says of itself at {@code /ping}, and the way to have a say in it. In this order (contract C54): a status that was
 * {@linkplain #force forced}; else what a {@linkplain #custom custom supplier} says; else busy while a turn or a
 * {@linkplain #begin task} runs, and healthy otherwise. Safe for use by many threads.
 *
 * <p>Busy keeps the platform from ending the session for idleness; it turns nobody away (contract C49).
 */
public interface ServerHealth {

    /** What a ping may say (contract C48). */
    enum Status {
        /** Nothing runs: the platform may end the session once it has been idle for long enough. */
        HEALTHY("Healthy"),
        /** Something runs: the session is not idle. */
        HEALTHY_BUSY("HealthyBusy");

        private final String word;

        Status(String word) {
            this.word = word;
        }

        /**
         * Returns the status in the platform's words.
         *
         * @return {@code Healthy} or {@code HealthyBusy}
         */
        public String word() {
            return word;
        }
    }

    /** Background work that has begun; to be closed when it is done, as in {@code try (var task = health.begin("index"))}. */
    interface Task extends AutoCloseable {

        /**
         * Returns what the work is called.
         *
         * @return the name
         */
        String name();

        /** The work is done. Idempotent. */
        @Override
        void close();
    }

    /**
     * A task that runs.
     *
     * @param name what the work is called
     * @param running for how long it has run
     */
    record RunningTask(String name, Duration running) {}

    /**
     * Background work begins: the server is busy until it is closed.
     *
     * @param name what it is called; several may have one name
     * @return the task, to be closed
     */
    Task begin(String name);

    /**
     * Returns the tasks that run.
     *
     * @return the tasks, the oldest first
     */
    List<RunningTask> tasks();

    /**
     * Overrules everything else.
     *
     * @param status what to say until further notice; null ends that
     */
    void force(Status status);

    /**
     * Lets someone else judge. An exception, or null, leaves it to what runs; the first of several exceptions in a row is logged.
     *
     * @param supplier asked at each ping, on an event loop: it must not block; null asks nobody
     */
    void custom(Supplier<Status> supplier);

    /**
     * Returns what a ping would say now.
     *
     * @return the status
     */
    Status now();
}
