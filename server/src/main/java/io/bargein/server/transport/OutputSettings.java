package io.bargein.server.transport;

/**
 * How answers leave. Immutable.
 *
 * @param framesPerSecond the most data frames in any second: 0 to 100,000, default 200, because AgentCore's proxy closes a
 *     connection at more than 250 (contract C69); 0 is no limit. Above it adjacent chunks are merged. Terminals and control
 *     frames may use a fifth more
 * @param merging when chunks that wait together become one
 * @param lowWaterBytes below how many unsent bytes in the channel writing goes on: 1 to {@code highWaterBytes}, default 16 KiB
 * @param highWaterBytes at how many unsent bytes in the channel writing stops: 1 KiB to 16 MiB, default 32 KiB; one frame may
 *     stand beyond it
 * @param unsentBytes how many bytes the kernel may hold unsent ({@code TCP_NOTSENT_LOWAT}, where the transport has it): 0 to
 *     16 MiB, default 16 KiB; 0 leaves it to the system
 */
public record OutputSettings(int framesPerSecond, Merging merging, int lowWaterBytes, int highWaterBytes, int unsentBytes) {

    /** When adjacent chunks become one. */
    public enum Merging {
        /** Deltas that wait together leave as one chunk. */
        WHEN_WAITING,
        /** One chunk a delta, as long as the frame rate allows it. */
        NEVER
    }

    /** What holds unless something else is said. */
    public static final OutputSettings DEFAULT =
            new OutputSettings(200, Merging.WHEN_WAITING, 16 << 10, 32 << 10, 16 << 10);

    /**
     * Checks the ranges.
     *
     * @param framesPerSecond 0 to 100,000
     * @param merging when adjacent chunks become one
     * @param lowWaterBytes 1 to {@code highWaterBytes}
     * @param highWaterBytes 1 KiB to 16 MiB
     * @param unsentBytes 0 to 16 MiB
     * @throws IllegalArgumentException if one is out of range
     */
    public OutputSettings {
        Range.check("framesPerSecond", framesPerSecond, 0, 100_000);
        Range.check("highWaterBytes", highWaterBytes, 1 << 10, 16 << 20);
        Range.check("lowWaterBytes", lowWaterBytes, 1, highWaterBytes);
        Range.check("unsentBytes", unsentBytes, 0, 16 << 20);
    }
}
