package io.bargein.loadtest.clock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Nanoseconds of Unix time that never step: {@link System#nanoTime} and an offset, which each process takes once. On Linux
 * {@code nanoTime} is {@code CLOCK_MONOTONIC}, the same for all processes of a host; the offsets of two processes differ, by the
 * microsecond that {@link Instant#now} resolves and by what the host's time was set or drifted between their starts. Who compares times of
 * two processes therefore subtracts each one's {@link #epochOffsetNanos} and compares exactly.
 */
public final class HostClock {
    private static final String HOST_ID = readHostId();
    private static final long EPOCH_OFFSET_NANOS;

    static {
        Instant now = Instant.now();
        EPOCH_OFFSET_NANOS = now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
    }

    private HostClock() {}

    /**
     * Tells the time.
     *
     * @return nanoseconds of Unix time
     */
    public static long epochNanos() {
        return epochNanos(System.nanoTime());
    }

    /**
     * Converts a time.
     *
     * @param nanoTime as {@link System#nanoTime} has it
     * @return the same in nanoseconds of Unix time
     */
    public static long epochNanos(long nanoTime) {
        return nanoTime + EPOCH_OFFSET_NANOS;
    }

    /**
     * Returns what this process adds to {@link System#nanoTime}.
     *
     * @return nanoseconds; the same as long as the process lives
     */
    public static long epochOffsetNanos() {
        return EPOCH_OFFSET_NANOS;
    }

    /**
     * Tells this host, since its last start, from any other: times compare only on one host.
     *
     * @return an opaque name
     */
    public static String hostId() {
        return HOST_ID;
    }

    private static String readHostId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            // Not Linux: the name has to do.
            return System.getProperty("os.name") + "-" + System.getenv().getOrDefault("HOSTNAME", "localhost");
        }
    }
}
